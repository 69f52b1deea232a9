/// The service's cookies. Over https they carry `__Host-`, which no other host or path can set.
struct CookieNames: Sendable {
  /// Who is signed in.
  let session: String
  /// Which browser began a sign-in, for its ten minutes.
  let signIn: String
  private let attributes: String

  init(isSecure: Bool) {
    session = isSecure ? "__Host-session" : "session"
    signIn = isSecure ? "__Host-sign_in" : "sign_in"
    attributes = isSecure ? "; Path=/; HttpOnly; SameSite=Lax; Secure" : "; Path=/; HttpOnly; SameSite=Lax"
  }

  /// A `Set-Cookie` field's value.
  func set(_ name: String, _ value: String, lifetime: Duration) -> String {
    "\(name)=\(value)\(attributes); Max-Age=\(lifetime.components.seconds)"
  }

  func clear(_ name: String) -> String {
    "\(name)=\(attributes); Max-Age=0"
  }
}
