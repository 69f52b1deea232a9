import FoundationEssentials

/// What a refused refresh token (`invalid_grant`) says about a connection.
///
/// Spotify has refused good tokens of many people at once. So a refusal is held against what the same app's other
/// connections heard last: `worked` of them yes, since this one was last refused, or in the last three hours; `refused`
/// of them no, since three hours before that; and `asking` are waiting for their answer. The first line that fits
/// holds:
///
/// | when | verdict |
/// |---|---|
/// | the six months are over | dead: the expected end |
/// | others refused, fewer than twice as many worked, and this is refused for less than a week | outage: nobody dies of it |
/// | at least 3 others refused, and nobody worked | outage, however long |
/// | refused for less than three hours | suspect |
/// | the same as an outage, with those who are asking counted as refused | suspect: it may be the first of many |
/// | at least one other worked | dead |
/// | refused at least 3 times, over at least a week | dead: there is nobody to compare with |
/// | otherwise | suspect |
///
/// A good connection that is given up needs its person; a lost one that is kept for a week only says so on the page,
/// and is as good as new when they connect again. So where there are few to compare with, it is kept.
package enum RefusalJudgement: Sendable, Equatable {
  /// Asked again later; nothing is thrown away.
  case suspect
  /// The same, and it is Spotify's trouble, not this connection's.
  case outage
  /// Only the person can revive it.
  case dead

  /// What this connection has been told.
  package struct Own: Sendable, Equatable {
    /// This refusal included.
    package let refusals: Int
    /// Since the first of them.
    package let refusedFor: Duration
    /// Whether the six months of the authorization are over.
    package let hasEnded: Bool

    package init(refusals: Int, refusedFor: Duration, hasEnded: Bool) {
      self.refusals = refusals
      self.refusedFor = refusedFor
      self.hasEnded = hasEnded
    }
  }

  /// What other connections of the app were told last. One whose six months are over was refused with reason, and
  /// doesn't count; nor does one that worked, but was made only after this one was first refused: its token isn't one of
  /// those that Spotify may have given up.
  ///
  /// More than twice as many `worked` as were refused and are asking make no difference, nor do more than ten of these
  /// where none worked: nobody need count on. Of more than a thousand refusals the newest thousand will do, with what
  /// worked in the same time.
  package struct Others: Sendable, Equatable {
    package let worked: Int
    package let refused: Int
    package let asking: Int

    package init(worked: Int, refused: Int, asking: Int) {
      self.worked = worked
      self.refused = refused
      self.asking = asking
    }
  }

  /// How long a suspect connection is left alone, and over which time others are looked at.
  package static let patience = Duration.seconds(3 * 3_600)
  /// The same in an outage, which may be over at any moment.
  package static let patienceInOutage = Duration.seconds(30 * 60)
  private static let several = 3
  private static let week = Duration.seconds(7 * 86_400)
  private static let enoughAlone = (refusals: 3, time: week)

  package init(_ own: Own, among others: Others) {
    func isOutage(refused: Int) -> Bool {
      refused >= RefusalJudgement.several && others.worked == 0
        || others.worked < 2 * refused && own.refusedFor < RefusalJudgement.week
    }
    self =
      if own.hasEnded {
        .dead
      } else if isOutage(refused: others.refused) {
        .outage
      } else if own.refusedFor < RefusalJudgement.patience
        || isOutage(refused: others.refused + others.asking)
      {
        .suspect
      } else if others.worked > 0 {
        .dead
      } else if own.refusals >= RefusalJudgement.enoughAlone.refusals,
        own.refusedFor >= RefusalJudgement.enoughAlone.time
      {
        .dead
      } else {
        .suspect
      }
  }

  /// Whether it would be the same if more of the others had been refused: then it needn't wait for theirs, which are
  /// written at this moment.
  package var withstandsMoreRefusals: Bool { self == .outage }

  /// How long nobody asks again; nil when nobody ever does.
  package var patience: Duration? {
    switch self {
    case .suspect: RefusalJudgement.patience
    case .outage: RefusalJudgement.patienceInOutage
    case .dead: nil
    }
  }
}
