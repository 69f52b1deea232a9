import HTTPClient
import Reactor
import Secrets
import TestSupport
import Testing

@Suite("Secrets in a request")
struct SecretTests {
  @Test("travel in a header and in a body")
  func sent() async throws {
    let server = ScriptedServer.answering(okay)
    try await withClient { client, _ in
      let secret = SecretBytes(copying: "hunter2".utf8)
      let form = SecretBytes(copying: "refresh_token=hunter2".utf8)
      let header = try SecretHeader(name: "Authorization", prefix: "Bearer ", secret: secret)
      let request = HTTPClientRequest(
        method: "POST", url: server.url(), headers: [("Content-Type", "application/x-www-form-urlencoded")])
      _ = try await client.send(request, secretHeader: header)
      _ = try await client.send(request, secretBody: form)
      _ = try await client.send(request, secretHeader: header, secretBody: form)
      _ = try await client.send(request)
    }
    #expect(
      server.requests.map { $0.header("Authorization") } == ["Bearer hunter2", nil, "Bearer hunter2", nil])
    #expect(
      server.requests.map { text($0.body) } == ["", "refresh_token=hunter2", "refresh_token=hunter2", ""])
    #expect(server.connections == 1)
  }

  @Test("never go where a redirect points")
  func redirect() async throws {
    let elsewhere = ScriptedServer.answering(okay)
    let server = ScriptedServer.answering(
      "HTTP/1.1 307 Temporary Redirect\r\nLocation: \(elsewhere.url())\r\nContent-Length: 0\r\n\r\n")
    try await withClient { client, _ in
      let secret = SecretBytes(copying: "hunter2".utf8)
      let header = try SecretHeader(name: "Authorization", prefix: "Bearer ", secret: secret)
      let response = try await client.send(HTTPClientRequest(url: server.url()), secretHeader: header)
      #expect(response.status == 307)
    }
    #expect(elsewhere.connections == 0)
  }

  @Test(
    "that would break out of their header are refused, and not quoted",
    arguments: ["hunter2\r\nX: y", "hunter2\n", "hunter\u{0}2", ""])
  func refused(secret: String) {
    do {
      _ = try SecretHeader(name: "Authorization", secret: SecretBytes(copying: secret.utf8))
      Issue.record("accepted")
    } catch {
      #expect(error.code == .invalidRequest)
      #expect(!"\(error)".contains("hunter"))
    }
  }

  @Test("are no part of an error's description")
  func description() async throws {
    let server = ScriptedServer { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\nX-Echo: hunter2\r\nContent-Length: 20\r\n\r\nhunter2")
    }
    try await withClient { client, _ in
      let secret = SecretBytes(copying: "hunter2".utf8)
      let header = try SecretHeader(name: "Authorization", prefix: "Bearer ", secret: secret)
      do throws(HTTPClientError) {
        _ = try await client.send(HTTPClientRequest(url: server.url("/hunter2")), secretHeader: header)
        Issue.record("answered")
      } catch {
        #expect(error.code == .bodyCut)
        #expect(!"\(error)".contains("hunter2"))
      }
    }
  }

  @Test("in an answer can be wiped")
  func wiped() async throws {
    let server = ScriptedServer.answering(okay)
    try await withClient { client, _ in
      var response = try await client.send(HTTPClientRequest(url: server.url()))
      response.wipeBody()
      #expect(response.body.isEmpty)
    }
  }
}
