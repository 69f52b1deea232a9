import FoundationEssentials

extension Date: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .timestamptz }
  package static var postgreSQLArrayType: PostgreSQLType { .timestamptzArray }

  package func postgreSQLValue() throws(PostgreSQLError) -> PostgreSQLParameter.Value {
    .word(UInt64(bitPattern: try microseconds()), count: 8)
  }

  package func encode(into bytes: inout [UInt8]) throws(PostgreSQLError) {
    bytes.appendBigEndian(try microseconds())
  }

  /// Reads `timestamptz`; `infinity` becomes a date at an infinite interval.
  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> Date {
    guard cell.type == .timestamptz else { throw PostgreSQLMisfit() }
    let value = try cell.load(as: Int64.self)
    switch value {
    case .max: return Date(timeIntervalSinceReferenceDate: .infinity)
    case .min: return Date(timeIntervalSinceReferenceDate: -.infinity)
    default:
      let (sinceReference, overflows) = value.subtractingReportingOverflow(epoch)
      guard !overflows else { throw PostgreSQLMisfit() }
      return Date(timeIntervalSinceReferenceDate: Double(sinceReference) / 1_000_000)
    }
  }

  /// Microseconds since 2000, the server's epoch, rounded to the nearest.
  private func microseconds() throws(PostgreSQLError) -> Int64 {
    let interval = timeIntervalSinceReferenceDate
    if interval == .infinity { return .max }
    if interval == -.infinity { return .min }
    guard let value = Int64(exactly: (interval * 1_000_000).rounded()),
      case (let sum, let overflow) = value.addingReportingOverflow(Date.epoch), !overflow
    else { throw PostgreSQLError(.encoding, "a date is outside of the range of timestamptz") }
    return sum
  }

  /// From the server's 2000-01-01 to Foundation's 2001-01-01, a leap year.
  private static let epoch: Int64 = 366 * 86_400 * 1_000_000
}

extension UUID: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .uuid }
  package static var postgreSQLArrayType: PostgreSQLType { .uuidArray }

  package func encode(into bytes: inout [UInt8]) {
    withUnsafeBytes(of: uuid) { bytes.append(contentsOf: $0) }
  }

  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> UUID {
    guard cell.type == .uuid, let start = cell.start, cell.count == 16 else { throw PostgreSQLMisfit() }
    return UUID(uuid: start.loadUnaligned(as: uuid_t.self))
  }
}
