import HTTPServer
import Testing

@Suite("A response")
struct ResponseTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test(
    "with a line break or a control character in a header is never sent: 500 instead",
    arguments: [
      ["location": "/\r\nSet-Cookie: evil=1"], ["x": "a\nb"], ["x": "a\rb"], ["x": "a\0b"], ["x y": "z"],
      ["x\r\nEvil": "z"], ["": "z"],
    ] as [HTTPHeaders])
  func injection(headers: HTTPHeaders) async throws {
    let handler: HTTPServer.Handler = { _ in HTTPResponse(status: 200, headers: headers) }
    try await withServer(handler: handler) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      let text = try await client.readToEnd()
      #expect(text.hasPrefix("HTTP/1.1 500"))
      #expect(!text.lowercased().contains("evil"))
    }
  }

  @Test("with an impossible status is a 500", arguments: [0, -1, 100, 199, 600, 1_000, 70_000])
  func status(status: Int) async throws {
    let handler: HTTPServer.Handler = { _ in HTTPResponse(status: status) }
    try await withServer(handler: handler) { reactor, server in
      let response = try await exchange(reactor, server, Self.get)
      #expect(response.status == 500)
    }
  }

  @Test("keeps its framing, its headers in order and one Date")
  func headers() async throws {
    let handler: HTTPServer.Handler = { _ in
      HTTPResponse(
        status: 201,
        headers: [
          "Set-Cookie": "a=1", "Set-Cookie": "b=2", "Content-Length": "99", "Transfer-Encoding": "chunked",
          "Connection": "keep-alive", "X-Empty": "",
        ], body: .bytes(Array("ok".utf8)))
    }
    try await withServer(handler: handler) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      let text = try await client.readToEnd()
      #expect(text.contains("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"))
      #expect(text.contains("\r\nContent-Length: 2\r\n"))
      #expect(!text.lowercased().contains("transfer-encoding"))
      #expect(text.components(of: "\r\nDate: ") == 2)
      #expect(text.hasSuffix("\r\n\r\nok"))
    }
  }

  @Test("has no body for HEAD, 204 and 304, and the connection goes on")
  func bodiless() async throws {
    let handler: HTTPServer.Handler = { request in
      switch request.path {
      case "/204": HTTPResponse(status: 204, body: .bytes(Array("no".utf8)))
      case "/304": HTTPResponse(status: 304, body: .shared(SharedBytes("no".utf8)))
      default: HTTPResponse(status: 200, body: .bytes(Array("body".utf8)))
      }
    }
    try await withServer(handler: handler) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
      let head = try await client.response(toHead: true)
      #expect(head.headers["content-length"] == "4")
      for path in ["/204", "/304"] {
        try await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await client.response().status == Int(path.dropFirst()))
      }
      try await client.send(Self.get)
      #expect(try await client.response().body == "body")
    }
  }

  @Test("carries long and shared bytes unchanged", arguments: [1, 4_096, 4_097, 3_000_000])
  func long(count: Int) async throws {
    let bytes = (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }
    let shared = SharedBytes(bytes)
    let handler: HTTPServer.Handler = {
      HTTPResponse(status: 200, body: $0.path == "/shared" ? .shared(shared) : .bytes(bytes))
    }
    try await withServer(handler: handler) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      for path in ["/shared", "/bytes", "/shared"] {
        try await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        let body = try await client.response().body
        #expect(Array(body.utf8) == bytes)
      }
    }
  }

  @Test("comes from a handler that suspends, hops elsewhere and comes back")
  func elsewhere() async throws {
    let handler: HTTPServer.Handler = { request in
      await Task.yield()
      let text = await Task.detached { "from elsewhere" }.value
      return HTTPResponse(status: 200, body: .bytes(Array(text.utf8)))
    }
    try await withServer(handler: handler) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      for _ in 0..<10 {
        try await client.send(Self.get)
        #expect(try await client.response().body == "from elsewhere")
      }
    }
  }

  @Test("knows the peer's address")
  func address() async throws {
    let handler: HTTPServer.Handler = {
      HTTPResponse(status: 200, body: .bytes(Array($0.remoteAddress.utf8)))
    }
    try await withServer(handler: handler) { reactor, server in
      let response = try await exchange(reactor, server, Self.get)
      #expect(response.body == "127.0.0.1")
    }
    try await withServer(.quick.with(\.host, "::"), handler: handler) { reactor, server in
      let response = try await exchange(reactor, server, Self.get)
      #expect(response.body == "127.0.0.1")
    }
  }
}

extension String {
  /// How many pieces `separator` cuts this into.
  fileprivate func components(of separator: String) -> Int {
    var count = 1
    var rest = self[...]
    while let found = rest.firstRange(of: separator) {
      count += 1
      rest = rest[found.upperBound...]
    }
    return count
  }
}
