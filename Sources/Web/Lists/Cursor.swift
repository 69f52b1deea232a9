import Domain
import FoundationEssentials

/// Where a list goes on, as an opaque text.
///
/// A version, the position, and a check over both together with the list's name and filters: a cursor that was
/// changed, or belongs to another list or other filters, isn't taken. It isn't signed: who forges one reaches
/// only what is theirs anyway.
struct Cursor {
  private static let version: UInt8 = 1

  /// - Parameter list: the list's name and its filters; what pages of one list have in common.
  static func encode(_ position: [UInt8], list: String) -> String {
    let content = [version] + position
    return Base64URL.encode(content + check(content, list))
  }

  /// The position; 400 for what ``encode(_:list:)`` didn't write for this very list.
  static func decode(_ text: String, list: String) throws(Problem) -> [UInt8] {
    guard text.utf8.count <= 4_096, let bytes = Base64URL.decode(text), bytes.count > 9, bytes[0] == version,
      Array(bytes.suffix(8)) == check(Array(bytes.dropLast(8)), list)
    else { throw invalid }
    return Array(bytes[1..<(bytes.count - 8)])
  }

  static let invalid = Problem(
    400, "invalid_cursor",
    "cursor: not one that this list gave out, or the filters are others; start without one")

  private static func check(_ content: [UInt8], _ list: String) -> [UInt8] {
    bytes(Int64(bitPattern: ContentHash.of(content + [0] + Array(list.utf8))))
  }

  // MARK: What positions are made of

  static func bytes(_ number: Int64) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  /// A text that can be compared with: not empty, and without the NUL that Postgres hasn't.
  static func text(_ bytes: ArraySlice<UInt8>) -> String? {
    bytes.isEmpty || bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
  }

  /// The first eight bytes as a number; nil when there are fewer.
  static func number(_ bytes: ArraySlice<UInt8>) -> Int64? {
    guard bytes.count >= 8 else { return nil }
    return bytes.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
  }

  /// To the microsecond, as Postgres has it.
  static func bytes(_ date: Date) -> [UInt8] {
    bytes(Int64((date.timeIntervalSince1970 * 1_000_000).rounded()))
  }

  /// The first eight bytes as a date; nil when there are fewer, or for a year that nobody writes.
  static func date(_ bytes: ArraySlice<UInt8>) -> Date? {
    let date = number(bytes).map { Date(timeIntervalSince1970: Double($0) / 1_000_000) }
    return date.flatMap { Timestamp.range.contains($0) ? $0 : nil }
  }

  static func bytes(_ id: UUID) -> [UInt8] { withUnsafeBytes(of: id.uuid) { Array($0) } }

  /// All of the bytes as an id; nil unless they are one.
  static func uuid(_ bytes: ArraySlice<UInt8>) -> UUID? {
    guard bytes.count == 16 else { return nil }
    return UUID(uuid: bytes.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) })
  }
}
