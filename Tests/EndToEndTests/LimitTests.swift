import Foundation
import SpotifySimulator
import TestSupport
import Testing

/// Spotify asks to wait.
@Suite struct LimitTests {
  @Test func `A short 429 stops the siblings, too, and the run goes on by itself`() async throws {
    try await withWorld {
      $0.simulator.users = [.init(id: "mira", name: "Mira", tracks: 800)]
      $0.environment["PAGES_IN_PARALLEL"] = "4"
    } _: { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      let simulator = world.simulator
      simulator.hold(.savedTracks, fromNth: 2)
      simulator.add(Fault(.rateLimit, group: .savedTracks, offset: 49, retryAfter: 3))
      try await mira.signIn(as: "mira")
      try await simulator.waitUntilHeld(.savedTracks, atLeast: 4)
      try await world.until("one of the four is refused") {
        if simulator.held(.savedTracks) == 4 { simulator.release(.savedTracks, count: 1, keepHolding: true) }
        return simulator.counts.count(.savedTracks, status: 429) == 1
      }
      // The first time for its siblings, the second for what they may have sent before they knew.
      for _ in 1...2 {
        simulator.release(.savedTracks, keepHolding: true)
        try await world.until("what was answered is staged") {
          let staged = try await world.count("SELECT count(*) FROM staged_page")
          return staged == simulator.counts.count(.savedTracks, status: 200)
        }
      }
      #expect(simulator.held(.savedTracks) == 0, "somebody didn't wait")
      try await world.simulator.waitUntilHeld(.savedTracks, atLeast: 4)
      world.simulator.release(.savedTracks)
      let run = try await mira.newestRun(in: world)
      #expect(run["status"].string == "succeeded" && run["attempt"].int == 1)
      #expect(try await mira.tracks() == world.library(of: "mira"))
    }
  }

  @Test(arguments: [
    (Fault(.rateLimit, group: .savedTracks, times: 0, retryAfter: 3_600), "rate_limited", 3_600),
    (Fault(.quotaExceeded, group: .savedTracks, times: 0), "quota_exceeded", 48_925),
  ])
  func `A long one lets the run wait, and nobody who works`(
    _ fault: Fault, _ code: String, _ seconds: Int
  ) async throws {
    try await withWorld {
      $0.environment["WORKER_CONCURRENCY"] = "1"
    } _: { world in
      let service = try await world.start(.all)
      world.simulator.add(fault)
      let (mira, noor) = (world.browser(at: service), world.browser(at: service))
      for (person, name) in [(mira, "mira"), (noor, "noor")] {
        try await person.signIn(as: name)
        let id = try await person.newestID()
        let run = try await person.run(id, on: world.reactor) { $0["status"].string == "waiting" }
        #expect(run["error"]["code"].string == code)
        #expect(run["attempt"].int == 0, "a limit is no attempt")
        let until = try Date(try #require(run["waiting_until"].string), strategy: .iso8601)
        let wait = until.timeIntervalSinceNow
        #expect(wait > Double(seconds) - 60 && wait < Double(seconds) + 5, "\(wait)")
        #expect(try await person.requestSync() == id)
      }
      // The one place to work is free: another kind of work isn't kept from it. The row is written before the lease
      // is given back.
      try await world.until("nobody works") {
        try await world.redis("KEYS", world.key("lease:*")).elements?.isEmpty == true
      }
      #expect(try await world.count("SELECT count(*) FROM saved_track") == 0)
    }
  }
}
