import Domain

/// What a scan of the followed artists changes in the local copy. A pure value.
///
/// Whoever isn't met is a candidate. Where Spotify can be asked, its plain "no" decides. Where it can't, they have
/// gone only when nothing speaks against it: no slot that may hide somebody, and a count that agrees with Spotify's
/// own; or, as that is known to be wrong or late, a second scan that met the same. That most have gone at once is
/// believed to two scans only, whatever the count.
package struct FollowingChange: Sendable, Equatable {
  /// Whom the local copy doesn't have, or has as gone.
  package let inserts: [ArtistID]
  /// Whom the scan didn't meet.
  package let candidates: [ArtistID]
  /// Who is to be marked as gone.
  package let removals: [ArtistID]
  /// Whether a second scan could confirm that somebody has gone.
  package let needsSecondScan: Bool

  /// - Parameters:
  ///   - local: who is followed by the local copy.
  ///   - list: the scan that counts, the latest.
  ///   - earlier: the scan before it, of the same run.
  ///   - denied: which of the candidates aren't followed when asked about; nil: that can't be asked.
  package init(
    local: Set<ArtistID>, list: FollowedList, earlier: FollowedList? = nil, denied: Set<ArtistID>? = nil
  ) {
    inserts = list.artists.filter { !local.contains($0) }
    let missing = local.subtracting(list.artists).subtracting(list.vetoed)
    candidates = missing.sorted { $0.rawValue < $1.rawValue }
    if let denied {
      removals = candidates.filter(denied.contains)
      needsSecondScan = false
      return
    }
    let areAgreed = earlier.map { $0.unexplained == 0 && Set($0.artists) == Set(list.artists) } ?? false
    let mayHide = list.unexplained > 0
    let isCertain = list.isClosed && 2 * missing.count <= local.count
    removals = !mayHide && (isCertain || areAgreed) ? candidates : []
    needsSecondScan = !mayHide && !isCertain && earlier == nil && !missing.isEmpty
  }
}
