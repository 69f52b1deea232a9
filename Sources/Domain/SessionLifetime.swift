/// How long a session lives.
package struct SessionLifetime: Sendable, Equatable {
  /// Without use.
  package let idle: Duration
  /// At most, whatever its use.
  package let longest: Duration

  package static let standard = SessionLifetime(
    idle: .seconds(30 * 86_400), longest: .seconds(180 * 86_400))

  package init(idle: Duration, longest: Duration) {
    self.idle = idle
    self.longest = longest
  }
}
