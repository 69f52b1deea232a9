import TestSupport
import Testing

@testable import Web

@Suite("Forms")
struct FormTests {
  @Test("are read as browsers send them")
  func good() throws {
    let form = try Form(Array("name=a+b%26c%3D%F0%9F%A6%89&scope=read&scope=sync&empty=&%3D=%2B".utf8))
    #expect(form["name"] == "a b&c=🦉" && form["empty"]?.isEmpty == true && form["="] == "+")
    #expect(form.all("scope") == ["read", "sync"] && form.all("none") == [])
    #expect(form["scope"] == nil, "which of the two?")
    #expect(try Form([])["name"] == nil)
  }

  @Test(
    "are refused when no browser sends such",
    arguments: [
      "name", "=a", "name=a&", "&name=a", "name=%", "name=%4", "name=%zz", "name=%00", "na%00me=a",
      "name=%ff",
      "name=%c3%28", "name=a b", "name=ü", "name=a\n", "\u{0}",
      "name=\(String(repeating: "a", count: 8_190))",
      Array(repeating: "a=b", count: 33).joined(separator: "&"), "%C0%AF=x", "name=%ED%A0%80",
    ])
  func bad(_ body: String) {
    do {
      _ = try Form(Array(body.utf8))
      Issue.record("it was taken: \(body.prefix(40))")
    } catch { #expect(error.status == 400 && error.code == "malformed_form") }
  }

  @Test(
    "come back as what was sent, whatever it was, and bytes that nobody meant never crash", arguments: [7, 8])
  func anything(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<500 {
      let text = random.text().split(separator: "\0").joined()
      let form = try Form(Array("a=\(PercentEncoding.component(text))".utf8))
      #expect(form["a"].map { Array($0.utf8) } == Array(text.utf8), "seed \(seed)")
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        Array("abc=&%+0F \u{0}é".utf8).randomElement(using: &random) ?? 0
      }
      do { _ = try Form(bytes) } catch { #expect(error.code == "malformed_form", "seed \(seed)") }
    }
  }
}
