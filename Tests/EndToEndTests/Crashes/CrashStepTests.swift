import SpotifySimulator
import TestSupport
import Testing

@Suite struct CrashStepTests {
  @Test(arguments: CrashPoint.all)
  func `A crash at any step of a run: another process ends it right, and once in effect`(
    _ point: CrashPoint
  ) async throws {
    try await withWorld {
      point.kind.prepare(&$0)
    } _: { world in
      var scene = try await CrashScene.begin(point, in: world)
      defer { scene.end() }
      let kind = point.kind
      let change = try await kind.edit(scene.mira, in: world, isInDoubt: point.step == .confirming)
      world.simulator.resetCounts()
      let id = try await scene.crash()
      let mira = scene.mira

      try await world.outliveLease()
      _ = try await world.start(.worker)
      let run = try await mira.run(id, on: world.reactor)
      #expect(run["status"].string == "succeeded" && run["error"] == .null, "\(run)")
      #expect(run["attempt"].int == 1, "a crash is not an attempt")
      #expect(run["changes"]["added"].int == change.added, "\(run)")
      #expect(run["changes"]["removed"].int == change.removed, "\(run)")
      #expect(try await kind.shown(mira) == change.truth)
      for (target, answers) in CrashStepTests.answers(world, kind) {
        #expect(answers <= point.mostAnswers(to: target), "\(target) was asked for again")
      }

      // The connection is well, and there is nothing left to do.
      let grants = try await world.count(
        "SELECT count(*) FROM spotify_grant WHERE status = 'healthy' AND refresh_lease IS NULL")
      #expect(grants == 1)
      let again = try await mira.sync(kind.rawValue, in: world)
      #expect(again["status"].string == "succeeded" && again["id"].string != id)
      #expect(again["changes"]["added"].int == 0 && again["changes"]["removed"].int == 0, "\(again)")
      #expect(try await mira.run(id, on: world.reactor) == run, "the run was touched")
      #expect(try await world.count("SELECT count(*) FROM sync_run WHERE trigger = 'manual'") == 2)
      try await world.until("nothing is left in Redis") { try await world.isDispatchIdle }
    }
  }

  /// How often Spotify gave each of a kind's answers.
  private static func answers(_ world: World, _ kind: SyncCase) -> [String: Int] {
    let given = kind.groups.flatMap { world.simulator.log($0) }.filter { $0.status == 200 }
    return Dictionary(given.map { ($0.target, 1) }, uniquingKeysWith: +)
  }
}
