import Domain
import TestSupport
import Testing

@Suite("How often to look")
struct CheckPaceTests {
  private static let pace = CheckPace(
    interval: .seconds(1_800), shortest: .seconds(900), longest: .seconds(86_400))

  @Test("changes make it shorter at once, silence longer by and by, neither goes beyond its bound")
  func bounds() {
    var pace = Self.pace
    var intervals: [Duration] = []
    for _ in 0..<3 {
      pace = pace.after(.changed)
      intervals.append(pace.interval)
    }
    #expect(intervals == [.seconds(900), .seconds(900), .seconds(900)])
    intervals = []
    for _ in 0..<14 {
      pace = pace.after(.unchanged)
      intervals.append(pace.interval)
    }
    #expect(intervals.prefix(3) == [.seconds(1_350), .seconds(2_025), .milliseconds(3_037_500)])
    #expect(zip(intervals, intervals.dropFirst()).allSatisfy(<=))
    #expect(intervals.suffix(2) == [.seconds(86_400), .seconds(86_400)])
    #expect(pace.after(.changed).interval == .seconds(43_200))
    #expect(pace.after(.nothing) == pace)
  }

  @Test("the next check comes a tenth earlier or later, and never before the shortest")
  func wait() {
    #expect(Self.pace.wait == .seconds(1_620)...(.seconds(1_980)))
    #expect(Self.pace.after(.changed).wait == .seconds(900)...(.seconds(990)))
    // Equal bounds leave room to spread, too.
    let fixed = CheckPace(interval: .seconds(5), shortest: .seconds(60), longest: .seconds(60))
    #expect(fixed.wait == .seconds(60)...(.seconds(66)))
  }

  @Test("an interval from before the bounds were changed is brought within them")
  func clamped() {
    let intervals = SyncIntervals(
      [.tracks: .seconds(10_000)], shortest: .seconds(100), longest: .seconds(500))
    #expect(intervals.pace(of: .tracks, interval: nil)?.interval == .seconds(500))
    #expect(intervals.pace(of: .tracks, interval: .seconds(7))?.interval == .seconds(100))
    #expect(intervals.pace(of: .tracks, interval: .seconds(300))?.interval == .seconds(300))
    #expect(intervals.pace(of: .playlists, interval: .seconds(300)) == nil)
    let crossed = CheckPace(interval: .seconds(1), shortest: .seconds(9), longest: .seconds(3))
    #expect(crossed.interval == .seconds(9))
  }

  @Test("whatever happens in whatever order, the interval is within its bounds and the wait around it")
  func anyOrder() {
    for seed in Seeds.chosen(0..<50) {
      var random = SeededRandom(seed: seed)
      var pace = Self.pace
      for _ in 0..<200 {
        pace = pace.after([.changed, .unchanged, .nothing][random.below(3)])
        let isWithin =
          (pace.shortest...pace.longest).contains(pace.interval) && pace.wait.contains(pace.interval)
          && pace.wait.lowerBound >= pace.shortest
        #expect(isWithin, "seed \(seed)")
      }
    }
  }

  @Test("what a run says depends on what it found and on who asked for it")
  func findings() {
    let none = SyncRun.Changes(skipped: 3)
    for changes in [SyncRun.Changes(added: 1), SyncRun.Changes(updated: 1), SyncRun.Changes(removed: 1)] {
      #expect(CheckPace.Finding(changes, trigger: .schedule) == .changed)
      #expect(CheckPace.Finding(changes, trigger: .manual) == .changed)
      #expect(CheckPace.Finding(changes, trigger: .connect) == .nothing)
    }
    #expect(CheckPace.Finding(none, trigger: .schedule) == .unchanged)
    #expect(CheckPace.Finding(none, trigger: .manual) == .nothing)
    #expect(CheckPace.Finding(none, trigger: .connect) == .nothing)
  }
}
