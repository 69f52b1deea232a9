import CPostgreSQL

/// The arrays that libpq wants for a statement's values, reused from statement to statement.
final class ParameterFrame {
  private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1_024, alignment: 8)
  private var values: [UnsafePointer<CChar>?] = []
  private var lengths: [Int32] = []
  private var formats: [Int32] = []

  /// A bigger memory is given back after use.
  private static let kept = 1 << 20

  deinit { memory.deallocate() }

  /// Lays the values out and calls `body` with count, pointers, lengths and formats, valid for the call.
  func with<R>(
    _ parameters: [PostgreSQLParameter],
    _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> R
  ) -> R {
    guard !parameters.isEmpty else { return body(0, nil, nil, nil) }
    reserve(parameters.reduce(0) { $0 + $1.value.byteCount })
    values.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    while formats.count < parameters.count { formats.append(1) }
    var offset = 0
    for parameter in parameters { append(parameter.value, &offset) }
    defer { if memory.count > ParameterFrame.kept { resize(1_024) } }
    return body(Int32(parameters.count), values, lengths, formats)
  }

  private func append(_ value: PostgreSQLParameter.Value, _ offset: inout Int) {
    let start = memory.baseAddress! + offset
    var length = value.byteCount
    var isNull = false
    switch value {
    case .null, .unencodable: isNull = true
    case .word(let word, let count):
      // The low bytes of a big-endian number are its last.
      withUnsafeBytes(of: word.bigEndian) {
        start.copyMemory(from: $0.baseAddress! + (8 - count), byteCount: count)
      }
    case .text(var text):
      text.withUTF8 { if let base = $0.baseAddress { start.copyMemory(from: base, byteCount: $0.count) } }
    case .bytes(let bytes):
      bytes.withUnsafeBytes {
        if let base = $0.baseAddress { start.copyMemory(from: base, byteCount: $0.count) }
      }
    }
    if isNull { length = 0 }
    values.append(isNull ? nil : UnsafePointer(start.assumingMemoryBound(to: CChar.self)))
    lengths.append(Int32(length))
    offset += length
  }

  private func reserve(_ count: Int) {
    if count > memory.count { resize(count) }
  }

  private func resize(_ count: Int) {
    memory.deallocate()
    memory = .allocate(byteCount: count, alignment: 8)
  }
}

extension PostgreSQLParameter.Value {
  var byteCount: Int {
    switch self {
    case .null, .unencodable: 0
    case .word(_, let count): count
    case .text(let text): text.utf8.count
    case .bytes(let bytes): bytes.count
    }
  }
}

extension SQL {
  /// Refuses what libpq or the protocol can't carry.
  func check() throws(PostgreSQLError) {
    guard parameters.count <= Int(UInt16.max) else {
      throw PostgreSQLError(.encoding, "a statement has more than 65,535 parameters")
    }
    var size = 0
    for parameter in parameters {
      if case .unencodable(let error) = parameter.value { throw error }
      size += parameter.value.byteCount
    }
    // The server reads messages of less than a gigabyte.
    guard size + text.utf8.count < 1_000_000_000 else {
      throw PostgreSQLError(.encoding, "a statement's parameters are larger than 1 GB")
    }
  }
}
