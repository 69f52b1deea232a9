import HTTPServer
import Reactor
import Testing

@Suite("A streamed body")
struct StreamTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  private static func streaming(
    _ write: @escaping @Sendable (HTTPBodyWriter) async throws -> Void
  ) -> HTTPServer.Handler {
    { _ in HTTPResponse(status: 200, headers: ["content-type": "text/plain"], body: .stream(write)) }
  }

  @Test("arrives in chunks, and the connection goes on")
  func chunks() async throws {
    let handler = Self.streaming { writer in
      for number in 0..<1_000 { try await writer.write(Array("\(number)\n".utf8)) }
    }
    let expected = (0..<1_000).map { "\($0)\n" }.joined()
    try await withServer(handler: handler) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      for _ in 0..<3 {
        try await client.send(Self.get)
        let response = try await client.response()
        #expect(response.headers["transfer-encoding"] == "chunked")
        #expect(response.body == expected)
      }
    }
  }

  @Test("may be empty, and ends with its connection for HTTP/1.0")
  func edges() async throws {
    let empty = Self.streaming { _ in }
    try await withServer(handler: empty) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      for _ in 0..<2 {
        try await client.send(Self.get)
        #expect(try await client.response().body == "")
      }
    }
    let old = Self.streaming { try await $0.write(Array("old".utf8)) }
    try await withServer(handler: old) {
      reactor, server in
      let response = try await exchange(reactor, server, "GET / HTTP/1.0\r\n\r\n")
      #expect(response.headers["transfer-encoding"] == nil)
      #expect(response.body == "old")
    }
  }

  @Test("reaches the client piece by piece, not at its end")
  func pieceByPiece() async throws {
    let gate = Gate()
    let handler = Self.streaming { writer in
      try await writer.write(Array("first".utf8))
      await gate.wait()
      try await writer.write(Array("second".utf8))
    }
    try await withServer(handler: handler) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send(Self.get)
      var text = ""
      while !text.contains("first") {
        text += String(decoding: try await client.read(atLeast: 1), as: UTF8.self)
      }
      #expect(!text.contains("second"))
      gate.open()
      while !text.hasSuffix("0\r\n\r\n") {
        text += String(decoding: try await client.read(atLeast: 1), as: UTF8.self)
      }
      #expect(text.contains("second"))
    }
  }

  @Test("isn't written for HEAD")
  func head() async throws {
    let handler = Self.streaming { _ in Issue.record("a stream was written for HEAD") }
    try await withServer(handler: handler) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
      let response = try await client.response(toHead: true)
      #expect(response.status == 200)
      #expect(response.headers["content-length"] == nil)
      #expect(try await client.readToEnd() == "")
    }
  }

  @Test("waits for its client: a writer gets ahead by little, and goes on when the client reads")
  func backpressure() async throws {
    let written = Locked(0)
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 16 * 1024)
    let total = 4_000
    let handler = Self.streaming { writer in
      for _ in 0..<total {
        try await writer.write(piece)
        written.withLock { $0 += 1 }
      }
    }
    try await withServer(handler: handler) { reactor, server in
      let client = try RawClient(reactor, port: server.port, receiveBuffer: 64 * 1024)
      defer { client.close() }
      try await client.send(Self.get)
      // As long as others are answered the writer could go on; it stands still when the sockets are full.
      var before = -1
      while written.withLock({ $0 }) != before {
        before = written.withLock { $0 }
        for _ in 0..<20 {
          let response = try await exchange(
            reactor, server, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", toHead: true)
          #expect(response.status == 200)
        }
      }
      #expect((1..<total).contains(before))
      let response = try await client.response()
      #expect(response.body.utf8.count == total * piece.count)
      #expect(written.withLock { $0 } == total)
    }
  }

  @Test("ends for its writer when the client has gone, also while nothing is written")
  func clientGone() async throws {
    let (entered, ended) = (Signal(), Signal())
    let handler: HTTPServer.Handler = { request in
      HTTPResponse(
        status: 200,
        body: .stream { writer in
          defer { ended.fire() }
          try await writer.write(Array("x".utf8))
          entered.fire()
          if request.path == "/quiet" { return await untilCancelled() }
          while true { try await writer.write([UInt8](repeating: 0, count: 10_000)) }
        })
    }
    try await withServer(handler: handler) { reactor, server in
      for path in ["/quiet", "/busy"] {
        let client = try RawClient(reactor, port: server.port)
        try await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        await entered.wait()
        client.close()
        await ended.wait()
      }
    }
  }

  @Test("is cut when its writer throws, so that nobody takes a part for the whole")
  func failure() async throws {
    struct Broken: Error {}
    let handler = Self.streaming { writer in
      try await writer.write(Array("part".utf8))
      throw Broken()
    }
    try await withServer(handler: handler) { reactor, server in
      let client = try RawClient(reactor, port: server.port)
      defer { client.close() }
      try await client.send(Self.get)
      let text = try await client.readToEnd()
      #expect(!text.hasSuffix("0\r\n\r\n"))
    }
  }

  @Test("lives beyond the response deadline while its writer is the slow one, but not while its client is")
  func deadline() async throws {
    let (gate, ended) = (Gate(), Signal())
    let handler: HTTPServer.Handler = { request in
      HTTPResponse(
        status: 200,
        body: .stream { writer in
          defer { ended.fire() }
          if request.path == "/slow-writer" { await gate.wait() }
          let count = request.path == "/slow-writer" ? 1 : 1_000_000
          for _ in 0..<count { try await writer.write([UInt8](repeating: 97, count: 10_000)) }
        })
    }
    try await withServer(.quick.with(\.responseDeadline, .milliseconds(30)), handler: handler) {
      reactor, server in
      let writer = try RawClient(reactor, port: server.port)
      let reader = try RawClient(reactor, port: server.port, receiveBuffer: 4_096)
      defer {
        writer.close()
        reader.close()
      }
      try await writer.send("GET /slow-writer HTTP/1.1\r\nHost: a\r\n\r\n")
      try await reader.send("GET /slow-reader HTTP/1.1\r\nHost: a\r\n\r\n")
      // The reader is cut; by then the writer's deadline would have passed as well.
      await ended.wait()
      gate.open()
      let response = try await writer.response()
      #expect(response.body.utf8.count == 10_000)
    }
  }
}
