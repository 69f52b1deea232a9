/// The binary form of an array: dimensions, a flag for nulls, the elements' type, then length and bytes of each.
enum ArrayFormat {
  static func encode<Element: PostgreSQLElement>(
    _ elements: [Element]
  ) throws(PostgreSQLError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(20 + elements.count * 12)
    bytes.appendBigEndian(Int32(elements.isEmpty ? 0 : 1))
    // The flag may be set without a null being there.
    bytes.appendBigEndian(Int32(1))
    bytes.appendBigEndian(Element.postgreSQLType.oid)
    guard !elements.isEmpty else { return bytes }
    guard let count = Int32(exactly: elements.count) else {
      throw PostgreSQLError(.encoding, "an array has too many elements")
    }
    bytes.appendBigEndian(count)
    bytes.appendBigEndian(Int32(1))
    for element in elements { try element.encodeElement(into: &bytes) }
    return bytes
  }

  /// Throws for anything but an array of at most one dimension whose elements all decode.
  static func decode<Element: PostgreSQLDecodable>(
    _ cell: PostgreSQLCell
  ) throws(PostgreSQLMisfit) -> [Element] {
    guard cell.type.isArray, let start = cell.start else { throw PostgreSQLMisfit() }
    var reader = Reader(next: start, end: start + cell.count)
    let dimensions = try reader.take(Int32.self)
    _ = try reader.take(Int32.self)
    let type = PostgreSQLType(oid: try reader.take(UInt32.self))
    if dimensions == 0 { return [] }
    let count = Int(try reader.take(Int32.self))
    _ = try reader.take(Int32.self)
    guard dimensions == 1, count >= 0, count <= reader.left / 4 else { throw PostgreSQLMisfit() }
    var elements: [Element] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try Element.decode(try reader.takeCell(type))) }
    guard reader.left == 0 else { throw PostgreSQLMisfit() }
    return elements
  }

  private struct Reader {
    var next: UnsafeRawPointer
    let end: UnsafeRawPointer

    var left: Int { end - next }

    mutating func take<Integer: FixedWidthInteger>(_: Integer.Type) throws(PostgreSQLMisfit) -> Integer {
      guard left >= MemoryLayout<Integer>.size else { throw PostgreSQLMisfit() }
      defer { next += MemoryLayout<Integer>.size }
      return Integer(bigEndian: next.loadUnaligned(as: Integer.self))
    }

    mutating func takeCell(_ type: PostgreSQLType) throws(PostgreSQLMisfit) -> PostgreSQLCell {
      let length = Int(try take(Int32.self))
      if length == -1 { return PostgreSQLCell(type: type, start: nil, count: 0) }
      guard length >= 0, length <= left else { throw PostgreSQLMisfit() }
      defer { next += length }
      return PostgreSQLCell(type: type, start: next, count: length)
    }
  }
}
