import CHiredis

/// Turns commands into RESP with hiredis' formatter.
struct CommandEncoder {
  /// All arguments of a command one after the other, so that hiredis finds them at fixed addresses.
  private var bytes: [UInt8] = []
  private var lengths: [Int] = []
  private var pointers: [UnsafePointer<CChar>?] = []

  /// Appends one command to `output`. The caller has bounded its size: hiredis 0.14 counts in `int`.
  mutating func encode(_ arguments: [RedisArgument], into output: inout [UInt8]) {
    bytes.removeAll(keepingCapacity: bytes.capacity < 1 << 20)
    lengths.removeAll(keepingCapacity: true)
    pointers.removeAll(keepingCapacity: true)
    for argument in arguments {
      let start = bytes.count
      switch argument {
      case .text(let text): bytes.append(contentsOf: text.utf8)
      case .integer(let value): bytes.append(contentsOf: String(value).utf8)
      case .bytes(let raw): bytes.append(contentsOf: raw)
      }
      lengths.append(bytes.count - start)
    }
    format(into: &output)
  }

  private mutating func format(into output: inout [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      var offset = 0
      for length in lengths {
        // hiredis copies `length` bytes from here, which may be none.
        pointers.append(buffer.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) })
        offset += length
      }
      var target: UnsafeMutablePointer<CChar>?
      let count = redisFormatCommandArgv(&target, Int32(lengths.count), &pointers, lengths)
      // It only fails for want of memory, where Swift's own arrays trap as well.
      precondition(count > 0)
      output.append(contentsOf: UnsafeRawBufferPointer(start: target, count: Int(count)))
      redisFreeCommand(target)
    }
  }
}
