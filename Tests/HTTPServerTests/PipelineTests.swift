import HTTPServer
import TestSupport
import Testing

@Suite("A pipeline")
struct PipelineTests {
  @Test(
    "of a thousand requests, cut into random fragments, is answered in order",
    arguments: [1, 2, 3, UInt64.random(in: 4...(.max))])
  func fragments(seed: UInt64) async throws {
    // Odd ones suspend: answers must not overtake each other.
    let handler: HTTPServer.Handler = { request in
      if request.path.utf8.last.map({ $0 % 2 == 1 }) == true { await Task.yield() }
      return await echo(request)
    }
    try await withServer(handler: handler) { reactor, server in
      var random = SeededRandom(seed: seed)
      var text: [UInt8] = []
      var expected: [String] = []
      for number in 0..<1_000 {
        let body = String(repeating: "b", count: Int(random.next() % 200))
        switch random.next() % 3 {
        case 0:
          text += "GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n".utf8
          expected.append("GET /\(number) ")
        case 1:
          text += "POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n\(body)".utf8
          expected.append("POST /\(number) \(body)")
        default:
          let chunks = body.isEmpty ? "" : "\(String(body.count, radix: 16))\r\n\(body)\r\n"
          text +=
            "PUT /\(number) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)0\r\n\r\n".utf8
          expected.append("PUT /\(number) \(body)")
        }
      }
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      var rest = text[...]
      var answered = 0
      while answered < expected.count {
        let count = min(rest.count, Int(random.next() % 300) + 1)
        try await client.send(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
        // Reading lags behind, so that both directions fill up now and then.
        guard rest.isEmpty || random.next() % 8 == 0 else { continue }
        while answered < expected.count, rest.isEmpty || client.hasInput {
          let response = try await client.response()
          #expect(response.body == expected[answered], "seed \(seed), request \(answered)")
          answered += 1
        }
      }
      #expect(client.isQuiet)
    }
  }

  @Test("whose second request is malformed gets one answer and one refusal")
  func malformedSecond() async throws {
    try await withServer { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send(
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"
          + "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await client.response().body == "GET /1 ")
      #expect(try await client.response().status == 400)
      #expect(try await client.readToEnd() == "")
    }
  }

  @Test("of many connections at once is answered without a stall", arguments: [128, 256, 600])
  func manyConnections(count: Int) async throws {
    let handler: HTTPServer.Handler = { request in
      if request.path == "/later" { await Task.yield() }
      return HTTPResponse(status: 200)
    }
    try await withServer(handler: handler) { reactor, server in
      let clients = try (0..<count).map { _ in try RawClient(reactor, port: server.port) }
      for path in ["/now", "/later", "/now"] {
        for client in clients { try await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n") }
        for client in clients { #expect(try await client.response().status == 200) }
      }
      #expect(server.connectionCount == count)
      for client in clients { client.close() }
    }
  }
}
