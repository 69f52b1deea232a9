import Logging
import Testing

@Suite("Hostile text in a log")
struct LogInjectionTests {
  private static let hostile =
    (0..<32).map { String(Unicode.Scalar($0)!) } + [
      "\u{7f}", "\u{80}", "\u{9b}31m", "\u{9f}", "\u{2028}", "\u{2029}", "\r\n", "\u{1b}[2J",
      "\"}\n{\"level\":\"error\"",
      "\\", "\\n", "e\u{301}\u{200d}", "\u{a0}", "\u{2027}\u{202a}",
    ]

  @Test("stays in its line and its value in JSON", arguments: hostile)
  func json(_ text: String) throws {
    let lines = try LogFile.lines(.json) { $0.info("a\(text)b", ["k\(text)": "v\(text)w"]) }
    #expect(lines.count == 1)
    let line = try parsed(lines[0])
    #expect(line["message"] as? String == "a\(text)b")
    #expect(line["k\(text)"] as? String == "v\(text)w")
    #expect(line.count == 4)
    #expect(lines[0].unicodeScalars.allSatisfy(Self.isHarmless))
  }

  @Test("stays in its line in text, and can't steer a terminal", arguments: hostile)
  func text(_ text: String) throws {
    let lines = try LogFile.lines(.text) { $0.info("a\(text)b", ["k\(text)": "v\(text)w"]) }
    #expect(lines.count == 1)
    #expect(lines[0].unicodeScalars.allSatisfy(Self.isHarmless))
  }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 32 && !(0x7f...0x9f).contains(scalar.value) && !(0x2028...0x2029).contains(scalar.value)
  }
}
