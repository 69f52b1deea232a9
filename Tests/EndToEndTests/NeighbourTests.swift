import SpotifySimulator
import TestSupport
import Testing

/// One person's trouble never stops or delays another's.
@Suite struct NeighbourTests {
  private static let scopes =
    "user-library-read user-follow-read playlist-read-private playlist-read-collaborative"
  private static let people = ["hung", "broken", "dead", "huge", "mira", "noor"]
  private static let kinds = ["tracks", "playlists", "following", "releases"]

  @Test
  func `Others are served while one's pages hang, one's fail, one's grant is dead, and one has 10,000 pages`()
    async throws
  {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] = Self.scopes
      $0.simulator.mode = .extended
      $0.simulator.users = Self.people.map {
        .init(id: $0, name: $0, tracks: 800, artists: 6, playlists: 3)
      }
    } _: { world in
      let simulator = world.simulator
      let service = try await world.start(.serve)
      let people = try await atOnce(Self.people.count) { number in
        let person = Self.people[number]
        let browser = world.browser(at: service)
        try await browser.signIn(as: person)
        return (name: person, browser: browser)
      }
      let browsers = Dictionary(people.map { ($0.name, $0.browser) }, uniquingKeysWith: { one, _ in one })
      for group in [EndpointGroup.savedTracks, .myPlaylists, .following] {
        simulator.hold(group, user: "hung")
      }
      simulator.add(Fault(.status, user: "broken", times: 0, status: 500))
      try simulator.revoke("dead", accessTokens: true)
      // A total that is never reached: page after page, until the gate closes behind a hundred of them.
      simulator.add(Fault(.total, group: .savedTracks, user: "huge", times: 0, value: 490_000))
      simulator.hold(.savedTracks, fromNth: 100, user: "huge")
      // Those in trouble come first.
      for name in ["hung", "broken", "dead", "huge"] {
        let browser = try #require(browsers[name])
        for kind in Self.kinds { _ = try await browser.requestSync(kind) }
      }
      _ = try await world.start(.worker)
      // The first page of the one, and eight of the other at its gate.
      try await simulator.waitUntilHeld(.savedTracks, atLeast: 9)
      for name in ["mira", "noor"] {
        let browser = try #require(browsers[name])
        for kind in Self.kinds {
          let run = try await browser.newestRun(kind, in: world)
          #expect(run["status"].string == "succeeded", "\(name): \(run)")
        }
        #expect(try await browser.tracks() == world.library(of: name))
        #expect(try await browser.playlists() == world.playlists(of: name))
        #expect(try await browser.followed() == world.follows(of: name))
      }
      // Nothing of what they passed had ended meanwhile.
      for (name, kind, statuses) in [
        ("hung", "tracks", ["running"]), ("hung", "playlists", ["running"]),
        ("hung", "following", ["running"]),
        ("huge", "tracks", ["running"]), ("broken", "tracks", ["queued", "running", "waiting"]),
        ("dead", "tracks", ["waiting"]),
      ] {
        let browser = try #require(browsers[name])
        let run = try await browser.get("/spotify/sync/\(try await browser.newestID(kind))/").json
        #expect(statuses.contains(run["status"].string ?? ""), "\(name): \(run)")
      }
      // And who is well again is brought over, too.
      simulator.dropFaults()
      simulator.release()
      for name in ["hung", "huge"] {
        let browser = try #require(browsers[name])
        #expect(try await browser.newestRun("following", in: world)["status"].string == "succeeded")
        let run = try await browser.newestRun(in: world)
        #expect(run["status"].string == "succeeded", "\(run)")
        #expect(try await browser.tracks() == world.library(of: name))
      }
    }
  }

  @Test func `Pages of four people that hang, eight each, take no connection from a fifth`() async throws {
    let hung = ["a", "b", "c", "d"]
    try await withWorld {
      $0.simulator.users = (hung + ["mira"]).map { .init(id: $0, name: $0, tracks: 800) }
    } _: { world in
      let service = try await world.start(.serve)
      for person in hung {
        world.simulator.hold(.savedTracks, fromNth: 2, user: person)
        try await world.browser(at: service).signIn(as: person)
      }
      _ = try await world.start(.worker)
      try await world.simulator.waitUntilHeld(.savedTracks, atLeast: 32)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let run = try await mira.run(try await mira.newestID(), on: world.reactor, within: .seconds(20))
      #expect(run["status"].string == "succeeded")
      #expect(try await mira.tracks() == world.library(of: "mira"))
      #expect(world.simulator.held(.savedTracks) == 32)
    }
  }
}
