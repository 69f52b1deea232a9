import Domain
import HTTPServer
import TestSupport
import Testing

@testable import Web

@Suite("Lists: cursors, parameters, links")
struct ListTests {
  @Test("a cursor leads back to its position", arguments: [21, 22] as [UInt64])
  func cursors(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<500 {
      let position = (0..<Int.random(in: 1...60, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      let cursor = Cursor.encode(position, list: "tracks present ")
      #expect(try Cursor.decode(cursor, list: "tracks present ") == position, "seed \(seed)")
    }
  }

  @Test("a cursor with any character changed, cut or added is refused")
  func tamperedCursors() {
    let cursor = Array(Cursor.encode(Array("position".utf8), list: "runs * *"))
    for index in cursor.indices {
      for character in "Aa0-_ =." where character != cursor[index] {
        var changed = cursor
        changed[index] = character
        expectInvalid(String(changed))
      }
      expectInvalid(String(cursor[..<index]))
    }
    expectInvalid(String(cursor) + "A")
    expectInvalid("")
    expectInvalid("....")
    expectInvalid(String(repeating: "A", count: 5_000))
  }

  @Test("a cursor of another list or other filters is refused")
  func foreignCursors() {
    let cursor = Cursor.encode([1, 2, 3], list: "tracks present ")
    for list in ["tracks all ", "tracks present x", "runs * *", ""] {
      #expect(throws: Problem.self) { try Cursor.decode(cursor, list: list) }
    }
  }

  @Test("a forged position that Postgres can't compare with is refused")
  func forgedPositions() throws {
    let eight = Cursor.bytes(0)
    let track = Array("spotify:local:a".utf8)
    func query(_ position: [UInt8], _ list: String) -> Query {
      self.query("cursor=" + Cursor.encode(position, list: list))
    }
    let tracks = SavedTracksCursor(.present, matching: nil)
    #expect(
      try tracks.position(query(eight + eight + track, "tracks present "))?.key == TrackKey("spotify:local:a")
    )
    for position in [
      eight + eight, eight + eight + track + [0], Cursor.bytes(.max) + eight + track,
      Cursor.bytes(.min) + eight + track,
    ] {
      #expect(throws: Problem.self) { try tracks.position(query(position, "tracks present ")) }
    }
    for id in ["", "a\0", "\0"] {
      #expect(throws: Problem.self) {
        try PlaylistsCursor(matching: nil).position(query(eight + Array(id.utf8), "playlists "))
      }
      #expect(throws: Problem.self) {
        try FollowedArtistsCursor(.all, matching: nil).position(
          query([97, 0] + Array(id.utf8), "artists all "))
      }
    }
  }

  private func expectInvalid(_ cursor: String) {
    do {
      _ = try Cursor.decode(cursor, list: "runs * *")
      Issue.record("\(cursor) was taken")
    } catch {
      #expect(error.status == 400)
      #expect(error.code == "invalid_cursor")
    }
  }

  @Test("Base64 for URLs goes there and back, and is strict")
  func base64url() {
    #expect(Base64URL.encode([0xfb, 0xff, 0xfe]) == "-__-")
    #expect(Base64URL.encode(Array("foob".utf8)) == "Zm9vYg")
    var random = SeededRandom(seed: 31)
    for count in 0..<80 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
    for text in ["+//+", "-_8=", "A", "-_9", " -__-", "-__-\n", "é", "Zm9vYh"] {
      #expect(Base64URL.decode(text) == nil, "\(text)")
    }
  }

  @Test("limits are whole numbers within bounds, 50 when nothing is said")
  func limits() throws {
    #expect(try query("").limit() == 50)
    #expect(try query("limit=1").limit() == 1)
    #expect(try query("limit=200&limit=7").limit() == 200)
    for bad in ["0", "201", "-1", "+5", "5.0", "", "x", "1e2", "99999999999999999999", "%31%20"] {
      let problem = try #require(throws: Problem.self) { try query("limit=\(bad)").limit() }
      #expect(problem.code == "invalid_parameter", "\(bad)")
      #expect(problem.detail.hasPrefix("limit:"), "\(bad)")
    }
  }

  @Test("searches are trimmed, and refuse what no name holds")
  func searches() throws {
    #expect(try query("q=+caf%C3%A9+").search() == "café")
    #expect(try query("q=+").search() == nil)
    #expect(try query("x=1").search() == nil)
    #expect(throws: Problem.self) { try query("q=a%00b").search() }
    #expect(throws: Problem.self) { try query("q=a%1Bb").search() }
    #expect(throws: Problem.self) { try query("q=" + String(repeating: "a", count: 201)).search() }
  }

  @Test("the next page's link keeps the filters and replaces the cursor")
  func links() {
    let request = HTTPRequest(method: .get, path: "/api/me/tracks/", query: "q=a%20b&cursor=old&limit=2")
    #expect(
      ListPage.link(request, on: "https://c.example", "cursor", "new", relation: "next")
        == #"<https://c.example/api/me/tracks/?q=a%20b&limit=2&cursor=new>; rel="next""#)
    let encoded = HTTPRequest(method: .get, path: "/", query: "%63ursor=old&cursor&q=%63ursor")
    #expect(
      ListPage.link(encoded, on: "https://c.example", "cursor", "new", relation: "next")
        == #"<https://c.example/?q=%63ursor&cursor=new>; rel="next""#)
    let hostile = HTTPRequest(method: .get, path: "/api/artists/", query: "q=>,<x>;\"")
    #expect(
      ListPage.link(hostile, on: "https://c.example", "offset", "1", relation: "next")
        == #"<https://c.example/api/artists/?q=%3E,%3Cx%3E;%22&offset=1>; rel="next""#)
  }

  private func query(_ text: String) -> Query { Query(HTTPRequest(method: .get, path: "/", query: text)) }
}
