/// Ids as Spotify writes them: 128 bits as 22 characters of base 62, made from a number and readable back.
///
/// Nothing has to be remembered to find what an id stands for, so the catalogue can be of any size.
struct SpotifyID: Sendable {
  enum Kind: UInt64, Sendable {
    case artist = 1
    case album = 2
    case track = 3
    case playlist = 4
    case episode = 5
    case show = 6
  }

  private let key: UInt64
  private let check: UInt64

  init(_ kind: Kind, seed: UInt64) {
    key = SplitMix64.mix(seed ^ SplitMix64.mix(kind.rawValue &* 0x51_7CC1_B727_220A_95))
    check = SplitMix64.mix(key &+ SplitMix64.increment)
  }

  func text(_ index: Int) -> String {
    let low = SplitMix64.mix(UInt64(index) &+ key)
    return SpotifyID.base62(UInt128(SplitMix64.mix(low ^ check)) << 64 | UInt128(low))
  }

  /// The number behind `text`; nil for everything that ``text(_:)`` never wrote.
  func index(_ text: some StringProtocol) -> Int? {
    guard let value = SpotifyID.number(text) else { return nil }
    let low = UInt64(truncatingIfNeeded: value)
    guard UInt64(truncatingIfNeeded: value >> 64) == SplitMix64.mix(low ^ check) else { return nil }
    return Int(exactly: SplitMix64.unmix(low) &- key)
  }

  private static let digits = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
  private static let tenDigits: UInt128 = 839_299_365_868_340_224

  private static func base62(_ value: UInt128) -> String {
    let (rest, low) = value.quotientAndRemainder(dividingBy: tenDigits)
    let (high, middle) = rest.quotientAndRemainder(dividingBy: tenDigits)
    return String(unsafeUninitializedCapacity: 22) { buffer in
      func write(_ number: UInt128, _ range: Range<Int>) {
        var number = UInt64(number)
        for place in range.reversed() {
          buffer[place] = digits[Int(number % 62)]
          number /= 62
        }
      }
      write(low, 12..<22)
      write(middle, 2..<12)
      write(high, 0..<2)
      return 22
    }
  }

  private static func number(_ text: some StringProtocol) -> UInt128? {
    guard text.utf8.count == 22 else { return nil }
    var value: UInt128 = 0
    for byte in text.utf8 {
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x61...0x7A: digit = byte - 0x61 + 10
      case 0x41...0x5A: digit = byte - 0x41 + 36
      default: return nil
      }
      let (product, overflow) = value.multipliedReportingOverflow(by: 62)
      let (sum, carry) = product.addingReportingOverflow(UInt128(digit))
      guard !overflow, !carry else { return nil }
      value = sum
    }
    return value
  }
}
