import Domain

/// Who may call a route. The table says it, and no call reaches an endpoint that needs somebody without a
/// credential; whether that is alive is checked together with the endpoint's own query.
package enum Access: Sendable, Equatable {
  /// The same for everybody: nothing is looked up for the caller, and nothing is limited.
  case anyone
  /// Anyone; who is signed in gets an answer of their own.
  case visitor
  /// A step of signing in: anyone, and few a minute.
  case signIn(SignInStep)
  /// Who is signed in, or an API token with this scope.
  case user(TokenScope)
  /// Who is signed in with a browser: an API token is not enough.
  case session

  package var needsUser: Bool {
    switch self {
    case .anyone, .visitor, .signIn: false
    case .user, .session: true
    }
  }

  package var isSignIn: Bool { if case .signIn = self { true } else { false } }
}

/// Who pays for a call of a route that is limited.
package enum Charge: Sendable {
  /// Whoever calls: the session, the API token, or the address of a stranger.
  case caller
  /// Strangers' addresses alone: it ends the very session that calls, and nobody who shares that one may keep its
  /// owner from it.
  case stranger
}

package enum SignInStep: Sendable {
  /// The way to Spotify.
  case begin
  /// The way back.
  case finish
}
