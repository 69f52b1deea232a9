/// The number by which the server knows a type. Numbers from 16,384 on are made by `CREATE TYPE`.
package struct PostgreSQLType: Hashable, Sendable {
  package let oid: UInt32

  package static let bool = PostgreSQLType(oid: 16)
  package static let bytea = PostgreSQLType(oid: 17)
  package static let int8 = PostgreSQLType(oid: 20)
  package static let int2 = PostgreSQLType(oid: 21)
  package static let int4 = PostgreSQLType(oid: 23)
  package static let text = PostgreSQLType(oid: 25)
  package static let float4 = PostgreSQLType(oid: 700)
  package static let float8 = PostgreSQLType(oid: 701)
  package static let timestamptz = PostgreSQLType(oid: 1184)
  package static let uuid = PostgreSQLType(oid: 2950)
  package static let json = PostgreSQLType(oid: 114)
  package static let jsonb = PostgreSQLType(oid: 3802)

  package static let boolArray = PostgreSQLType(oid: 1000)
  package static let byteaArray = PostgreSQLType(oid: 1001)
  package static let int2Array = PostgreSQLType(oid: 1005)
  package static let int4Array = PostgreSQLType(oid: 1007)
  package static let textArray = PostgreSQLType(oid: 1009)
  package static let int8Array = PostgreSQLType(oid: 1016)
  package static let float8Array = PostgreSQLType(oid: 1022)
  package static let timestamptzArray = PostgreSQLType(oid: 1185)
  package static let uuidArray = PostgreSQLType(oid: 2951)
  package static let jsonbArray = PostgreSQLType(oid: 3807)

  /// Whether `CREATE TYPE` made it: an enum's binary form is its label.
  var isUserDefined: Bool { oid >= 16_384 }

  /// Whether its binary form is the text itself.
  var isTextual: Bool {
    switch oid {
    // text, varchar, bpchar, name, unknown, xml
    case 25, 1043, 1042, 19, 705, 142: true
    default: isUserDefined
    }
  }

  /// Whether its binary form is that of an array. For a user's type only the bytes tell.
  var isArray: Bool {
    switch oid {
    // The above arrays and those of float4, json, name, bpchar and varchar.
    case 1000, 1001, 1005, 1007, 1009, 1016, 1022, 1185, 2951, 3807, 1021, 199, 1003, 1014, 1015: true
    default: isUserDefined
    }
  }
}
