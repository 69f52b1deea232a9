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

  /// nil for anything but an array of at most one dimension whose elements all decode.
  static func decode<Element: PostgreSQLDecodable>(_ cell: PostgreSQLCell) -> [Element]? {
    guard cell.type.isArray, let start = cell.start else { return nil }
    var reader = Reader(next: start, end: start + cell.count)
    guard let dimensions: Int32 = reader.take(), reader.take(Int32.self) != nil,
      let oid: UInt32 = reader.take()
    else { return nil }
    if dimensions == 0 { return [] }
    guard dimensions == 1, let count: Int32 = reader.take(), reader.take(Int32.self) != nil,
      count >= 0, Int(count) <= reader.left / 4
    else { return nil }
    let type = PostgreSQLType(oid: oid)
    var elements: [Element] = []
    elements.reserveCapacity(Int(count))
    for _ in 0..<count {
      guard let cell = reader.takeCell(type), let element = Element.decode(cell) else { return nil }
      elements.append(element)
    }
    return reader.left == 0 ? elements : nil
  }

  private struct Reader {
    var next: UnsafeRawPointer
    let end: UnsafeRawPointer

    var left: Int { end - next }

    mutating func take<Integer: FixedWidthInteger>(_: Integer.Type = Integer.self) -> Integer? {
      guard left >= MemoryLayout<Integer>.size else { return nil }
      defer { next += MemoryLayout<Integer>.size }
      return Integer(bigEndian: next.loadUnaligned(as: Integer.self))
    }

    mutating func takeCell(_ type: PostgreSQLType) -> PostgreSQLCell? {
      guard let length: Int32 = take() else { return nil }
      if length == -1 { return PostgreSQLCell(type: type, start: nil, count: 0) }
      guard length >= 0, Int(length) <= left else { return nil }
      defer { next += Int(length) }
      return PostgreSQLCell(type: type, start: next, count: Int(length))
    }
  }
}
