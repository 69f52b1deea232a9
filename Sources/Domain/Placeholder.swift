/// A slot of a list of Spotify's that holds nothing that could be kept, where it was seen last.
package struct Placeholder: Hashable, Sendable {
  /// How many listed rows come after it: what comes on top doesn't move it.
  package let rowsBelow: Int
  package let reason: Gap.Reason

  package init(rowsBelow: Int, reason: Gap.Reason) {
    self.rowsBelow = rowsBelow
    self.reason = reason
  }
}
