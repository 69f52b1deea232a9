/// A response as bytes, for the connection that is closed right after it.
enum LastWords {
  static func render(_ response: HTTPResponse) -> [UInt8] {
    var text = "HTTP/1.1 \(response.status) \(reason(response.status))\r\nConnection: close\r\n"
    response.headers.forEachField { name, value in
      guard name.allSatisfy(\.isTokenCharacter), value.allSatisfy(\.isValueCharacter) else { return }
      text += "\(String(decoding: name, as: UTF8.self)): \(String(decoding: value, as: UTF8.self))\r\n"
    }
    let body: [UInt8] =
      switch response.body {
      case .bytes(let bytes): bytes
      case .shared(let shared): Array(shared.storage)
      case .empty, .stream: []
      }
    text += "Content-Length: \(body.count)\r\n\r\n"
    return Array(text.utf8) + body
  }

  private static func reason(_ status: Int) -> String {
    switch status {
    case 408: "Request Timeout"
    case 413: "Content Too Large"
    default: "Refused"
    }
  }
}
