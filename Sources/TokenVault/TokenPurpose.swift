/// What a sealed token is for. Each has keys of its own, so that one can't be put in the place of the other.
package enum TokenPurpose: UInt8, Sendable, CaseIterable {
  // Kept in sealed tokens: a number is never given away again.
  case accessToken = 1
  case refreshToken = 2

  /// Eight characters for the derivation of keys. Changing one makes every token sealed with it unreadable.
  var context: StaticString {
    switch self {
    case .accessToken: "access_t"
    case .refreshToken: "refresht"
    }
  }
}
