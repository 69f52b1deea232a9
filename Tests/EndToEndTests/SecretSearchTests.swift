import Foundation
import TestSupport
import Testing

/// The finder of secrets finds them: else a search that comes back empty says nothing.
@Suite struct SecretSearchTests {
  private static let token = "BQ" + "aZ09-_kLmNoPqRsTuVwXyZ+/=" + "7bC4dE6fG8hI1jK3lM5nO7pQ9rS"
  private static let key = (0..<32).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
  private static let search = SecretSearch([.init("token", token), .init("key", key)])

  /// Text as something makes it, told without the finder's own code.
  private static let disguises: [(name: String, disguise: @Sendable (String) -> [UInt8])] = [
    ("plain", { Array($0.utf8) }), ("hex", { $0.utf8.map { String(format: "%02x", $0) }.joined().bytes }),
    ("upper hex", { $0.utf8.map { String(format: "%02X", $0) }.joined().bytes }),
    ("percent", { ($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "").bytes }),
    ("percent of a query", { Browser.escape($0).bytes }),
    ("every byte percent", { $0.utf8.map { String(format: "%%%02x", $0) }.joined().bytes }),
    ("Base64", { Data($0.utf8).base64EncodedString().bytes }),
    ("Base64 behind one byte", { Data(("x" + $0 + "yz").utf8).base64EncodedString().bytes }),
    ("Base64 behind two", { Data(("xy" + $0 + "z").utf8).base64EncodedString().bytes }),
    (
      "Base64url",
      {
        Data(("client:" + $0).utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
          .bytes
      }
    ),
    ("Base64 in a query", { Browser.escape(Data($0.utf8).base64EncodedString()).bytes }),
    ("JSON", { ((try? JSONEncoder().encode([$0])).map { Array($0) }) ?? [] }),
    ("JSON of every byte", { $0.utf8.map { String(format: "\\u%04x", $0) }.joined().bytes }),
    ("UTF-16", { $0.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] } }),
    ("UTF-16 the other way round", { $0.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] } }),
    ("what Swift prints of bytes", { "\(Array($0.utf8))".bytes }),
  ]

  @Test func `A secret is found in every form, whole, at its beginning alone, at its end alone`() {
    for (name, disguise) in SecretSearchTests.disguises {
      let parts = [
        SecretSearchTests.token, String(SecretSearchTests.token.prefix(24)),
        String(SecretSearchTests.token.suffix(24)),
      ]
      for part in parts {
        let hidden = "noise ".bytes + disguise(part) + " and more noise".bytes
        let found = SecretSearchTests.search.findings(in: hidden, "here")
        #expect(found.contains { $0.secret == "token" && $0.place == "here" }, "\(name), \(part.count)")
        #expect(!found.contains { $0.secret == "key" }, "\(name)")
        #expect(!"\(found)".contains(SecretSearchTests.token.prefix(8)), "a finding shows the secret")
      }
    }
    let key = SecretSearchTests.key
    for hidden in [key, Data(key).base64EncodedString().bytes, "\(key)".bytes] {
      #expect(SecretSearchTests.search.findings(in: hidden, "here").map(\.secret).contains("key"))
    }
  }

  @Test func `What a binary column of a dump holds is searched as well`() {
    for (name, disguise) in SecretSearchTests.disguises {
      let column = ([1, 2, 3] + disguise(SecretSearchTests.token)).map { String(format: "%02x", $0) }.joined()
      let found = SecretSearchTests.search.findings(inDump: "7\t\\\\x\(column)\tt\n", "a dump")
      #expect(found.contains { $0.secret == "token" }, "\(name)")
    }
  }

  @Test func `Nothing is found where there is nothing`() {
    var random = SeededRandom(seed: 7)
    let noise = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let texts = [
      noise, noise.map { 0x20 + $0 % 0x5f }, [], [1], Array(SecretSearchTests.token.bytes.prefix(19)),
    ]
    for text in texts { #expect(SecretSearchTests.search.findings(in: text, "noise").isEmpty) }
    #expect(
      SecretSearchTests.search.findings(inDump: String(repeating: "0123456789abcdef", count: 500), "").isEmpty
    )
  }
}

extension String {
  fileprivate var bytes: [UInt8] { Array(utf8) }
}
