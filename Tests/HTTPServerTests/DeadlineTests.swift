import HTTPServer
import Reactor
import Testing

/// Ends are waited for, never slept for; the client of each test gives up after ten seconds.
@Suite("Deadlines")
struct DeadlineTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test("end a connection that says nothing")
  func silence() async throws {
    try await withServer(.quick.with(\.headerDeadline, .milliseconds(30))) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      #expect(try await client.readToEnd() == "")
    }
  }

  @Test("end a client that drips its headers, answer 408, and leave the others alone")
  func drippedHeaders() async throws {
    try await withServer(.quick.with(\.headerDeadline, .milliseconds(60))) { reactor, server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<50 {
          group.addTask {
            let client = try RawClient(reactor, port: server.port)
            defer { client.close() }
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\nx: ")
            let drip = reactor.spawnDrip(into: client)
            defer { drip.cancel() }
            // Nothing, when the deadline passed before the request line was read.
            let text = try await client.readToEnd()
            #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 408"))
          }
        }
        try await stayHealthy(reactor, server, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        try await group.waitForAll()
      }
    }
  }

  @Test("end a client that drips its body")
  func drippedBody() async throws {
    try await withServer(.quick.with(\.bodyDeadline, .milliseconds(60))) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
      let drip = reactor.spawnDrip(into: client)
      defer { drip.cancel() }
      #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 408"))
    }
  }

  @Test("end a connection that rests too long between requests")
  func resting() async throws {
    try await withServer(.quick.with(\.keepAliveTimeout, .milliseconds(30))) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send(Self.get)
      #expect(try await client.response().status == 200)
      #expect(try await client.readToEnd() == "")
    }
  }

  @Test("answer 503 for a handler that doesn't end, and cancel it")
  func stuckHandler() async throws {
    let cancelled = Signal()
    let handler: HTTPServer.Handler = { _ in
      await untilCancelled()
      cancelled.fire()
      return HTTPResponse(status: 200)
    }
    try await withServer(.quick.with(\.responseDeadline, .milliseconds(30)), handler: handler) {
      reactor, server in
      let response = try await exchange(reactor, server, Self.get)
      #expect(response.status == 503)
      await cancelled.wait()
    }
  }

  @Test("end a client that doesn't take its answer")
  func slowReader() async throws {
    let bytes = SharedBytes([UInt8](repeating: 7, count: 20_000_000))
    let handler: HTTPServer.Handler = { _ in HTTPResponse(status: 200, body: .shared(bytes)) }
    try await withServer(.quick.with(\.responseDeadline, .milliseconds(50)), handler: handler) {
      reactor, server in
      let client = try RawClient(reactor, port: server.port, receiveBuffer: 4_096)
      defer { client.close() }
      try await client.send(Self.get)
      try await stayHealthy(reactor, server, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await client.readToEnd().utf8.count < bytes.count)
    }
  }
}

/// Asks again and again until no other connection is left, and is always answered.
private func stayHealthy(_ reactor: Reactor, _ server: HTTPServer, _ request: String) async throws {
  let client = try RawClient(reactor, port: server.port)
  defer { client.close() }
  repeat {
    try await client.send(request)
    #expect(try await client.response(toHead: true).status == 200)
  } while server.connectionCount > 1
}

extension Reactor {
  /// Sends a byte every few milliseconds until cancelled.
  fileprivate func spawnDrip(into client: RawClient) -> ReactorTimer {
    schedule(after: .milliseconds(5), repeating: .milliseconds(5)) { client.sendByte() }
  }
}
