import SpotifySimulator
import TestSupport
import Testing

@Suite("The stream of a run's events")
struct RunEventTests {
  /// A page at a time, and each of them only when it is let go.
  private static func step(_ options: inout World.Options) {
    options.environment["PAGES_IN_PARALLEL"] = "1"
  }

  private static func stream(
    _ run: String, _ browser: Browser, at service: World.Service, _ world: World, after id: String? = nil
  ) throws -> EventStream {
    try EventStream(
      on: world.reactor, port: service.port, path: "/spotify/sync/\(run)/events/", cookies: browser.cookies,
      lastEventID: id)
  }

  private static func newestRun(_ browser: Browser) async throws -> String {
    try #require(try await browser.get("/spotify/sync/").json["items"][0]["id"].string)
  }

  @Test func `Every change of a run is told, on an instance that has nothing to do with it`() async throws {
    try await withWorld(Self.step) { world in
      let (home, other) = (try await world.start(.serve), try await world.start(.serve))
      _ = try await world.start(.worker)
      world.simulator.hold(.savedTracks)
      let mira = world.browser(at: home)
      try await mira.signIn(as: "mira")
      let run = try await Self.newestRun(mira)
      try await world.simulator.waitUntilHeld(.savedTracks)
      let stream = try Self.stream(run, mira, at: other, world)
      defer { stream.close() }
      let first = try await stream.next { $0["status"].string == "running" }
      #expect(stream.status == 200)
      #expect(stream.headers["content-type"]?.hasPrefix("text/event-stream") == true)
      #expect(first.name == "run" && first.data["id"].string == run && !first.id.isEmpty)
      var ids = [first.id]
      for page in 1...3 {
        // The progress of a page may be told before the next one is asked for.
        try await world.simulator.waitUntilHeld(.savedTracks)
        world.simulator.release(.savedTracks, count: 1, keepHolding: true)
        let event = try await stream.next { $0["progress"]["done"].int == page }
        #expect(event.data["progress"]["total"].int == 4)
        ids.append(event.id)
      }
      world.simulator.release(.savedTracks)
      let rest = try await stream.rest()
      ids += rest.map(\.id)
      #expect(rest.last?.data["status"].string == "succeeded")
      #expect(rest.last?.data == (try await mira.get("/spotify/sync/\(run)/").json))
      #expect(stream.isWhole)
      #expect(Set(ids).count == ids.count, "an id came twice")
    }
  }

  @Test func `Who comes back with the last id gets what is new, and nothing once it was the last`()
    async throws
  {
    try await withWorld(Self.step) { world in
      let (home, other) = (try await world.start(.all), try await world.start(.serve))
      world.simulator.hold(.savedTracks)
      let mira = world.browser(at: home)
      try await mira.signIn(as: "mira")
      let run = try await Self.newestRun(mira)
      try await world.simulator.waitUntilHeld(.savedTracks)
      let broken = try Self.stream(run, mira, at: home, world)
      let seen = try await broken.next { $0["status"].string == "running" }
      broken.close()
      let resumed = try Self.stream(run, mira, at: other, world, after: seen.id)
      defer { resumed.close() }
      world.simulator.release(.savedTracks)
      let rest = try await resumed.rest()
      #expect(!rest.contains { $0.id == seen.id }, "what was seen came again")
      let last = try #require(rest.last)
      #expect(last.data["status"].string == "succeeded")
      let late = try Self.stream(run, mira, at: home, world, after: last.id)
      defer { late.close() }
      #expect(try await late.rest().isEmpty && late.status == 204)
      let new = try Self.stream(run, mira, at: home, world)
      defer { new.close() }
      #expect(try await new.rest().map(\.id) == [last.id] && new.isWhole)
    }
  }

  @Test func `An instance that hears no hint tells all the same`() async throws {
    try await withWorld(Self.step) { world in
      let home = try await world.start(.all)
      let deaf = try await world.start(.serve, ["REDIS_NAMESPACE": "deaf-\(world.namespace.prefix(30))"])
      world.simulator.hold(.savedTracks)
      let mira = world.browser(at: home)
      try await mira.signIn(as: "mira")
      let run = try await Self.newestRun(mira)
      try await world.simulator.waitUntilHeld(.savedTracks)
      let stream = try Self.stream(run, mira, at: deaf, world)
      defer { stream.close() }
      _ = try await stream.next { $0["status"].string == "running" }
      world.simulator.release(.savedTracks, count: 1, keepHolding: true)
      _ = try await stream.next { $0["progress"]["done"].int == 1 }
      world.simulator.release(.savedTracks)
      #expect(try await stream.rest().last?.data["status"].string == "succeeded")
    }
  }

  @Test func `A stream ends with its session, its run and its server`() async throws {
    try await withWorld { world in
      let home = try await world.start(.all)
      world.simulator.hold(.savedTracks)
      let (mira, phone) = (world.browser(at: home), world.browser(at: home))
      try await mira.signIn(as: "mira")
      try await phone.signIn(as: "mira")
      let run = try await Self.newestRun(mira)
      try await world.simulator.waitUntilHeld(.savedTracks)

      let signedOut = try Self.stream(run, phone, at: home, world)
      defer { signedOut.close() }
      _ = try await signedOut.next()
      #expect(try await phone.post("/auth/logout/").status == 204)
      _ = try await signedOut.rest()
      #expect(signedOut.isWhole)

      let stopped = try Self.stream(run, mira, at: home, world)
      defer { stopped.close() }
      _ = try await stopped.next()
      #expect(try await mira.post("/spotify/disconnect/").status == 200)
      _ = try await stopped.rest()
      #expect(stopped.isWhole)

      let other = try await world.start(.serve)
      try await mira.signIn(as: "mira")
      let next = try await Self.newestRun(mira)
      let served = try Self.stream(next, mira, at: other, world)
      defer { served.close() }
      _ = try await served.next()
      let began = ContinuousClock.now
      #expect(await other.process.terminate() == 0)
      #expect(ContinuousClock.now - began < .seconds(5), "an open stream held up the server's end")
      _ = try await served.rest()
      #expect(served.isWhole)
      world.simulator.release()
    }
  }

  @Test func `A silent stream gives a sign of life every 15 seconds`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      world.simulator.hold(.savedTracks)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let stream = try Self.stream(try await Self.newestRun(mira), mira, at: service, world)
      defer { stream.close() }
      let began = ContinuousClock.now
      try await stream.comment(within: .seconds(25))
      #expect(ContinuousClock.now - began > .seconds(10))
      world.simulator.release()
    }
  }

  @Test func `A stream is its owner's alone, and nobody opens too many`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      world.simulator.hold(.savedTracks)
      let (mira, noor) = (world.browser(at: service), world.browser(at: service))
      try await mira.signIn(as: "mira")
      try await noor.signIn(as: "noor")
      let run = try await Self.newestRun(mira)
      let path = "/spotify/sync/\(run)/events"
      #expect(try await world.browser(at: service).get(path).status == 401)
      #expect(try await noor.get(path).status == 404)
      #expect(try await mira.get("/spotify/sync/7/events/").code == "run_not_found")
      // Looking at the head alone takes no place.
      for _ in 0..<40 {
        let head = try await mira.send("HEAD", path)
        #expect(head.status == 200 && head.header("content-type")?.hasPrefix("text/event-stream") == true)
      }
      var streams: [EventStream] = []
      defer { for stream in streams { stream.close() } }
      for _ in 0..<32 {
        let stream = try Self.stream(run, mira, at: service, world)
        streams.append(stream)
        #expect(try await stream.next() != nil)
      }
      let refused = try await mira.get(path)
      #expect(refused.status == 429 && refused.code == "too_many_streams")
      #expect(refused.header("retry-after") != nil)
      streams.removeLast().close()
      // Its end is noticed soon, not at once.
      try await world.until("there is room again") {
        let again = try Self.stream(run, mira, at: service, world)
        defer { again.close() }
        return try await again.next() != nil
      }
      world.simulator.release()
    }
  }
}
