/// Header fields in the order they came; names compare without case (RFC 9110, section 5.1).
///
/// All of them lie in one block of bytes: a request that nobody asks for its headers builds no strings.
package struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
  /// Field by field: two 32-bit lengths, the name, a NUL, the value, a NUL (what C wants behind both).
  private var block: [UInt8] = []

  package init() {}

  package init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { append(name, value) }
  }

  /// Every field, name and value as they came.
  package var fields: [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    forEachField { name, value in
      fields.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
    }
    return fields
  }

  package var isEmpty: Bool { block.isEmpty }

  /// The first value of that name.
  package subscript(name: String) -> String? {
    var wanted = name
    return wanted.withUTF8 { wanted in
      var found: String?
      forEachField { name, value in
        if found == nil, name.equalsIgnoringCase(wanted) {
          found = String(decoding: value, as: UTF8.self)
        }
      }
      return found
    }
  }

  /// Every value of that name, in order.
  package func all(_ name: String) -> [String] {
    var wanted = name
    return wanted.withUTF8 { wanted in
      var found: [String] = []
      forEachField { name, value in
        if name.equalsIgnoringCase(wanted) { found.append(String(decoding: value, as: UTF8.self)) }
      }
      return found
    }
  }

  /// Appends beside what is there: `Set-Cookie` may come twice.
  package mutating func append(_ name: String, _ value: String) {
    var (name, value) = (name, value)
    name.withUTF8 { name in value.withUTF8 { value in append(name, value) } }
  }

  /// Appends every field of `other`, at the price of one copy.
  package mutating func append(contentsOf other: HTTPHeaders) { block.append(contentsOf: other.block) }

  /// Replaces every value of that name.
  package mutating func set(_ name: String, _ value: String) {
    remove(name)
    append(name, value)
  }

  /// Removes every value of that name.
  package mutating func remove(_ name: String) {
    var kept = HTTPHeaders()
    var wanted = name
    wanted.withUTF8 { wanted in
      forEachField { name, value in
        if !name.equalsIgnoringCase(wanted) { kept.append(name, value) }
      }
    }
    self = kept
  }

  mutating func reserve(_ byteCount: Int) { block.reserveCapacity(byteCount) }

  mutating func append(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
    withUnsafeBytes(of: UInt32(name.count)) { block.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(value.count)) { block.append(contentsOf: $0) }
    block.append(contentsOf: name)
    block.append(0)
    block.append(contentsOf: value)
    block.append(0)
  }

  /// Hands out names and values in place; a NUL stands behind each, outside of its count.
  func forEachField(
    _ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void
  ) {
    block.withUnsafeBytes { bytes in
      var position = 0
      while position < bytes.count {
        let nameCount = Int(bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
        let valueCount = Int(bytes.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self))
        let name = UnsafeRawBufferPointer(rebasing: bytes[(position + 8)...].prefix(nameCount))
        let valueStart = position + 9 + nameCount
        let value = UnsafeRawBufferPointer(rebasing: bytes[valueStart...].prefix(valueCount))
        body(name.assumingMemoryBound(to: UInt8.self), value.assumingMemoryBound(to: UInt8.self))
        position = valueStart + valueCount + 1
      }
    }
  }
}
