/// The lines between a status line and the body, kept as bytes: most answers are asked for one or two of them.
struct ResponseHead: Sendable {
  /// curl bounds a line but not their number.
  static let maximumBytes = 256 << 10

  /// Lines without their ends, each followed by LF.
  private var bytes: [UInt8] = []
  /// Whether the empty line has come.
  private(set) var isComplete = false
  private var isInterim = false

  /// Takes one line as curl hands it over, with its end. False: too many of them.
  mutating func take(_ line: UnsafeRawBufferPointer) -> Bool {
    var line = line[...]
    while let last = line.last, last == UInt8(ascii: "\r") || last == UInt8(ascii: "\n") { line.removeLast() }
    if bytes.isEmpty || isInterim, line.starts(with: "HTTP/".utf8) {
      start(statusLine: line)
    } else if line.isEmpty {
      isComplete = true
    } else if !isComplete {
      append(line)
    }
    return bytes.count <= ResponseHead.maximumBytes
  }

  func firstValue(of name: String) -> String? {
    for line in lines {
      if let colon = line.firstIndex(of: UInt8(ascii: ":")), HTTPSyntax.areEqual(line[..<colon], name.utf8) {
        return ResponseHead.value(line[line.index(after: colon)...])
      }
    }
    return nil
  }

  var fields: [(name: String, value: String)] {
    lines.compactMap { line in
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
      return (
        name: String(decoding: line[..<colon], as: UTF8.self),
        value: ResponseHead.value(line[line.index(after: colon)...])
      )
    }
  }

  private var lines: [ArraySlice<UInt8>] { bytes.split(separator: UInt8(ascii: "\n")) }

  /// A 1xx is followed by another head; the last one counts.
  private mutating func start(statusLine: Slice<UnsafeRawBufferPointer>) {
    bytes.removeAll(keepingCapacity: true)
    isComplete = false
    let code = statusLine.drop { $0 != UInt8(ascii: " ") }.dropFirst()
    isInterim = code.first == UInt8(ascii: "1")
  }

  private mutating func append(_ line: Slice<UnsafeRawBufferPointer>) {
    // An obsolete fold continues the line before it (RFC 9112, section 5.2).
    if ResponseHead.isBlank(line[line.startIndex]), !bytes.isEmpty {
      bytes[bytes.count - 1] = UInt8(ascii: " ")
    }
    bytes.append(contentsOf: line)
    bytes.append(UInt8(ascii: "\n"))
  }

  private static func value(_ bytes: ArraySlice<UInt8>) -> String {
    var bytes = bytes.drop(while: isBlank)
    while let last = bytes.last, isBlank(last) { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }
}
