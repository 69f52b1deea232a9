import Accounts
import Foundation
import HTTPServer
import Storage
import Sync
import Testing

@testable import Web

@Suite("Problems")
struct ProblemTests {
  @Test("a problem is what RFC 9457 says, with a code")
  func rendering() throws {
    let response = Problem.invalidParameter("limit", "must be \"small\"").response
    #expect(response.status == 400)
    #expect(response.headers["content-type"] == "application/problem+json")
    #expect(response.headers["cache-control"] == "no-store")
    let problem = try #require(try Samples.parse(try bytes(response)) as? NSDictionary)
    #expect(
      problem == [
        "type": "about:blank", "title": "Bad Request", "status": 400, "code": "invalid_parameter",
        "detail": "limit: must be \"small\"",
      ])
  }

  @Test("each error of an account has its status and code")
  func accounts() {
    let cases: [(AccountError.Code, Int, String)] = [
      (.stateInvalid, 400, "state_invalid"), (.accessDenied, 403, "access_denied"),
      (.otherAccount, 409, "other_account"), (.notConnected, 409, "not_connected"),
      (.reauthorizationRequired, 409, "reauthorization_required"), (.grantSuspect, 409, "grant_suspect"),
      (.spotifyUnavailable, 502, "spotify_unavailable"), (.unavailable, 503, "unavailable"),
      (.cancelled, 503, "cancelled"),
    ]
    for (code, status, word) in cases {
      let problem = Problem(AccountError(code, "because"))
      #expect(problem?.status == status)
      #expect(problem?.code == word)
    }
    #expect(Problem(AccountError(.unexpected, "because")) == nil)
  }

  @Test("each error of a sync has its status and code")
  func syncs() {
    let cases: [(SyncError.Code, Int, String)] = [
      (.notConnected, 409, "not_connected"), (.reauthorizationRequired, 409, "reauthorization_required"),
      (.unavailable, 503, "unavailable"),
      (.cancelled, 503, "cancelled"),
    ]
    for (code, status, word) in cases {
      let problem = Problem(SyncError(code, "because"))
      #expect(problem?.status == status)
      #expect(problem?.code == word)
    }
    #expect(Problem(SyncError(.unexpected, "because")) == nil)
  }

  @Test("a dead session is 401, a database that is away 503, a fault of ours nothing that was expected")
  func storage() {
    #expect(Problem(StorageError(.unauthenticated, "x"))?.status == 401)
    #expect(Problem(StorageError(.unauthenticated, "x"))?.headers["www-authenticate"] == "Bearer")
    #expect(Problem(StorageError(.notFound, "x"))?.status == 404)
    #expect(Problem(StorageError(.unavailable, "x"))?.headers["retry-after"] == "2")
    for code in [StorageError.Code.fenced, .newerDatabase, .notMigrated, .mightyRole, .unexpected] {
      #expect(Problem(StorageError(code, "x")) == nil)
    }
    #expect(Problem(CancellationError())?.status == 503)
  }

  @Test("what an adapter said never reaches a caller")
  func secrecy() throws {
    let secret = "SELECT token FROM /var/lib"
    let problems = [
      Problem(StorageError(.unavailable, secret)), Problem(StorageError(.unexpected, secret)),
      Problem(StorageError(.notFound, secret)), Problem(AccountError(.unavailable, secret)),
      Problem(AccountError(.unexpected, secret)), Problem(SyncError(.unavailable, secret)),
    ]
    for problem in problems {
      let text = String(decoding: try bytes((problem ?? .unexpected).response), as: UTF8.self)
      #expect(!text.contains("SELECT"))
      #expect(!text.contains("/var"))
    }
  }

  @Test(
    "what the server refuses by itself has the same form", arguments: [400, 408, 413, 500, 501, 503, 505])
  func refusals(status: Int) throws {
    let response = Problem.refusal(status, "the body is too long").response
    #expect(response.status == status)
    #expect(response.headers["content-type"] == "application/problem+json")
    #expect(try Samples.keys(try bytes(response)) == ["type", "title", "status", "detail", "code"])
  }

  private func bytes(_ response: HTTPResponse) throws -> [UInt8] {
    guard case .bytes(let bytes) = response.body else {
      Issue.record("a problem without a body")
      return []
    }
    return bytes
  }
}
