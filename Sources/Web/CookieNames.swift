/// The service's cookies. Over https they carry `__Host-`, which no other host or path can set.
struct CookieNames: Sendable {
  /// Who is signed in.
  let session: String
  /// What the names of all sign-ins' cookies begin with.
  let signInPrefix: String
  private let attributes: String

  init(isSecure: Bool) {
    session = isSecure ? "__Host-session" : "session"
    signInPrefix = isSecure ? "__Host-sign_in_" : "sign_in_"
    attributes = isSecure ? "; Path=/; HttpOnly; SameSite=Lax; Secure" : "; Path=/; HttpOnly; SameSite=Lax"
  }

  /// Which browser began a sign-in, for its ten minutes. Each sign-in has a cookie of its own: two tabs don't get
  /// into each other's way, and what has ended can be cleared.
  ///
  /// - Parameter state: of which a part makes the name; the rest still has more than 200 bits.
  func signIn(_ state: String) -> String { signInPrefix + state.prefix(8) }

  /// A `Set-Cookie` field's value.
  func set(_ name: String, _ value: String, lifetime: Duration) -> String {
    "\(name)=\(value)\(attributes); Max-Age=\(lifetime.components.seconds)"
  }

  func clear(_ name: String) -> String {
    "\(name)=\(attributes); Max-Age=0"
  }
}
