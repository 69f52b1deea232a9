import Foundation
import HTTPServer
import Testing

/// What one request looks like on the wire, and what may become of it and of what stands behind it.
struct HostileRequest: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  /// The answers that may come, each list from the first to the last. What follows on the connection is a
  /// plain request that asks for the end: 200 at the end means that it was answered.
  let answers: [[Int]]

  var testDescription: String { name }

  /// Answered, and so is what stands behind it.
  static func accepted(_ name: String, _ text: String) -> HostileRequest {
    HostileRequest(name: name, bytes: Array(text.utf8), answers: [[200, 200]])
  }

  /// One refusal at most, and the end: what stands behind it is never taken for a request.
  static func refused(_ name: String, _ text: String) -> HostileRequest { refused(name, Array(text.utf8)) }

  static func refused(_ name: String, _ bytes: [UInt8]) -> HostileRequest {
    HostileRequest(name: name, bytes: bytes, answers: [[400], [408], [413], []])
  }

  private static let post = "POST / HTTP/1.1\r\nHost: a\r\n"
  private static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

  static let lengths: [HostileRequest] = [
    .refused("a length with a space behind", post + "Content-Length: 5 \r\n\r\nhello"),
    .accepted("a length with a tab before", post + "Content-Length:\t5\r\n\r\nhello"),
    .accepted("a length with zeros before", post + "Content-Length: 005\r\n\r\nhello"),
    .refused("a length with a vertical tab", post + "Content-Length: \u{0B}5\r\n\r\nhello"),
    .refused("a length of two numbers", post + "Content-Length: 5 5\r\n\r\nhello"),
    .refused("a length in other digits", post + "Content-Length: \u{0665}\r\n\r\nhello"),
    .refused("a length with a sign", post + "Content-Length: -0\r\n\r\n"),
    .accepted(
      "chunked with a tab before", post + "Transfer-Encoding:\tchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    .refused(
      "chunked with a tab behind", post + "Transfer-Encoding: chunked\t\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    .accepted("chunked in other cases", post + "Transfer-Encoding: cHuNkEd\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    .refused("chunked with a vertical tab", post + "Transfer-Encoding: \u{0B}chunked\r\n\r\n0\r\n\r\n"),
    .refused("chunked with a parameter", post + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"),
    .refused("chunked in quotes", post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
    .refused("chunked behind a comma", post + "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"),
    .refused("an empty Transfer-Encoding", post + "Transfer-Encoding:\r\n\r\n0\r\n\r\n"),
    .refused(
      "an empty Transfer-Encoding beside chunked",
      post + "Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
  ]

  static let chunks: [HostileRequest] = [
    .accepted("a size with zeros before", chunked + "0005\r\nhello\r\n000\r\n\r\n"),
    .accepted("an extension", chunked + "5;ext\r\nhello\r\n0;last=\"x\"\r\n\r\n"),
    .refused("a chunk longer than its size", chunked + "3\r\nhello\r\n0\r\n\r\n"),
    .refused("a chunk shorter than its size", chunked + "c\r\nhello\r\n0\r\n\r\n"),
    .refused("a size that overflows", chunked + "8000000000000000\r\nhello\r\n0\r\n\r\n"),
    .refused("a size that wraps around to 5", chunked + "10000000000000005\r\nhello\r\n0\r\n\r\n"),
    .refused("no CRLF behind the last chunk", chunked + "5\r\nhello\r\n0\r\n"),
    .refused("no CRLF behind the last size", chunked + "5\r\nhello\r\n0"),
    .accepted(
      "trailers that name Host and lengths",
      chunked + "5\r\nhello\r\n0\r\nHost: b\r\nContent-Length: 100\r\nTransfer-Encoding: gzip\r\n\r\n"),
    // libmicrohttpd takes these; what counts is that what stands behind is read as it was meant.
    .accepted("a size that ends in a bare LF", chunked + "5\nhello\r\n0\r\n\r\n"),
    .accepted("a chunk that ends in a bare LF", chunked + "5\r\nhello\n0\r\n\r\n"),
    .accepted("trailers that end in a bare LF", chunked + "5\r\nhello\r\n0\r\nx: y\n\r\n"),
    .refused("a size with a space behind", chunked + "5 \r\nhello\r\n0\r\n\r\n"),
  ]

  static let heads: [HostileRequest] = [
    .refused("a bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nx: a\rb\r\n\r\n"),
    .refused("a bare CR in a name", "GET / HTTP/1.1\r\nHost: a\r\nx\ry: b\r\n\r\n"),
    .refused("a bare CR before CRLF", "GET / HTTP/1.1\r\nHost: a\r\nx: a\r\r\n\r\n"),
    .refused("bare CRs as line ends", "GET / HTTP/1.1\rHost: a\r\r"),
    .refused("a bare CR in the target", "GET /a\rb HTTP/1.1\r\nHost: a\r\n\r\n"),
    .refused("a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
    .refused("a tab for a space", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n"),
    .refused("bytes that are no text in the target", Array("GET /".utf8) + [0xFF, 0xC0] + rest),
    .refused("a delete character in the target", Array("GET /".utf8) + [0x7F] + rest),
    .refused("bytes that are no text in a name", Array("GET / HTTP/1.1\r\nHost: a\r\nx".utf8) + [0xFF] + end),
    .accepted("a target with a broken percent", "GET /%zz%2 HTTP/1.1\r\nHost: a\r\n\r\n"),
    .accepted("a target that climbs", "GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n"),
    .accepted("an empty line before", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    .refused("a folded Host", "GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n"),
    .refused("a length on a folded line", post + "x: y\r\n Content-Length: 5\r\n\r\nhello"),
    .refused("a length with a space before its name", post + " Content-Length: 5\r\n\r\nhello"),
  ]

  private static let rest = Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
  private static let end = Array(": y\r\n\r\n".utf8)
}

@Suite("Hostile requests")
struct HostileRequestTests {
  @Test(
    "get one answer, and nothing of them is taken for another request",
    arguments: HostileRequest.lengths + HostileRequest.chunks + HostileRequest.heads)
  func judged(request: HostileRequest) async throws {
    let patient = HTTPServerConfiguration.quick.with(\.headerDeadline, .milliseconds(200))
      .with(\.bodyDeadline, .milliseconds(200))
    try await withServer(patient) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send(
        request.bytes + Array("GET /behind HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
      let text = try await client.readToEnd()
      let answers = Self.statuses(text)
      #expect(request.answers.contains(answers), "\(answers)")
      // Answered by itself or not at all: never the body of somebody else's request.
      let isBehindAnswered = text.contains("GET /behind ")
      #expect(isBehindAnswered == (answers == [200, 200]))
      if answers.first == 200, text.contains("POST / ") { #expect(text.contains("POST / hello")) }
      #expect(try await exchange(reactor, server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
      #expect(server.activeRequests == 0)
    }
  }

  /// The answers' statuses. libmicrohttpd writes the head of some of its own refusals twice: that is one answer.
  private static func statuses(_ text: String) -> [Int] {
    var statuses: [Int] = []
    for line in text.split(separator: "\r\n") where line.contains("HTTP/1.1 ") {
      let words = line[line.range(of: "HTTP/1.1 ")!.upperBound...].prefix(3)
      if let status = Int(words), !(status >= 400 && statuses.last == status) { statuses.append(status) }
    }
    return statuses
  }
}
