/// How much a caller may ask for, on all instances together; 0 is any amount.
package struct CallerLimits: Sendable {
  /// Sign-ins a minute that an address may begin, and as many that it may finish.
  package var signIns = 60
  /// Requests a minute that change something, of a session.
  package var changes = 60
  /// Other requests a minute, of a session.
  package var reads = 6_000
  /// Requests at the same time, of a session or of an address without one.
  package var atOnce = 100
  /// How long an instance that died keeps its callers' places.
  package var lease = Duration.seconds(15)

  package init() {}
}
