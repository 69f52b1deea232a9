@testable import HTTPServer

extension FuzzTarget {
  /// The guard in front of the body: whatever a lenient parser reads out of a head, a strict one reads too.
  static let requestHeads = FuzzTarget(
    "request-heads",
    seeds: [
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x?y HTTP/1.0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\n\r\nhello",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nCookie: session=\u{e9}\t\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
      "GET / HTTP/1.1\nHost: a\n\n", "GET  / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\u{0}\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n: b\r\n\r\n",
    ],
    words: [
      "Host:", "Content-Length:", "Transfer-Encoding:", "chunked", "identity", "HTTP/1.1", "HTTP/1.0", "\r\n",
      "\r\n\r\n", "\r\n ", ", ", "OPTIONS * ", "http://a/",
    ]
  ) { input in
    let bytes = input.rest
    guard let reading = bytes.withUnsafeBufferPointer({ LenientHead.read($0) }), reading.isAccepted else {
      return
    }
    let head = Array(bytes.prefix(reading.size))
    guard let strict = StrictHead(head) else {
      throw Broken(description: "a head was accepted that RFC 9112 doesn't know")
    }
    try hold(
      reading.verdict == strict.verdict, "the guard says \(reading.verdict), the RFC \(strict.verdict)")
  }
}

/// Reads a head the way servers do that want to please: line ends without CR, folded lines, blanks anywhere.
private struct LenientHead {
  let size: Int
  let verdict: FramingGuard.Verdict
  private let isTargetKnown: Bool

  static let bodyLimit = 1_000

  var isAccepted: Bool {
    guard case .body = verdict else { return false }
    return isTargetKnown
  }

  /// Nil when the head doesn't end.
  static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> LenientHead? {
    var position = 0
    guard let first = line(bytes, &position), let gap = bytes[first].firstIndex(of: 0x20),
      let last = bytes[first].lastIndex(of: 0x20), gap < last
    else { return nil }
    let method = part(bytes, first.lowerBound..<gap)
    let target = part(bytes, (gap + 1)..<last)
    var fields: [(name: Range<Int>, value: Range<Int>?)] = []
    while let line = line(bytes, &position) {
      if line.isEmpty {
        var framing = FramingGuard(
          method: method, target: target, version: part(bytes, (last + 1)..<first.upperBound),
          headSize: position)
        for field in fields {
          // libmicrohttpd has no value where there is no colon.
          let none = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
          framing.see(name: part(bytes, field.name), value: field.value.map { part(bytes, $0) } ?? none)
        }
        let known = HTTPMethod(method).flatMap { RequestTarget(target, method: $0) } != nil
        return LenientHead(
          size: position, verdict: framing.verdict(bodyLimit: bodyLimit), isTargetKnown: known)
      }
      // A folded line is passed over.
      if bytes[line.lowerBound] != 0x20, bytes[line.lowerBound] != 9 { fields.append(field(bytes, line)) }
    }
    return nil
  }

  private static func line(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> Range<Int>? {
    guard let end = bytes[position...].firstIndex(of: 10) else { return nil }
    defer { position = end + 1 }
    let hasReturn = end > position && bytes[end - 1] == 13
    return position..<(hasReturn ? end - 1 : end)
  }

  private static func field(
    _ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>
  ) -> (name: Range<Int>, value: Range<Int>?) {
    guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")) else {
      return (line, nil)
    }
    var value = (colon + 1)..<line.upperBound
    while let first = value.first, bytes[first] == 0x20 || bytes[first] == 9 { value = value.dropFirst() }
    return (line.lowerBound..<colon, value)
  }

  private static func part(
    _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: bytes[range]) }
}

/// Reads a head by the grammar of RFC 9112 alone; nil for everything else.
private struct StrictHead {
  private var hosts: [String] = []
  private var lengths: [String] = []
  private var encodings: [String] = []

  init?(_ head: [UInt8]) {
    // Latin-1, so that every byte stays a character of its own.
    let text = head.map { Character(Unicode.Scalar($0)) }
    var lines: [[Character]] = [[]]
    var position = 0
    while position < text.count {
      if head[position] == 13, position + 1 < head.count, head[position + 1] == 10 {
        lines.append([])
        position += 2
      } else {
        lines[lines.count - 1].append(text[position])
        position += 1
      }
    }
    guard lines.count >= 3, lines.removeLast().isEmpty, lines.removeLast().isEmpty else { return nil }
    let start = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false)
    guard start.count == 3, start.allSatisfy({ !$0.isEmpty }) else { return nil }
    for line in lines { guard take(line) else { return nil } }
    let isCurrent = String(start[2]).lowercased() == "http/1.1"
    guard isCurrent || String(start[2]).lowercased() == "http/1.0", hosts.count <= 1 else { return nil }
    guard !isCurrent || hosts.count == 1, isCurrent || encodings.isEmpty else { return nil }
    guard lengths.count + encodings.count <= 1 else { return nil }
  }

  private mutating func take(_ line: [Character]) -> Bool {
    guard let colon = line.firstIndex(of: ":"), colon > 0 else { return false }
    let name = String(line[..<colon])
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "!#$%&'*+-.^_`|~".contains($0)) })
    else { return false }
    guard line.allSatisfy({ $0 == "\t" || $0 >= " " && $0 != "\u{7f}" }) else { return false }
    var value = line[(colon + 1)...]
    while value.first == " " || value.first == "\t" { value.removeFirst() }
    switch name.lowercased() {
    case "host": hosts.append(String(value))
    case "content-length": lengths.append(String(value))
    case "transfer-encoding": encodings.append(String(value))
    default: break
    }
    return true
  }

  var verdict: FramingGuard.Verdict {
    if let encoding = encodings.first {
      return encoding.lowercased() == "chunked" ? .body(.chunked) : .refused(status: 400, detail: "")
    }
    guard let text = lengths.first else { return .body(.none) }
    guard !text.isEmpty, text.allSatisfy({ "0"..."9" ~= $0 }), let length = Int(text) else {
      return .refused(status: 400, detail: "")
    }
    if length > LenientHead.bodyLimit { return .refused(status: 413, detail: "") }
    return .body(length == 0 ? .none : .announced(length))
  }
}
