import HTTPServer
import Testing

/// After uNetworking/h1spec: what a server must accept, refuse or wait for.
@Suite("HTTP/1.1 conformance")
struct ConformanceTests {
  private static let whole = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"

  @Test(
    "waits for the rest of a request cut anywhere, then answers it",
    arguments: [
      "G", "GET ", "GET /hello", "GET /hello ", "GET /hello HTTP", "GET /hello HTTP/1.1",
      "GET /hello HTTP/1.1\r", "GET /hello HTTP/1.1\r\n", "GET /hello HTTP/1.1\r\nHos",
      "GET /hello HTTP/1.1\r\nHost:", "GET /hello HTTP/1.1\r\nHost: ",
      "GET /hello HTTP/1.1\r\nHost: localhost", "GET /hello HTTP/1.1\r\nHost: localhost\r",
      "GET /hello HTTP/1.1\r\nHost: localhost\r\n", "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r",
    ])
  func fragments(part: String) async throws {
    try await withServer { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send(part)
      // Another client's answer shows that the server has seen the fragment.
      #expect(try await exchange(reactor, server, Self.whole).status == 200)
      #expect(client.isQuiet)
      try await client.send(Array(Self.whole.utf8.dropFirst(part.utf8.count)))
      #expect(try await client.response().body == "GET /hello ")
    }
  }

  @Test(
    "answers what is valid",
    arguments: [
      ("GET / HTTP/1.1\r\nHost: example.com\r\nExpect: 100-continue\r\n\r\n", "GET / "),
      ("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", "GET / "),
      ("GET / HTTP/1.1\r\nhoSt:\texample.com\r\nempty:\r\n\r\n", "GET / "),
      ("GET / HTTP/1.1\r\nHost: example.com\r\nX-Empty-Header: \r\n\r\n", "GET / "),
      ("POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello", "POST / hello"),
      (
        "POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n"
          + "c\r\nHellO world1\r\n0\r\n\r\n", "POST / HellO world1"
      ),
    ])
  func valid(request: String, body: String) async throws {
    try await withServer { reactor, server in
      let response = try await exchange(reactor, server, request)
      #expect(response.status == 200)
      #expect(response.body == body)
    }
  }

  @Test(
    "refuses what is malformed",
    arguments: [
      "GET / \r\n\r\n",
      "GET / HTTP/1.1\r\nHost: example.com\r\nX-Invalid[]: test\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: example.com\r\nContent-Length: -123456789123456789123456789\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: example.com\r\nContent-Length: -1234\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: example.com\r\nContent-Length: abc\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: example.com\r\nX-Control: a\u{07}b\r\n\r\n",
      "GET / HTTP/9.9\r\nHost: example.com\r\n\r\n",
      "Extra lineGET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: example.com\r\n\rSome-Header: Test\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: example.com\r\ncontent-LengtH: 5\r\nTransFer-Encoding: chunked\r\n\r\n"
        + "5\r\nhello\r\n0\r\n\r\n",
    ])
  func malformed(request: String) async throws {
    try await withServer { reactor, server in
      let response = try await exchange(reactor, server, request)
      #expect((400...599).contains(response.status))
    }
  }
}
