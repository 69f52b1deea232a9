import HTTPServer
import Testing

/// What proxies and servers read differently: the ground of request smuggling (RFC 9112, sections 3, 5, 6).
@Suite("Framing")
struct FramingTests {
  private static let post = "POST / HTTP/1.1\r\nHost: a\r\n"
  /// A second request that must never be answered behind a refused one.
  private static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test(
    "refuses a body whose end is in doubt, and closes",
    arguments: [
      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
      "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5\r\nContent-Length: 5\r\n",
      "Content-Length: 5, 5\r\n", "Content-Length: +5\r\n", "Content-Length: 0x5\r\n",
      "Content-Length: 5 x\r\n", "Content-Length: 99999999999999999999\r\n", "Content-Length:\r\n",
      "Content-Length : 5\r\n", "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
      "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
      "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
      "Transfer-Encoding : chunked\r\n",
    ])
  func doubtfulLength(fields: String) async throws {
    try await expectRefusal(of: Self.post + fields + "\r\n0\r\n\r\n", [400, 413])
  }

  @Test("refuses Transfer-Encoding in HTTP/1.0")
  func oldChunked() async throws {
    try await expectRefusal(
      of: "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400])
  }

  @Test(
    "refuses chunks whose size is in doubt, and closes",
    arguments: ["0x5", "+5", "5_0", "-1", "11111111111111111", "", "g"])
  func doubtfulChunk(size: String) async throws {
    try await withServer { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send(
        Self.post + "Transfer-Encoding: chunked\r\n\r\n\(size)\r\nhello\r\n0\r\n\r\n" + Self.smuggled)
      let answer = try await client.readToEnd()
      #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"))
      #expect(!answer.contains("smuggled"))
    }
  }

  @Test("accepts chunk extensions, and keeps trailers apart from the headers")
  func trailers() async throws {
    let handler: HTTPServer.Handler = { request in
      let seen = request.headers.all("host") + request.headers.all("authorization")
      return HTTPResponse(status: 200, body: .bytes(Array(seen.joined(separator: "|").utf8) + request.body))
    }
    try await withServer(handler: handler) { reactor, server in
      let response = try await exchange(
        reactor, server,
        Self.post + "Transfer-Encoding: chunked\r\n\r\n5;name=value\r\nhello\r\n0\r\n"
          + "Host: evil\r\nContent-Length: 7\r\nAuthorization: none\r\n\r\n")
      #expect(response.status == 200)
      #expect(response.body == "ahello")
    }
  }

  @Test(
    "refuses malformed fields and hosts",
    arguments: [
      "no colon\r\n", "a b: c\r\n", "x: a\u{01}b\r\n", "x: a\u{7F}b\r\n", "Host: b\r\n",
      "x\u{0B}: y\r\n",
    ])
  func fields(field: String) async throws {
    try await expectRefusal(of: "GET / HTTP/1.1\r\nHost: a\r\n\(field)\r\n", [400])
  }

  @Test(
    "refuses what libmicrohttpd passes over in silence",
    arguments: [
      "GET / HTTP/1.1\r\nHost: a\r\nx: a\0b\r\n\r\n", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nx: a\0b\r\ny: c\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nx\0y: a\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\0 6\r\n\r\nhello",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\0x\r\n\r\n0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nx: a\r\n folded\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
      "GET / HTTP/1.1\r\n x: y\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\n: x\r\ny: z\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
      "GET / HTTP/1.1\r\nHost: a\nx: y\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\n",
      "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
    ])
  func silent(request: String) async throws {
    try await expectRefusal(of: request, [400, 505])
  }

  @Test("accepts long heads that arrive in small pieces")
  func longHead() async throws {
    try await withServer { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      for count in [1, 10, 60] {
        let fields = (0..<count).map { "x-\($0): \(String(repeating: "v", count: 200))\r\n" }.joined()
        var rest = Array("GET /?a=1&b=2 HTTP/1.1\r\nHost: a\r\ncookie: a=b; c=d\r\n\(fields)\r\n".utf8)[...]
        while !rest.isEmpty {
          try await client.send(Array(rest.prefix(700)))
          rest = rest.dropFirst(700)
          // Another client's answer shows that the piece was taken by itself.
          _ = try await exchange(reactor, server, "GET / HTTP/1.0\r\n\r\n")
        }
        #expect(try await client.response().status == 200)
      }
    }
  }

  @Test("refuses a Host that could name a user or a path", arguments: ["a/b", "u@a", "a b", "a,b", "a\\b"])
  func hosts(host: String) async throws {
    try await expectRefusal(of: "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n", [400])
  }

  @Test(
    "refuses targets that are none",
    arguments: ["*", "http://user@host/", "/a#b", "/caf\u{E9}", "hello", "http:///x", "ftp://a/"])
  func targets(target: String) async throws {
    try await expectRefusal(of: "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n", [400])
  }

  @Test("hands targets on as they were sent")
  func rawTargets() async throws {
    let handler: HTTPServer.Handler = {
      HTTPResponse(status: 200, body: .bytes(Array("\($0.path)|\($0.query ?? "none")".utf8)))
    }
    try await withServer(handler: handler) { reactor, server in
      for (target, seen) in [
        ("/a%2Fb/%00?x=%26&y=1+2&z", "/a%2Fb/%00|x=%26&y=1+2&z"), ("/%2e%2e/?", "/%2e%2e/|"),
        ("//host/path", "//host/path|none"), ("http://a:80/path?q=?", "/path|q=?"), ("http://a", "/|none"),
        ("https://a?q", "/|q"),
      ] {
        let response = try await exchange(reactor, server, "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(response.body == seen)
      }
      #expect(try await exchange(reactor, server, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").body == "*|none")
    }
  }

  @Test(
    "answers 501 to methods it doesn't know, and closes",
    arguments: ["CONNECT", "TRACE", "get", "Get", "BREW", "PROPFIND", "GETT"])
  func methods(method: String) async throws {
    try await expectRefusal(of: "\(method) / HTTP/1.1\r\nHost: a\r\n\r\n", [501])
  }

  @Test("lets every method through that it does know", arguments: HTTPMethod.allCases)
  func known(method: HTTPMethod) async throws {
    try await withServer { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      for _ in 0..<2 {
        try await client.send("\(method.rawValue) /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok")
        let response = try await client.response(toHead: method == .head)
        #expect(response.status == 200)
        if method != .head { #expect(response.body == "\(method.rawValue) /x ok") }
      }
    }
  }

  @Test("refuses heads without measure, and closes")
  func oversized() async throws {
    let long = String(repeating: "a", count: 1 << 20)
    let many = (0..<5_000).map { "x-\($0): y\r\n" }.joined()
    try await expectRefusal(of: "GET / HTTP/1.1\r\nHost: a\r\nx: \(long)\r\n\r\n", [400, 413, 431])
    try await expectRefusal(of: "GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n", [400, 413, 431])
    try await expectRefusal(
      of: "GET /\(long.prefix(65_536)) HTTP/1.1\r\nHost: a\r\n\r\n", [400, 413, 414, 431])
  }

  /// Expects one refusal, then the end of the connection, whatever stands behind the request.
  private func expectRefusal(of request: String, _ statuses: Set<Int>) async throws {
    try await withServer { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send(request + Self.smuggled)
      let response = try await client.response()
      #expect(statuses.contains(response.status), "\(response)")
      #expect(response.headers["connection"]?.lowercased() == "close")
      // libmicrohttpd writes the head of its own refusals twice; the connection ends behind it.
      let rest = try await client.readToEnd()
      #expect(rest.isEmpty || (response.body.hasPrefix("HTTP/1.1 4") && rest.hasSuffix("</html>")))
      #expect(!rest.contains("smuggled"))
      #expect(server.activeRequests == 0)
    }
  }
}
