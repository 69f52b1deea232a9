import CSodium

/// Comparisons whose duration tells nothing but the length.
package enum ConstantTime {
  package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.withUnsafeBytes { left in right.withUnsafeBytes { areEqual(left, $0) } }
  }

  /// Compares the texts' UTF-8.
  package static func areEqual(_ left: String, _ right: String) -> Bool {
    areEqual(Array(left.utf8), Array(right.utf8))
  }

  package static func areEqual(_ left: borrowing SecretBytes, _ right: borrowing SecretBytes) -> Bool {
    left.withUnsafeBytes { left in right.withUnsafeBytes { areEqual(left, $0) } }
  }

  package static func areEqual(_ left: GuardedBytes, _ right: GuardedBytes) -> Bool {
    left.withUnsafeBytes { left in right.withUnsafeBytes { areEqual(left, $0) } }
  }

  private static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    guard let leftStart = left.baseAddress, let rightStart = right.baseAddress else { return true }
    return sodium_memcmp(leftStart, rightStart, left.count) == 0
  }
}
