import HTTPServer
import Reactor
import TestSupport
import Testing

@Suite("A server's life")
struct LifecycleTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test("cancels a handler whose client goes away, and only that one")
  func disconnect() async throws {
    let (entered, cancelled) = (Signal(), Signal())
    let handler: HTTPServer.Handler = { request in
      entered.fire()
      guard request.path == "/wait" else { return HTTPResponse(status: 200) }
      await untilCancelled()
      cancelled.fire()
      return HTTPResponse(status: 200)
    }
    try await withServer(handler: handler) { reactor, server in
      let staying = try RawClient(reactor, port: server.port)
      let leaving = try RawClient(reactor, port: server.port)
      try await staying.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
      try await leaving.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
      await entered.wait(2)
      leaving.close()
      await cancelled.wait()
      try await drain(reactor, server, to: 2)
      #expect(staying.isQuiet)
      staying.close()
      await cancelled.wait()
    }
  }

  @Test("drops a late answer instead of giving it to the next request")
  func lateAnswer() async throws {
    let gate = Gate()
    let handler: HTTPServer.Handler = { request in
      guard request.path == "/late" else { return HTTPResponse(status: 200) }
      await gate.wait()
      return HTTPResponse(status: 418)
    }
    try await withServer(.quick.with(\.responseDeadline, .milliseconds(20)), handler: handler) {
      reactor, server in
      let client = try RawClient(reactor, port: server.port)
      try await client.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await client.response().status == 503)
      client.close()
      gate.open()
      let response = try await exchange(reactor, server, Self.get)
      #expect(response.status == 200)
    }
  }

  @Test("stops gracefully: fifty suspended requests are answered, new connections refused")
  func gracefulStop() async throws {
    let gate = Gate()
    let entered = Signal()
    let handler: HTTPServer.Handler = { _ in
      entered.fire()
      await gate.wait()
      return HTTPResponse(status: 200, body: .bytes(Array("done".utf8)))
    }
    try await onReactor { reactor in
      let server = try await HTTPServer.start(on: reactor, HTTPServerConfiguration(), handler: handler)
      let resting = try RawClient(reactor, port: server.port)
      defer { resting.close() }
      let clients = try (0..<50).map { _ in try RawClient(reactor, port: server.port) }
      for client in clients { try await client.send(Self.get) }
      await entered.wait(50)
      #expect(server.activeRequests == 50)
      let stop = reactor.spawn { await server.stop(grace: .seconds(30)) }
      // Its end is the first thing that the stop does.
      #expect(try await resting.readToEnd() == "")
      #expect(throws: RawClient.ConnectFailed.self) { try RawClient(reactor, port: server.port) }
      gate.open()
      for client in clients {
        let response = try await client.response()
        #expect(response.status == 200)
        #expect(response.body == "done")
        #expect(response.headers["connection"]?.lowercased() == "close")
        #expect(try await client.readToEnd() == "")
        client.close()
      }
      await stop.value
      // Stopping again is fine.
      await server.stop(grace: .seconds(1))
    }
  }

  @Test("gives up after the grace: 503 for handlers, the end for streams")
  func impatientStop() async throws {
    let entered = Signal()
    let ended = Signal()
    let handler: HTTPServer.Handler = { request in
      if request.path == "/stream" {
        return HTTPResponse(
          status: 200,
          body: .stream { writer in
            try await writer.write(Array("first".utf8))
            entered.fire()
            await untilCancelled()
            _ = await #expect(throws: HTTPStreamClosed.self) { try await writer.write(Array("second".utf8)) }
            ended.fire()
          })
      }
      entered.fire()
      await untilCancelled()
      ended.fire()
      return HTTPResponse(status: 200)
    }
    try await onReactor { reactor in
      let server = try await HTTPServer.start(on: reactor, HTTPServerConfiguration(), handler: handler)
      let (waiting, streaming) = (
        try RawClient(reactor, port: server.port), try RawClient(reactor, port: server.port)
      )
      defer {
        waiting.close()
        streaming.close()
      }
      try await waiting.send(Self.get)
      try await streaming.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
      await entered.wait(2)
      await server.stop(grace: .milliseconds(20))
      await ended.wait(2)
      #expect(try await waiting.response().status == 503)
      let rest = try await streaming.readToEnd()
      #expect(rest.contains("first"))
      #expect(!rest.contains("0\r\n\r\n"))
    }
  }

  @Test("runs requests that arrive while it stops, and closes behind them")
  func lateRequest() async throws {
    let gate = Gate()
    let entered = Signal()
    let handler: HTTPServer.Handler = { request in
      entered.fire()
      if request.path == "/wait" { await gate.wait() }
      return HTTPResponse(status: 200)
    }
    try await onReactor { reactor in
      let server = try await HTTPServer.start(on: reactor, HTTPServerConfiguration(), handler: handler)
      let (holding, half) = (
        try RawClient(reactor, port: server.port), try RawClient(reactor, port: server.port)
      )
      defer {
        holding.close()
        half.close()
      }
      try await half.send("GET / HTTP/1.1\r\nHo")
      try await holding.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
      await entered.wait()
      let stop = reactor.spawn { await server.stop(grace: .seconds(30)) }
      try await half.send("st: a\r\n\r\n")
      #expect(try await half.response().headers["connection"]?.lowercased() == "close")
      gate.open()
      #expect(try await holding.response().status == 200)
      await stop.value
    }
  }

  @Test("says when its port is in use, which a shared bind wouldn't notice")
  func portInUse() async throws {
    try await withServer { reactor, server in
      #expect(throws: HTTPServerError.addressInUse(host: "127.0.0.1", port: server.port)) {
        try HTTPServer.probe(host: "127.0.0.1", port: server.port)
      }
      let second = try await HTTPServer.start(
        on: reactor, HTTPServerConfiguration(port: server.port), handler: echo)
      #expect(second.port == server.port)
      await second.stop(grace: .zero)
      let port = try await freePort(reactor)
      try HTTPServer.probe(host: "127.0.0.1", port: port)
    }
  }

  @Test("says when its host is none")
  func unknownHost() async throws {
    try await onReactor { reactor in
      _ = await #expect(throws: HTTPServerError.self) {
        _ = try await HTTPServer.start(
          on: reactor, HTTPServerConfiguration(host: "256.0.0.1"), handler: echo)
      }
    }
  }

  @Test("serves more connections than its limit, one after the other")
  func connectionLimit() async throws {
    try await withServer(.quick.with(\.connectionLimit, 4)) { reactor, server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 {
          group.addTask {
            let client = try RawClient(reactor, port: server.port)
            defer { client.close() }
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try await client.response().status == 200)
          }
        }
        try await group.waitForAll()
      }
    }
  }

  private func freePort(_ reactor: Reactor) async throws -> Int {
    let server = try await HTTPServer.start(on: reactor, HTTPServerConfiguration(), handler: echo)
    await server.stop(grace: .zero)
    return server.port
  }

  /// Asks until no more than `count` connections are left, its own included.
  private func drain(_ reactor: Reactor, _ server: HTTPServer, to count: Int) async throws {
    let client = try RawClient(reactor, port: server.port)
    defer { client.close() }
    repeat {
      try await client.send(Self.get)
      #expect(try await client.response().status == 200)
    } while server.connectionCount > count
  }
}
