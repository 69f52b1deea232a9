import Domain

/// What a scan of the followed artists changes in the local copy.
///
/// Whoever isn't met has gone only when nothing speaks against it: no slot that may hide somebody, and a count
/// that agrees with Spotify's own; or, as that is known to be wrong or late, a second scan that met the same. That
/// most have gone at once is believed to two scans only, whatever the count.
package struct FollowingChange: Sendable, Equatable {
  /// Whom the local copy doesn't have, or has as gone.
  package let inserts: [ArtistID]
  /// Who is to be marked as gone.
  package let removals: [ArtistID]
  /// Whether a second scan could confirm that somebody has gone.
  package let needsSecondScan: Bool

  /// - Parameters:
  ///   - local: who is followed by the local copy.
  ///   - list: the scan that counts, the latest.
  ///   - earlier: the scan before it, of the same run.
  package init(local: Set<ArtistID>, list: FollowedList, earlier: FollowedList? = nil) {
    inserts = list.artists.filter { !local.contains($0) }
    let candidates = local.subtracting(list.artists).subtracting(list.malformed)
    let areAgreed = earlier.map { $0.unexplained == 0 && Set($0.artists) == Set(list.artists) } ?? false
    let mayHide = list.unexplained > 0
    let isCertain = list.isClosed && 2 * candidates.count <= local.count
    removals = !mayHide && (isCertain || areAgreed) ? candidates.sorted { $0.rawValue < $1.rawValue } : []
    needsSecondScan = !mayHide && !isCertain && earlier == nil && !candidates.isEmpty
  }
}
