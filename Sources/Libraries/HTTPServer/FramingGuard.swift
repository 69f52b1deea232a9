/// Judges the head of a request before its body is read: libmicrohttpd lets pass what proxies read differently.
///
/// RFC 9112: sections 3 (target), 5 (fields), 6 (length). What it refuses is answered 400 and the connection
/// closed, so that nothing behind it is taken for a second request.
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

  private var hosts = 0
  private var lengths = 0
  private var length: Int?
  private var encodings = 0
  private var isChunked = false
  private var fault: String?

  /// Looks at one header field.
  mutating func see(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
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
  func verdict(version: UnsafeBufferPointer<UInt8>, bodyLimit: Int) -> Verdict {
    let isCurrent = version.equalsIgnoringCase("http/1.1")
    guard isCurrent || version.equalsIgnoringCase("http/1.0") else {
      return .refused(status: 505, detail: "only HTTP/1.0 and HTTP/1.1 are spoken here")
    }
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
