import HTTPServer
import Testing

@Suite("A request's body")
struct BodyTests {
  private static let head = "POST / HTTP/1.1\r\nHost: a\r\n"

  @Test("is refused before it is read when it is announced too long")
  func announced() async throws {
    try await withServer { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send(Self.head + "Content-Length: 65537\r\n\r\n")
      let response = try await client.response()
      #expect(response.status == 413)
      #expect(response.headers["connection"]?.lowercased() == "close")
      #expect(try await client.readToEnd() == "")
    }
  }

  @Test("is refused when its chunks pass the limit, and not before")
  func chunked() async throws {
    try await withServer(.quick.with(\.bodyLimit, 10)) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send(Self.head + "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n")
      #expect(try await exchange(reactor, server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
      #expect(client.isQuiet)
      try await client.send("1\r\nx\r\n")
      let response = try await client.response()
      #expect(response.status == 413)
      #expect(try await client.readToEnd() == "")
      #expect(server.activeRequests == 0)
    }
  }

  @Test("arrives whole up to the limit, announced or in chunks")
  func atTheLimit() async throws {
    try await withServer { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      let body = String(repeating: "0123456789abcdef", count: 4_096)
      try await client.send(Self.head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
      #expect(try await client.response().body == "POST / " + body)
      try await client.send(
        Self.head + "Transfer-Encoding: chunked\r\n\r\n10000\r\n" + body + "\r\n0\r\n\r\n")
      #expect(try await client.response().body == "POST / " + body)
    }
  }

  @Test("is asked for with 100 when the client waits for that")
  func expectation() async throws {
    try await withServer { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send(Self.head + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
      #expect(try await client.anyResponse().status == 100)
      try await client.send("hello")
      #expect(try await client.anyResponse().body == "POST / hello")
      // A body that won't be read isn't asked for.
      try await client.send(Self.head + "Content-Length: 65537\r\nExpect: 100-continue\r\n\r\n")
      #expect(try await client.anyResponse().status == 413)
    }
  }

  @Test("renders its refusals as configured")
  func refusal() async throws {
    var configuration = HTTPServerConfiguration.quick
    configuration.bodyLimit = 4
    configuration.refusal = { status, detail in
      HTTPResponse(
        status: status, headers: ["content-type": "application/problem+json"],
        body: .shared(SharedBytes("{\(status) \(detail)}".utf8)))
    }
    try await withServer(configuration) { reactor, server in
      for fields in [
        "Content-Length: 5\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      ] {
        let response = try await exchange(reactor, server, Self.head + fields)
        #expect(response.status == 413)
        #expect(response.headers["content-type"] == "application/problem+json")
        #expect(response.body == "{413 the body is longer than 4 bytes}")
      }
    }
  }
}
