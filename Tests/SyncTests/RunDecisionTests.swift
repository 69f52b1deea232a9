import Accounts
import Domain
import FoundationEssentials
import Sync
import Testing

@Suite("What becomes of a run that can't get a token")
struct RunDecisionTests {
  private static func decision(_ code: AccountError.Code, isStopping: Bool, attempt: Int = 9) -> RunDecision {
    let claim = RunClaim(
      user: UserID(1), run: RunID(UUID()), kind: .tracks, trigger: .manual, epoch: 1, attempt: attempt,
      crashes: 0)
    return RunDecision(error: AccountError(code, "why"), claim: claim, isStopping: isStopping)
  }

  @Test("it is queued again at once when its process ends, whether the worker knows that already or not")
  func ending() {
    for isStopping in [false, true] {
      #expect(
        Self.decision(.ending, isStopping: isStopping) == .postpone(.zero, nil, countsAsAttempt: false))
    }
  }

  @Test(
    "it waits, and that is no attempt, for what is nobody's fault",
    arguments: [.keyMissing, .otherApp, .grantSuspect, .appRefused, .rateLimited] as [AccountError.Code])
  func waiting(code: AccountError.Code) {
    guard
      case .postpone(let wait, let failure, countsAsAttempt: false) = Self.decision(code, isStopping: false)
    else {
      Issue.record("it doesn't wait")
      return
    }
    #expect(wait >= .seconds(60) && failure != nil)
  }

  @Test("it fails where only the person can change it, and goes with the account")
  func failing() {
    for code in [AccountError.Code.reauthorizationRequired, .notConnected] {
      guard case .fail = Self.decision(code, isStopping: false) else {
        Issue.record("\(code) doesn't fail")
        continue
      }
    }
    #expect(Self.decision(.accountGone, isStopping: false) == .abandon)
  }

  @Test("it is tried again when Postgres or Spotify can't be asked, ten times in all")
  func trying() {
    for code in [AccountError.Code.unavailable, .spotifyUnavailable, .unexpected] {
      guard case .postpone(_, _, countsAsAttempt: true) = Self.decision(code, isStopping: false),
        case .fail = Self.decision(code, isStopping: false, attempt: RunDecision.mostAttempts)
      else {
        Issue.record("\(code) isn't tried again")
        continue
      }
    }
  }
}
