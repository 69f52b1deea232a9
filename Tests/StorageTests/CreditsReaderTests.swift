import Domain
import Testing

@testable import Storage

@Suite("Artist credits")
struct CreditsReaderTests {
  @Test("are read as Postgres prints them")
  func printed() {
    #expect(read(#"[]"#) == [])
    #expect(
      read(#"[{"name": "A \"b\" \\ \u0007\n é", "spotify_id": null}, {"name": "", "spotify_id": "x"}]"#)
        == [ArtistCredit(id: nil, name: "A \"b\" \\ \u{7}\n é"), ArtistCredit(id: "x", name: "")])
  }

  @Test(
    "of another shape are refused",
    arguments: [
      "", "[", "{}", #"[{}]"#, #"[{"spotify_id": "x"}]"#, #"[{"name": 1}]"#,
      #"[{"name": "a", "other": "b"}]"#,
      #"[{"name": "a"},]"#, #"[{"name": "\u-001"}]"#, #"[{"name": "\u+001"}]"#, #"[{"name": "\u00"}]"#,
      #"[{"name": "\"#, #"[{"name": "a"}] x"#,
    ])
  func otherShapes(_ text: String) { #expect(read(text) == nil) }

  private func read(_ text: String) -> [ArtistCredit]? {
    Array(text.utf8).withUnsafeBytes { bytes in
      var reader = CreditsReader(bytes)
      return reader.read()
    }
  }
}
