import Domain

/// Who may call a route. The table says it, and no call reaches an endpoint that needs somebody without a
/// credential; whether that is alive is checked together with the endpoint's own query.
package enum Access: Sendable, Equatable {
  case anyone
  /// A step of signing in: anyone, and few a minute.
  case signIn
  /// Who is signed in, or an API token with this scope.
  case user(TokenScope)
  /// Who is signed in with a browser: an API token is not enough.
  case session

  package var needsUser: Bool {
    switch self {
    case .anyone, .signIn: false
    case .user, .session: true
    }
  }
}
