import FoundationEssentials
import Testing

@testable import PostgreSQL

@Suite("A cell")
struct CellTests {
  @Test("with a time before all times is refused, the ends of time are infinite")
  func times() throws {
    #expect(throws: PostgreSQLMisfit.self) { try decode(.min + 1) }
    #expect(try decode(.min) == Date(timeIntervalSinceReferenceDate: -.infinity))
    #expect(try decode(.max) == Date(timeIntervalSinceReferenceDate: .infinity))
    #expect(try decode(366 * 86_400 * 1_000_000) == Date(timeIntervalSinceReferenceDate: 0))
  }

  private func decode(_ microseconds: Int64) throws(PostgreSQLMisfit) -> Date {
    let bytes = [UInt8](unsafeUninitializedCapacity: 8) { target, count in
      UnsafeMutableRawBufferPointer(target).storeBytes(of: microseconds.bigEndian, as: Int64.self)
      count = 8
    }
    let date = bytes.withUnsafeBytes { bytes in
      Result { () throws(PostgreSQLMisfit) in
        try Date.decode(PostgreSQLCell(type: .timestamptz, start: bytes.baseAddress, count: 8))
      }
    }
    return try date.get()
  }
}
