/// One column's value in one row, as it lies in the result. Valid only while it is decoded.
package struct PostgreSQLCell {
  package let type: PostgreSQLType
  /// nil is NULL.
  let start: UnsafeRawPointer?
  let count: Int

  package var isNull: Bool { start == nil }

  /// Empty for NULL.
  package var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
  }

  /// A number in network order; the cell must have exactly its width.
  @inline(__always)
  func load<Integer: FixedWidthInteger>(as: Integer.Type) throws(PostgreSQLMisfit) -> Integer {
    guard let start, count == MemoryLayout<Integer>.size else { throw PostgreSQLMisfit() }
    return Integer(bigEndian: start.loadUnaligned(as: Integer.self))
  }
}

extension [UInt8] {
  @inline(__always)
  mutating func appendBigEndian<Integer: FixedWidthInteger>(_ value: Integer) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }

  mutating func setBigEndian<Integer: FixedWidthInteger>(_ value: Integer, at offset: Int) {
    withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Integer.self) }
  }
}
