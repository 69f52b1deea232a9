import Accounts
import SpotifyAPI
import SpotifySimulator
import TestSupport
import Testing

@Suite("The app's own token")
struct AppAccessTests {
  private func tokens(_ world: World) -> Int { world.simulator.counts.tokenRequests("client_credentials") }

  @Test("is asked for once by a hundred callers, and kept")
  func once() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      world.simulator.hold(.token)
      let found = try await withThrowingTaskGroup(of: [Int].self) { group in
        group.addTask { try await atOnce(100) { _ in try await instance.search() } }
        try await world.simulator.waitUntilHeld(.token)
        world.simulator.release(.token)
        return try await group.next() ?? []
      }
      #expect(found == Array(repeating: 10, count: 100))
      #expect(tokens(world) == 1)
      world.clock.advance(seconds: 3_500)
      _ = try await instance.search()
      #expect(tokens(world) == 1)
    }
  }

  @Test("is renewed before it ends")
  func renewed() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      _ = try await instance.search()
      world.clock.advance(seconds: 3_545)
      _ = try await instance.search()
      #expect(tokens(world) == 2)
      #expect(world.simulator.counts.count(.search, status: 401) == 0)
    }
  }

  @Test("that Spotify refuses is renewed once for everybody, and each request sent once more")
  func unauthorized() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      _ = try await instance.search()
      world.simulator.advanceClock(seconds: 3_601)
      let found = try await atOnce(50) { _ in try await instance.search() }
      #expect(found == Array(repeating: 10, count: 50))
      #expect(tokens(world) == 2)
    }
  }

  @Test("that Spotify refuses for ever is renewed once, and the refusal handed on")
  func forEver() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      world.simulator.add(Fault(.status, group: .search, times: 0, status: 401))
      let error = await #expect(throws: SpotifyError.self) { try await instance.search() }
      #expect(error?.code == .unauthorized)
      #expect(tokens(world) == 2)
      #expect(world.simulator.counts.count(.search) == 2)
    }
  }

  @Test("that can't be had is tried for again by the next caller")
  func away() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      world.simulator.add(Fault(.status, group: .token, status: 503))
      let error = await #expect(throws: SpotifyError.self) { try await instance.search() }
      #expect(error?.code == .unavailable)
      #expect(try await instance.search() == 10)
      let wrong = try world.instance(secret: "wrong")
      let refusal = await #expect(throws: SpotifyError.self) { try await wrong.search() }
      #expect(refusal?.code == .invalidClient)
    }
  }
}
