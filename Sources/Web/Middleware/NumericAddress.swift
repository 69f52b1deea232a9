import Glibc

/// Addresses as they are written and as they are compared.
enum NumericAddress {
  /// Four or sixteen bytes; nil for what isn't a numeric address. IPv4 within IPv6 (`::ffff:192.0.2.1`) is IPv4.
  static func bytes(_ text: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      guard inet_pton(family, text, &bytes) == 1 else { continue }
      return bytes.starts(with: mapped) ? Array(bytes.dropFirst(mapped.count)) : bytes
    }
    return nil
  }

  private static let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
}
