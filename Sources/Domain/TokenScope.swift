/// What an API token is good for.
package enum TokenScope: String, Sendable, CaseIterable {
  /// Reads the local copy and the runs.
  case read
  /// Asks for runs and stops them.
  case sync
}
