import Foundation
import Secrets
import TestSupport
import Testing

@testable import SpotifyAPI

@Suite("The token endpoint's answer")
struct TokenAnswerTests {
  private func read(_ text: String) throws -> (access: String, refresh: String, scopes: [String]?) {
    let answer = try TokenAnswer(body: Array(text.utf8))
    return (
      Spotify.text(answer.accessToken), Spotify.text(answer.refreshToken), answer.scopes
    )
  }

  private func whole(_ rest: String, token: String = "a") -> String {
    #"{"access_token":"\#(token)","token_type":"Bearer","expires_in":3600\#(rest)}"#
  }

  @Test("is read in any order, with spaces and members that nobody knows")
  func shapes() throws {
    let text = """
       { "scope" : "one two" ,\r\n\t"nested":{"a":[1,-2.5e+3,{"access_token":"not this"},[],{}],"b":null},
      "expires_in":3.6E3,"more":true,"less":false,"token_type":"bEARER","access_token":"AA","refresh_token":"RR"}
      """
    let answer = try read(text + " \n")
    #expect(answer.access == "AA" && answer.refresh == "RR" && answer.scopes == ["one", "two"])
  }

  @Test("is unescaped, tokens and names alike")
  func escapes() throws {
    let escaped = #""\u0061ccess_token":"\u0041\/\\\"\u007e""#
    let answer = try read(
      #"{\#(escaped),"token_type":"Bearer","expires_in":1,"scope":"\u00fc\ud83e\udd89\b\f\n\r\t"}"#)
    #expect(answer.access == "A/\\\"~")
    #expect(answer.scopes == ["ü🦉\u{8}\u{c}\n\r\t"])
  }

  @Test(
    "has no refresh token when that is absent, null or empty",
    arguments: ["", #","refresh_token":null"#, #","refresh_token":"""#])
  func noRefreshToken(_ rest: String) throws {
    #expect(try read(whole(rest)).refresh.isEmpty)
  }

  @Test(
    "grants what was granted before when the scope is absent, null, empty or blank",
    arguments: ["", #","scope":null"#, #","scope":"""#, #","scope":"  ""#])
  func noScope(_ rest: String) throws {
    #expect(try read(whole(rest)).scopes == nil)
  }

  @Test(
    "with a name that comes twice is refused, however it is written",
    arguments: [
      #","access_token":"b""#, #","\u0061ccess_token":"b""#, #","x":1,"x":1"#, #","expires_in":3600"#,
    ])
  func duplicates(_ rest: String) {
    #expect(throws: SpotifyError.self) { try read(whole(rest)) }
  }

  @Test(
    "that isn't JSON is refused",
    arguments: [
      "", " ", "null", "[]", "{", "{}", "}", "{,}", #"{"access_token"}"#, #"{"access_token":}"#,
      #"{"access_token":"a"#, #"{"access_token":"a","token_type":"Bearer","expires_in":3600,}"#,
      #"{"access_token":"a","token_type":"Bearer","expires_in":3600}x"#,
      #"{"access_token":"a","token_type":"Bearer","expires_in":3600}{}"#,
      #"{"access_token":"a" "token_type":"Bearer","expires_in":3600}"#,
      #"{access_token:"a","token_type":"Bearer","expires_in":3600}"#,
    ])
  func malformed(_ text: String) {
    #expect(throws: SpotifyError.self) { try read(text) }
  }

  @Test(
    "with a malformed value is refused",
    arguments: [
      #""\x""#, #""\u12""#, #""\u12g4""#, #""\ud83e""#, #""\udd89""#, #""\ud83eA""#, #""\ud83e\u0041""#,
      "\"\n\"",
      #""\"#, "01", "-", "1.", ".5", "1e", "+1", "0x1", "nul", "True", "NaN", "[1,]", "[1 2]", "{1:2}",
      "{\"a\" 1}",
      "{null:1}", "'a'",
    ])
  func malformedValue(_ value: String) {
    #expect(throws: SpotifyError.self) { try read(whole(#","more":\#(value)"#)) }
    #expect(throws: SpotifyError.self) { try read(whole(#","scope":\#(value)"#)) }
  }

  @Test("with nesting deeper than anybody needs is refused, not followed")
  func nesting() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(try read(whole(#","more":\#(nested(20))"#)).access == "a")
    #expect(throws: SpotifyError.self) { try read(whole(#","more":\#(nested(100_000))"#)) }
  }

  @Test(
    "with a token that can't stand in a header is refused",
    arguments: ["", " ", "a b", "a\\n", "a\\u0000", "ü", "a\\r\\nHost: x", "\u{7f}"])
  func unusable(_ token: String) {
    #expect(throws: SpotifyError.self) { try read(whole("", token: token)) }
    if !token.isEmpty {
      #expect(throws: SpotifyError.self) { try read(whole(#","refresh_token":"\#(token)""#)) }
    }
  }

  @Test("of wrong types is refused")
  func types() {
    for text in [
      #"{"access_token":1,"token_type":"Bearer","expires_in":3600}"#,
      #"{"access_token":"a","token_type":"Bearer","expires_in":"3600"}"#,
      #"{"access_token":"a","token_type":"mac","expires_in":3600}"#,
      #"{"access_token":"a","token_type":"Bearer","expires_in":0}"#,
      #"{"access_token":"a","token_type":"Bearer","expires_in":1e999}"#,
      #"{"access_token":null,"token_type":"Bearer","expires_in":3600}"#,
    ] {
      #expect(throws: SpotifyError.self) { try read(text) }
    }
  }

  @Test("whose text isn't UTF-8 is refused")
  func encoding() {
    let bytes = Array(whole(#","scope":"x""#).utf8).map { $0 == UInt8(ascii: "x") ? 0xff : $0 }
    #expect(throws: SpotifyError.self) { _ = try TokenAnswer(body: bytes).scopes }
  }

  @Test("is judged as Foundation judges it, and never crashes", arguments: [51, 52, 53] as [UInt64])
  func likeFoundation(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let base = Array(
      whole(#","refresh_token":"R","scope":"a\u00e9 b","more":[1,{"k":"v"},null,-0.5e1]"#).utf8)
    let spice = Array(#"{}[]:,"\u0e+-.1nft "#.utf8) + [0, 0x09, 0x1f, 0x80, 0xc3, 0xff]
    for _ in 0..<3_000 {
      var bytes = base
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0...2, using: &random) {
        case 0: bytes.remove(at: index)
        case 1: bytes.insert(spice.randomElement(using: &random)!, at: index)
        default: bytes[index] = spice.randomElement(using: &random)!
        }
      }
      // What is taken here is JSON to Foundation too; the other way round there is less: duplicates, odd tokens.
      guard (try? TokenAnswer(body: bytes)) != nil else { continue }
      let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
      #expect(object?["access_token"] is String, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
    }
  }
}
