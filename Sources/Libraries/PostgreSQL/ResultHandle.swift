import CPostgreSQL
import Glibc

/// Owns a `PGresult` and frees it with the last row that points into it.
// @unchecked: a result is never changed after libpq has handed it over, and freeing it touches nothing else.
final class ResultHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { self.pointer = pointer }

  deinit { PQclear(pointer) }

  var status: ExecStatusType { PQresultStatus(pointer) }
  var rowCount: Int { Int(PQntuples(pointer)) }
  var columnCount: Int { Int(PQnfields(pointer)) }
  /// `INSERT 0 5`, `COMMIT`, …
  var tag: String { String(cString: PQcmdStatus(pointer)) }
  var affected: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

  func cell(_ row: Int, _ column: Int) -> PostgreSQLCell {
    let row = Int32(truncatingIfNeeded: row)
    let column = Int32(truncatingIfNeeded: column)
    let type = PostgreSQLType(oid: PQftype(pointer, column))
    // libpq points at an empty string for NULL, so a pointer alone doesn't tell.
    guard PQgetisnull(pointer, row, column) == 0 else {
      return PostgreSQLCell(type: type, start: nil, count: 0)
    }
    return PostgreSQLCell(
      type: type, start: PQgetvalue(pointer, row, column), count: Int(PQgetlength(pointer, row, column)))
  }

  /// What the simple protocol returned: its rows are text, which isn't decoded here.
  /// (nil from libpq would mean that there is no memory.)
  func withoutRows() -> ResultHandle { ResultHandle(PQcopyResult(pointer, 0)!) }

  func name(of column: Int) -> String? {
    PQfname(pointer, Int32(truncatingIfNeeded: column)).map { String(cString: $0) }
  }

  func column(named name: String) -> Int? {
    var name = name
    return name.withUTF8 { wanted in
      (0..<columnCount).first { column in
        guard let name = PQfname(pointer, Int32(column)) else { return false }
        return UnsafeRawBufferPointer(wanted).elementsEqual(
          UnsafeRawBufferPointer(start: name, count: strlen(name)))
      }
    }
  }
}
