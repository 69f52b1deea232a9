import CSodium

/// libsodium's start, which everything else in this module asks for first. Afterwards it is thread-safe.
enum Sodium {
  /// Without randomness nothing here may go on.
  static func start() { precondition(code >= 0, "libsodium finds no source of randomness") }

  private static let code = sodium_init()
}
