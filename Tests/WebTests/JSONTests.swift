import Domain
import Foundation
import HTTPServer
import JSON
import TestSupport
import Testing

@testable import Web

@Suite("JSON")
struct JSONTests {
  @Test("every text comes back as it was", arguments: [11, 12, 13, 14] as [UInt64])
  func texts(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<2_000 {
      let text = random.text()
      let bytes = JSONWriter.object { $0.field("text", text) }
      let read = try Samples.parse(bytes) as? [String: String]
      // Scalar by scalar: Swift's `==` would let other forms of the same character pass.
      #expect(
        read?["text"]?.unicodeScalars.elementsEqual(text.unicodeScalars) == true, "seed \(seed): \(text)")
    }
  }

  @Test("numbers of every size, flags, nulls and times are written as JSON has them")
  func scalars() throws {
    for number in [0, 7, -1, 1_000_000, Int.max, Int.min] {
      #expect(String(decoding: JSONWriter.bytes { $0.value(number) }, as: UTF8.self) == "\(number)")
    }
    let bytes = JSONWriter.object { writer in
      writer.field("yes", true)
      writer.field("no", nil as Bool?)
      writer.field("date", Samples.date)
      writer.field("words", ["a", "b"])
      writer.array("none", [] as [Int]) { $0.value($1) }
      writer.object("empty") { _ in }
    }
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"{"yes":true,"no":null,"date":"1994-11-06T08:49:37Z","words":["a","b"],"none":[],"empty":{}}"#)
  }

  @Test("a run has the contract's names")
  func run() throws {
    let bytes = JSONWriter.bytes {
      $0.run(Samples.run(failure: RunFailure(code: "rate_limited", detail: "wait")))
    }
    let run = try #require(try Samples.parse(bytes) as? [String: Any])
    #expect(
      Set(run.keys) == [
        "id", "kind", "status", "trigger", "mode", "requested_at", "started_at", "finished_at", "attempt",
        "progress", "requests", "changes", "gaps", "waiting_until", "error",
      ])
    #expect(run["progress"] as? NSDictionary == ["done": 40, "total": 200, "unit": "pages"])
    #expect(run["requests"] as? NSDictionary == ["made": 41, "saved": 0])
    #expect(run["changes"] as? NSDictionary == ["added": 2_000, "updated": 0, "removed": 0, "skipped": 0])
    #expect(run["gaps"] as? NSArray == [["reason": "null_element", "count": 3]])
    #expect(run["error"] as? NSDictionary == ["code": "rate_limited", "detail": "wait"])
    #expect(run["finished_at"] is NSNull)
  }

  @Test("a track has the contract's names, and a local file has no album")
  func track() throws {
    let names: Set = [
      "spotify_id", "uri", "name", "artists", "album", "duration_ms", "explicit", "isrc", "is_local",
      "is_playable", "added_at", "removed_at",
    ]
    let bytes = JSONWriter.bytes { $0.savedTrack(Samples.savedTrack()) }
    let track = try #require(try Samples.parse(bytes) as? [String: Any])
    #expect(Set(track.keys) == names)
    let album = try #require(track["album"] as? [String: Any])
    #expect(
      Set(album.keys) == ["spotify_id", "name", "release_date", "release_date_precision", "image_url"])
    let local = JSONWriter.bytes { $0.savedTrack(Samples.savedTrack(isLocal: true)) }
    let read = try #require(try Samples.parse(local) as? [String: Any])
    #expect(Set(read.keys) == names)
    #expect(read["album"] is NSNull)
    #expect(read["spotify_id"] is NSNull)
  }

  @Test("a release is the contract's example, with what may be more")
  func release() throws {
    let bytes = JSONWriter.bytes { $0.release(Samples.album()) }
    let start = #"""
      {"release_from_artist":"Petit Biscuit","release_name":"Parachute","release_release_date":"2020-10-30",\#
      "release_spotify_id":"3t4ZHswZdOfXd6TcZ51uHl","release_total_tracks":9,\#
      "release_url":"https://open.spotify.com/album/3t4ZHswZdOfXd6TcZ51uHl",
      """#
    #expect(String(decoding: bytes, as: UTF8.self).hasPrefix(start))
    let release = try #require(try Samples.parse(bytes) as? [String: Any])
    #expect(
      release["artists"] as? NSArray == [
        [
          "spotify_id": "6gK1Uct5FEdaUWRWpU4Cl2", "name": "Petit Biscuit",
          "url": "https://open.spotify.com/artist/6gK1Uct5FEdaUWRWpU4Cl2",
        ]
      ])
    #expect(release["release_type"] as? String == "album")
    #expect(release["release_date_precision"] as? String == "day")
    #expect(release["release_image_url"] as? String == "https://i.scdn.co/image/x")
  }

  @Test(
    "JSON is known as such",
    arguments: [
      "{}", " [ 1 , 2 ] ", "null", "0", "-0.5e+10", #"{"a":{"b":[true,"é",false]},"":[]}"#,
      #""\u00e9\n\"\\""#,
      "1E5", "[[[]]]", "\n{\t}\r",
    ])
  func wellFormed(text: String) throws {
    #expect(JSONReader.isValid(Array(text.utf8)))
    _ = try Samples.parse(Array(text.utf8))
  }

  @Test(
    "what only looks like JSON is refused",
    arguments: [
      "", " ", "{", "{bad", "[1,]", "[,1]", #"{"a":}"#, #"{"a"}"#, #"{"a":1,}"#, "{a:1}", "nul", "nullx",
      "{} {}",
      "01", "1.", ".5", "1e", "+1", "--1", "'a'", #""a"#, #""\x""#, #""\u12g4""#, #""\u12"#, "\"a\nb\"",
      "[1 2]",
      "]", "\u{0}", "NaN",
    ])
  func malformed(text: String) { #expect(!JSONReader.isValid(Array(text.utf8))) }

  @Test("bytes that are no UTF-8, and depths that nobody needs, are refused")
  func hostileBodies() {
    #expect(!JSONReader.isValid([0x22, 0xC3, 0x28, 0x22]))
    #expect(
      JSONReader.isValid(Array((String(repeating: "[", count: 60) + String(repeating: "]", count: 60)).utf8)))
    #expect(
      !JSONReader.isValid(
        Array((String(repeating: "[", count: 60_000) + String(repeating: "]", count: 60_000)).utf8)))
    #expect(!JSONReader.isValid(Array(String(repeating: "[", count: 60_000).utf8)))
  }

  @Test("a body is JSON by its type")
  func types() {
    for type in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
      #expect(
        BodyType.announcesJSON(HTTPRequest(method: .post, path: "/", headers: ["content-type": type])))
    }
    for type in ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"] {
      #expect(
        !BodyType.announcesJSON(HTTPRequest(method: .post, path: "/", headers: ["content-type": type])))
    }
    #expect(!BodyType.announcesJSON(HTTPRequest(method: .post, path: "/")))
  }
}
