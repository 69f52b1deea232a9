/// Judges the head of a request before its body is read: libmicrohttpd lets pass what proxies read differently.
///
/// RFC 9112: sections 3 (target), 5 (fields), 6 (length). What it refuses is answered 400 and the connection
/// closed, so that nothing behind it is taken for a second request.
///
/// libmicrohttpd parses in place, so the distances between the parts tell what it passed over in silence: text
/// behind a NUL, folded lines, fields without a name, line ends without CR, double spaces. Addresses are only
/// compared, never read from.
struct FramingGuard {
  enum Verdict: Equatable {
    case body(Body)
    case refused(status: Int, detail: String)
  }

  enum Body: Equatable {
    case none
    case announced(Int)
    case chunked
  }

  private let version: UnsafeBufferPointer<UInt8>
  private let headEnd: UInt
  private var lineEnd: UInt
  private var hosts = 0
  private var lengths = 0
  private var length: Int?
  private var encodings = 0
  private var isChunked = false
  private var fault: String?

  /// Begins with the request line.
  ///
  /// - Parameters:
  ///   - target: the whole target, of which libmicrohttpd has cut the query off by now.
  ///   - headSize: bytes from the method to the end of the empty line.
  init(
    method: UnsafeBufferPointer<UInt8>, target: UnsafeBufferPointer<UInt8>,
    version: UnsafeBufferPointer<UInt8>, headSize: Int
  ) {
    self.version = version
    headEnd = method.start + UInt(headSize)
    lineEnd = version.end
    if target.start != method.end + 1 || version.start != target.end + 1 {
      fault = "the request line is malformed"
    }
  }

  /// Looks at one header field.
  mutating func see(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
    // CR and LF, now overwritten, and nothing else.
    if name.start != lineEnd + 2 { fault = "the headers are malformed" }
    lineEnd = value.end
    if name.isEmpty || !name.allSatisfy(\.isTokenCharacter) { fault = "a header's name is malformed" }
    if !value.allSatisfy(\.isValueCharacter) { fault = "a header's value holds a control character" }
    switch name.count {
    case 4 where name.equalsIgnoringCase("host"):
      hosts += 1
      if !value.allSatisfy(\.isHostCharacter) { fault = "the Host header is malformed" }
    case 14 where name.equalsIgnoringCase("content-length"):
      lengths += 1
      length = FramingGuard.decimal(value)
    case 17 where name.equalsIgnoringCase("transfer-encoding"):
      encodings += 1
      isChunked = value.equalsIgnoringCase("chunked")
    default: break
    }
  }

  /// What is to be done with the request, once every field was seen.
  func verdict(bodyLimit: Int) -> Verdict {
    let isCurrent = version.equalsIgnoringCase("http/1.1")
    guard isCurrent || version.equalsIgnoringCase("http/1.0") else {
      return .refused(status: 505, detail: "only HTTP/1.0 and HTTP/1.1 are spoken here")
    }
    let fault = fault ?? (headEnd == lineEnd + 4 ? nil : "the headers are malformed")
    if let detail = fault ?? framingFault(isCurrent: isCurrent) {
      return .refused(status: 400, detail: detail)
    }
    if encodings == 1 { return .body(.chunked) }
    guard let length, length > 0 else { return .body(.none) }
    if length > bodyLimit {
      return .refused(status: 413, detail: "the body is longer than \(bodyLimit) bytes")
    }
    return .body(.announced(length))
  }

  private func framingFault(isCurrent: Bool) -> String? {
    if hosts > 1 || (isCurrent && hosts == 0) { return "exactly one Host header is needed" }
    if lengths > 1 { return "more than one Content-Length" }
    if lengths == 1, length == nil { return "Content-Length isn't a number" }
    guard encodings > 0 else { return nil }
    if lengths > 0 { return "Transfer-Encoding beside Content-Length" }
    if !isCurrent { return "Transfer-Encoding in HTTP/1.0" }
    return encodings > 1 || !isChunked ? "the only Transfer-Encoding is chunked" : nil
  }

  /// Digits alone; up to 18, which can't overflow.
  private static func decimal(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
    guard (1...18).contains(text.count), text.allSatisfy(\.isDigit) else { return nil }
    return text.reduce(0) { $0 * 10 + Int($1 & 0x0F) }
  }
}

extension UInt8 {
  /// May stand in `host:port`: whatever could end an authority or name a user may not.
  fileprivate var isHostCharacter: Bool {
    switch self {
    case 0...0x20, 0x7F...0xFF, UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "@"),
      UInt8(ascii: "\\"), UInt8(ascii: ","):
      false
    default: true
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  fileprivate var start: UInt { UInt(bitPattern: baseAddress) }
  fileprivate var end: UInt { start + UInt(count) }
}
