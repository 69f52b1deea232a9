/// How long somebody's library is left alone before it is looked at by itself again: shorter where something keeps
/// changing, longer where nothing does, within bounds.
///
/// A change halves the interval, a check that found nothing makes it half as long again: who is busy is seen often
/// within a few checks, who has fallen silent seldom after a day or two.
package struct CheckPace: Sendable, Equatable {
  /// What a run says about how often to look.
  package enum Finding: Sendable {
    case changed, unchanged
    /// Nothing: it failed, or it says more about who asked than about the library.
    case nothing

    /// - Parameter changes: of a run that went well.
    package init(_ changes: SyncRun.Changes, trigger: SyncTrigger) {
      let isChange = changes.added > 0 || changes.updated > 0 || changes.removed > 0
      switch trigger {
      // All is new to the first run.
      case .connect: self = .nothing
      // That nothing happened since somebody pressed the button a minute ago doesn't make a library silent.
      case .manual: self = isChange ? .changed : .nothing
      case .schedule: self = isChange ? .changed : .unchanged
      }
    }
  }

  /// No two checks are nearer to each other than this, whoever asked for the first.
  package let shortest: Duration
  package let longest: Duration
  /// Without jitter, within the bounds.
  package let interval: Duration

  package init(interval: Duration, shortest: Duration, longest: Duration) {
    self.shortest = shortest
    self.longest = max(shortest, longest)
    self.interval = min(max(interval, shortest), self.longest)
  }

  package func after(_ finding: Finding) -> CheckPace {
    switch finding {
    case .changed: with(interval / 2)
    case .unchanged: with(interval * 3 / 2)
    case .nothing: self
    }
  }

  /// From the end of a run to the next: any time in here, so that people who came together don't stay together. The
  /// interval give or take a tenth, never below the shortest.
  package var wait: ClosedRange<Duration> { max(interval * 9 / 10, shortest)...interval * 11 / 10 }

  private func with(_ interval: Duration) -> CheckPace {
    CheckPace(interval: interval, shortest: shortest, longest: longest)
  }
}
