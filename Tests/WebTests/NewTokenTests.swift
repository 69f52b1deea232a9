import Domain
import Testing

@testable import Web

@Suite("A token that somebody wishes for")
struct NewTokenTests {
  @Test("has a name and scopes")
  func good() throws {
    let cases: [(String, String, [TokenScope])] = [
      (#"{"name":"a","scopes":["read"]}"#, "a", [.read]),
      (#"{"scopes":["sync","read","sync"],"name":" Über 🦉 "}"#, "Über 🦉", [.read, .sync]),
      (
        #"{"name":"\#(String(repeating: "é", count: 100))","scopes":["sync"],"more":{"x":[1]}}"#,
        String(repeating: "é", count: 100), [.sync]
      ),
      (#"{"name":"<script>'\"\\","scopes":["read"]}"#, #"<script>'"\"#, [.read]),
    ]
    for (json, name, scopes) in cases {
      let token = try NewToken(json: Array(json.utf8))
      #expect(token.name == name && token.scopes == scopes, "\(json)")
    }
  }

  @Test("and is told what is wrong with them")
  func bad() {
    let long = String(repeating: "a", count: 101)
    let cases = [
      ("", "name"), ("{}", "name"), ("[]", "body"), ("7", "body"), ("\"x\"", "body"), ("null", "body"),
      (#"{"scopes":["read"]}"#, "name"), (#"{"name":null,"scopes":["read"]}"#, "name"),
      (#"{"name":"","scopes":["read"]}"#, "name"), (#"{"name":" \t ","scopes":["read"]}"#, "name"),
      (#"{"name":"\#(long)","scopes":["read"]}"#, "name"), (#"{"name":7,"scopes":["read"]}"#, "name"),
      (#"{"name":"a\u0000b","scopes":["read"]}"#, "name"), (#"{"name":"a\nb","scopes":["read"]}"#, "name"),
      (#"{"name":"a\u2028b","scopes":["read"]}"#, "name"),
      (#"{"name":"a\u0085b","scopes":["read"]}"#, "name"),
      (#"{"name":"a"}"#, "scopes"), (#"{"name":"a","scopes":[]}"#, "scopes"),
      (#"{"name":"a","scopes":"read"}"#, "scopes"), (#"{"name":"a","scopes":[1]}"#, "scopes"),
      (#"{"name":"a","scopes":["READ"]}"#, "scopes"), (#"{"name":"a","scopes":["read","admin"]}"#, "scopes"),
    ]
    for (json, parameter) in cases {
      do {
        _ = try NewToken(json: Array(json.utf8))
        Issue.record("\(json) was taken")
      } catch {
        #expect(error.status == 400 && error.code == "invalid_parameter", "\(json)")
        #expect(error.detail.hasPrefix(parameter + ": "), "\(json): \(error.detail)")
        if json.contains("admin") { #expect(error.detail.contains("admin")) }
      }
    }
  }
}
