import TestSupport

/// Bytes that are RESP more or less.
enum Noise {
  static func pieces(_ random: inout SeededRandom) -> [[UInt8]] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1...60, using: &random) { bytes += token(&random) }
    // A few bytes are turned into others.
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
    }
    var pieces: [[UInt8]] = []
    while !bytes.isEmpty {
      let count = min(bytes.count, Int.random(in: 1...40, using: &random))
      pieces.append(Array(bytes.prefix(count)))
      bytes.removeFirst(count)
    }
    return pieces
  }

  private static func token(_ random: inout SeededRandom) -> [UInt8] {
    let number = [-1, 0, 1, 2, 3, 5, 9, 1_000][Int.random(in: 0..<8, using: &random)]
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return Array("+OK\r\n".utf8)
    case 1: return Array("-ERR no\r\n".utf8)
    case 2: return Array(":\(number)\r\n".utf8)
    case 3: return Array("*\(min(number, 5))\r\n".utf8)
    case 4: return Array("$\(number)\r\n".utf8)
    case 5:
      let count = Int.random(in: 0...30, using: &random)
      let body = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      return Array("$\(count)\r\n".utf8) + body + Array("\r\n".utf8)
    case 6: return Array("\r\n".utf8)
    default: return [UInt8.random(in: 0...255, using: &random)]
    }
  }
}
