import Domain

/// How candidates become removals: what is unknown vetoes.
package enum RemovalPlan: Sendable, Equatable {
  /// `contains` has the last word for `questions`; `certain` needs none.
  case confirm(questions: [SavedRowIdentity], certain: [SavedRowIdentity])
  /// Too many to ask about, and nothing speaks against the scan: a second one must miss the same rows.
  case scanAgain

  /// What a run asks `contains` about at most: ten requests of forty.
  package static let mostQuestions = 400

  /// - Parameter beginning: where among too many candidates the questions begin, from 0 to below 1: another run asks
  ///   about others.
  package init(change: SavedTracksChange, scanned: ScannedLibrary, beginning: Double = 0) {
    let isTrusted = scanned.isClosed && scanned.unexplained == 0
    // Spotify can't be asked about a track without an id; only a scan without doubts may remove it.
    let askable = change.missing.filter { $0.uri != nil }
    let unaskable = isTrusted ? change.missing.filter { $0.uri == nil } : []
    if isTrusted, askable.count > RemovalPlan.mostQuestions {
      self = .scanAgain
    } else {
      let begin = askable.count > RemovalPlan.mostQuestions ? Int(beginning * Double(askable.count)) : 0
      let turned = askable[begin...] + askable[..<begin]
      self = .confirm(
        questions: Array(turned.prefix(RemovalPlan.mostQuestions)), certain: change.savedAgain + unaskable)
    }
  }

  /// The rows that both of two scans miss.
  package static func agreed(first: SavedTracksChange, second: SavedTracksChange) -> [SavedRowIdentity] {
    let firstMissing = Set(first.missing)
    return second.missing.filter(firstMissing.contains)
  }

  /// What one request can ask about of rows that two scans agree on.
  package static func sample(of rows: [SavedRowIdentity], beginning: Double) -> [SavedRowIdentity] {
    let askable = rows.filter { $0.uri != nil }
    let begin = min(
      Int(beginning * Double(askable.count)), max(0, askable.count - LibraryQuestions.urisPerRequest))
    return Array(askable.dropFirst(begin).prefix(LibraryQuestions.urisPerRequest))
  }
}

extension SavedRowIdentity {
  /// What `contains` is asked with; nil for a track without an id, whose key is its uri.
  package var uri: String? { key.rawValue.contains(":") ? nil : "spotify:track:\(key.rawValue)" }
}
