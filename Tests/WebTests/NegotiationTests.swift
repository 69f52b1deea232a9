import HTTPServer
import Testing

@testable import Web

@Suite("What a caller prefers, and what it holds already")
struct NegotiationTests {
  @Test("browsers get pages, programs JSON")
  func accept() {
    let cases: [(String, Accept.Preference)] = [
      ("", .either), ("*/*", .either), ("text/html", .page), ("application/json", .json),
      ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", .page),
      ("application/json, text/plain, */*", .json), ("application/json;q=0.5, text/html;q=0.6", .page),
      ("text/html;q=0.5,application/json", .json), ("text/html;q=0", .either), ("TEXT/HTML ; Q=1", .page),
      ("application/problem+json", .json), ("text/html;q=x", .either), (",;,", .either), ("image/*", .either),
      ("application/json,text/html", .json), ("text/html,application/json", .page),
    ]
    for (field, preference) in cases { #expect(Accept(field).preferred == preference, "\(field)") }
    #expect(Accept(HTTPRequest(method: .get, path: "/")).preferred == .either)
  }

  @Test("a tag is of its bytes, and the same in every process")
  func tags() {
    #expect(EntityTag.of(Array("hello".utf8)) == EntityTag.of(Array("hello".utf8)))
    var seen: Set<UInt64> = []
    let bytes = (0..<100).map { UInt8($0) }
    for index in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[index] ^= 1 << UInt8(bit)
        seen.insert(ContentHash.of(changed))
      }
      seen.insert(ContentHash.of(Array(bytes[..<index])))
    }
    #expect(seen.count == 900)
    let isNew = seen.insert(ContentHash.of(bytes)).inserted
    #expect(isNew)
    // Pinned: instances of one release have to agree.
    #expect(EntityTag.of(Array("Cratekeeper keeps Spotify libraries fresh".utf8)) == "\"ef9d1c452c8a6717\"")
  }

  @Test("If-None-Match is a list, compared weakly")
  func conditions() {
    for field in [#""a""#, #"W/"a""#, #""b", "a""#, #""b" , W/"a""#, "*", "\u{600},\"a\""] {
      #expect(EntityTag.matches(#""a""#, request(field)), "\(field)")
    }
    for field in ["", "a", #""A""#, #""b""#, #""a"#, #""aa""#] {
      #expect(!EntityTag.matches(#""a""#, request(field)), "\(field)")
    }
    #expect(!EntityTag.matches(#""a""#, HTTPRequest(method: .get, path: "/")))
  }

  private func request(_ field: String) -> HTTPRequest {
    HTTPRequest(method: .get, path: "/", headers: ["if-none-match": field])
  }
}
