import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

/// A server, a worker, and Mira, whose copy is whole; then one of the two dies at a step of a run.
struct CrashScene {
  let world: World
  let point: CrashPoint
  private(set) var mira: Browser
  private(set) var worker: World.Service
  private let service: World.Service
  /// Between the server and Redis.
  private let proxy: FaultProxy

  /// - Parameter worker: what the worker's environment has besides.
  static func begin(
    _ point: CrashPoint, in world: World, worker environment: [String: String] = [:]
  ) async throws -> CrashScene {
    let proxy = try world.redisProxy()
    let service = try await world.start(.serve, ["REDIS_URL": world.redisURL(through: proxy)])
    let worker = try await world.start(.worker, environment)
    let mira = world.browser(at: service)
    try await point.kind.connect(mira, in: world)
    return CrashScene(
      world: world, point: point, mira: mira, worker: worker, service: service, proxy: proxy)
  }

  func end() { proxy.stop() }

  /// Asks for a run and kills whoever is at it at the step.
  ///
  /// - Returns: the run's id.
  mutating func crash() async throws -> String {
    switch point.step {
    case .accepted: return try await dieBehindTheRow()
    case .dispatched: return try await dieBeforeTheClaim()
    case .claimed: return try await dieBeforeTheFirstRequest()
    case .refreshing:
      // An hour goes by at Spotify.
      world.simulator.advanceClock(seconds: 3_600)
      return try await die(at: Gate(.token, 1, kept: 0))
    case .firstPage, .middlePage, .lastPage, .confirming: return try await die(at: try #require(point.gate))
    case .merging: return try await dieInTheMerge(hears: false)
    case .committed: return try await dieInTheMerge(hears: true)
    }
  }

  private mutating func dieBehindTheRow() async throws -> String {
    // The first run's lease is given back behind its row.
    try await world.until("nobody works") { try await world.isDispatchIdle }
    await worker.process.kill9()
    proxy.pause()
    let (asking, path) = (mira, "/spotify/sync/\(point.kind.rawValue)/")
    let answer = world.reactor.spawn { try? await asking.post(path).status }
    try await world.until("the run is accepted") { try await isQueued() }
    await service.process.kill9()
    #expect(await answer.value == nil, "nobody was told")
    #expect(try await world.isDispatchIdle)
    mira = mira.at(try await world.start(.serve).base)
    return try await mira.newestID(point.kind.rawValue)
  }

  private func dieBeforeTheClaim() async throws -> String {
    await worker.process.kill9()
    let id = try await mira.requestSync(point.kind.rawValue)
    try await world.transaction { transaction in
      _ = try await transaction.query("SELECT FROM sync_run WHERE status = 'queued' FOR UPDATE")
      let other = try await world.start(.worker)
      try await world.until("the claim waits") { try await world.waitingForLocks >= 1 }
      await other.process.kill9()
      try await world.endWaiting()
    }
    #expect(try await isQueued())
    #expect(try await world.redis("EXISTS", world.key("queued")).int == 0, "it was taken")
    return id
  }

  private func dieBeforeTheFirstRequest() async throws -> String {
    let id = try await world.transaction { transaction in
      _ = try await transaction.query("LOCK TABLE \(sql: point.kind.firstTable) IN ACCESS EXCLUSIVE MODE")
      let id = try await mira.requestSync(point.kind.rawValue)
      try await world.until("it is claimed, and waits") {
        let isWaiting = try await world.waitingForLocks > 0
        return try await isRunning() && isWaiting
      }
      await worker.process.kill9()
      try await world.endWaiting()
      return id
    }
    #expect(point.kind.groups.allSatisfy { world.simulator.counts.count($0) == 0 })
    return id
  }

  private func die(at gate: Gate) async throws -> String {
    world.simulator.hold(gate.group, fromNth: gate.nth)
    let id = try await mira.requestSync(point.kind.rawValue)
    try await world.simulator.waitUntilHeld(gate.group)
    try await world.until("what came before is kept") { try await world.count(point.kind.kept) == gate.kept }
    await worker.process.kill9()
    try await world.until("its requests are over") { world.simulator.counts.inFlight.now == 0 }
    world.simulator.release(gate.group)
    #expect(try await isRunning())
    return id
  }

  /// - Parameter hears: the server has all of the transaction: it commits, and only the worker never hears it.
  ///   Frozen and not killed at first, as the server undoes what waits for a lock when its client has gone.
  private func dieInTheMerge(hears: Bool) async throws -> String {
    let id = try await world.transaction { transaction in
      // Every end of a run writes when the next is due.
      _ = try await transaction.query("SELECT FROM sync_schedule FOR UPDATE")
      let id = try await mira.requestSync(point.kind.rawValue)
      try await world.until("the merge waits") { try await world.waitingForLocks >= 1 }
      if hears {
        await worker.process.freeze()
      } else {
        await worker.process.kill9()
        try await world.endWaiting()
      }
      return id
    }
    guard hears else {
      #expect(try await isRunning(), "nothing of the merge may stay")
      return id
    }
    #expect(try await mira.run(id, on: world.reactor)["status"].string == "succeeded")
    await worker.process.kill9()
    #expect(try await world.redis("KEYS", world.key("lease:*")).elements?.count == 1)
    return id
  }

  private func isQueued() async throws -> Bool {
    try await world.count("SELECT count(*) FROM sync_run WHERE status = 'queued'") == 1
  }

  private func isRunning() async throws -> Bool {
    try await world.count("SELECT count(*) FROM sync_run WHERE status = 'running'") == 1
  }
}
