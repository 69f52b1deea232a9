// Widening is free, narrowing is refused: an `Int` reads smallint, integer and bigint, an `Int16` smallint only.
// `numeric` is not read: cast it in the statement.

extension Bool: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .bool }
  package static var postgreSQLArrayType: PostgreSQLType { .boolArray }

  package func postgreSQLValue() -> PostgreSQLParameter.Value { .word(self ? 1 : 0, count: 1) }
  package func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }

  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> Bool {
    guard cell.type == .bool else { throw PostgreSQLMisfit() }
    return try cell.load(as: UInt8.self) != 0
  }
}

extension Int16: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .int2 }
  package static var postgreSQLArrayType: PostgreSQLType { .int2Array }

  package func postgreSQLValue() -> PostgreSQLParameter.Value {
    .word(UInt64(truncatingIfNeeded: self), count: 2)
  }
  package func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }

  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> Int16 {
    guard cell.type == .int2 else { throw PostgreSQLMisfit() }
    return try cell.load(as: Int16.self)
  }
}

extension Int32: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .int4 }
  package static var postgreSQLArrayType: PostgreSQLType { .int4Array }

  package func postgreSQLValue() -> PostgreSQLParameter.Value {
    .word(UInt64(truncatingIfNeeded: self), count: 4)
  }
  package func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }

  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> Int32 {
    switch cell.type {
    case .int4: return try cell.load(as: Int32.self)
    case .int2: return try Int32(cell.load(as: Int16.self))
    default: throw PostgreSQLMisfit()
    }
  }
}

extension Int64: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .int8 }
  package static var postgreSQLArrayType: PostgreSQLType { .int8Array }

  package func postgreSQLValue() -> PostgreSQLParameter.Value { .word(UInt64(bitPattern: self), count: 8) }
  package func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }

  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> Int64 {
    switch cell.type {
    case .int8: return try cell.load(as: Int64.self)
    case .int4: return try Int64(cell.load(as: Int32.self))
    case .int2: return try Int64(cell.load(as: Int16.self))
    default: throw PostgreSQLMisfit()
    }
  }
}

extension Int: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .int8 }
  package static var postgreSQLArrayType: PostgreSQLType { .int8Array }

  package func postgreSQLValue() -> PostgreSQLParameter.Value { Int64(self).postgreSQLValue() }
  package func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(Int64(self)) }

  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> Int {
    Int(try Int64.decode(cell))
  }
}

extension Double: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .float8 }
  package static var postgreSQLArrayType: PostgreSQLType { .float8Array }

  package func postgreSQLValue() -> PostgreSQLParameter.Value { .word(bitPattern, count: 8) }
  package func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(bitPattern) }

  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> Double {
    switch cell.type {
    case .float8: return try Double(bitPattern: cell.load(as: UInt64.self))
    case .float4: return try Double(Float(bitPattern: cell.load(as: UInt32.self)))
    default: throw PostgreSQLMisfit()
    }
  }
}
