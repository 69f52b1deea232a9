import Domain
import Foundation
import Testing

@testable import Web

@Suite("The copy of the new releases, rendered")
struct CatalogueTests {
  private let catalogue = ReleaseCatalogue(
    version: 3, fetchedAt: Samples.date,
    releases: [
      Samples.album("1", name: "Été", artists: [ArtistCredit(id: "a", name: "Björk")]),
      Samples.album(
        "2", name: "Noise", artists: [ArtistCredit(id: "b", name: "One"), ArtistCredit(id: nil, name: "Two")]),
      Samples.album("3", name: "Silence", artists: []),
    ])

  @Test("an element each, in order, whatever part is asked for")
  func parts() throws {
    let rendered = RenderedReleases(catalogue)
    let all = try #require(try Samples.parse(rendered.part(0..<3)) as? [[String: Any]])
    #expect(all.map { $0["release_spotify_id"] as? String } == ["1", "2", "3"])
    #expect(all[2]["release_from_artist"] is NSNull)
    #expect((all[1]["artists"] as? [[String: Any]])?.count == 2)
    #expect(rendered.whole.count == rendered.part(0..<3).count)
    #expect(rendered.entityTag == EntityTag.of(rendered.part(0..<3)))
    #expect(rendered.part([]) == Array("[]".utf8))
    let one = try #require(try Samples.parse(rendered.part([1])) as? [[String: Any]])
    #expect(one.map { $0["release_name"] as? String } == ["Noise"])
    #expect(rendered.headers["x-total-count"] == "3")
    #expect(rendered.headers["last-modified"] == "Sun, 06 Nov 1994 08:49:37 GMT")
  }

  @Test("a search looks at releases and all of their artists, without regard to case")
  func search() {
    let rendered = RenderedReleases(catalogue)
    #expect(rendered.places(matching: "ÉT") == [0])
    #expect(rendered.places(matching: "björk") == [0])
    #expect(rendered.places(matching: "two") == [1])
    #expect(rendered.places(matching: "OI") == [1])
    #expect(rendered.places(matching: "i") == [1, 2])
    #expect(rendered.places(matching: "nothing of that name, nor anything longer") == [])
  }

  @Test("an empty copy is an empty array")
  func empty() {
    let rendered = RenderedReleases(ReleaseCatalogue(version: 1, fetchedAt: Samples.date, releases: []))
    #expect(rendered.part([]) == Array("[]".utf8))
    #expect(rendered.whole.count == 2)
  }

  @Test("a process asks for a fetch once a minute")
  func patience() {
    let cache = ReleaseCache()
    let start = ContinuousClock.now
    #expect(cache.takesTurnToAsk(at: start))
    #expect(!cache.takesTurnToAsk(at: start + .seconds(59)))
    #expect(cache.takesTurnToAsk(at: start + .seconds(60)))
    #expect(!cache.takesTurnToAsk(at: start + .seconds(61)))
  }

  @Test("times are written as HTTP has them")
  func dates() {
    #expect(HTTPDate.text(Date(timeIntervalSince1970: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
    #expect(HTTPDate.text(Date(timeIntervalSince1970: 951_826_245.9)) == "Tue, 29 Feb 2000 12:10:45 GMT")
    #expect(HTTPDate.text(Date(timeIntervalSince1970: 1_795_132_800)) == "Fri, 20 Nov 2026 00:00:00 GMT")
  }
}
