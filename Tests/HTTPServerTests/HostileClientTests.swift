import HTTPServer
import Reactor
import Testing

/// Many bad clients of one kind at a time, and others who must not notice.
@Suite("Hostile clients")
struct HostileClientTests {
  enum Kind: String, CaseIterable, Sendable {
    case saysNothing, dripsItsHead, dripsItsBody, dripsItsChunks, readsByteByByte, neverReads
    case closesInTheHead, closesInTheBody, closesBehindTheRequest
  }

  private static let many = 40
  private static let large = SharedBytes([UInt8](repeating: 7, count: 20_000_000))

  @Test("are ended by a deadline, or end themselves; the others are served", arguments: Kind.allCases)
  func survived(kind: Kind) async throws {
    var settings = HTTPServerConfiguration.quick
    settings.headerDeadline = .milliseconds(150)
    settings.bodyDeadline = .milliseconds(150)
    settings.responseDeadline = .milliseconds(300)
    let handler: HTTPServer.Handler = { request in
      request.path == "/large"
        ? HTTPResponse(status: 200, body: .shared(Self.large)) : HTTPResponse(status: 200, body: .bytes([1]))
    }
    try await withServer(settings, handler: handler) { reactor, server in
      var crowd: [(client: RawClient, timer: ReactorTimer?)] = []
      for _ in 0..<Self.many {
        let client = try RawClient(reactor, port: server.port, receiveBuffer: 4_096)
        crowd.append((client, try await Self.misbehave(kind, client, reactor)))
      }
      defer {
        for (client, timer) in crowd {
          timer?.cancel()
          client.close()
        }
      }
      // A healthy one with a connection for each request, as its own must not rest for too long.
      var served = 0
      repeat {
        #expect(try await exchange(reactor, server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
        served += 1
      } while server.connectionCount > 1
      #expect(served > 0)
      for (client, timer) in crowd {
        timer?.cancel()
        if kind == .closesInTheHead || kind == .closesInTheBody || kind == .closesBehindTheRequest {
          continue
        }
        let text = try await client.readToEnd()
        switch kind {
        case .readsByteByByte, .neverReads: #expect(text.utf8.count < Self.large.count)
        default: #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 408"))
        }
      }
      #expect(server.activeRequests == 0)
    }
  }

  private static func misbehave(
    _ kind: Kind, _ client: RawClient, _ reactor: Reactor
  ) async throws -> ReactorTimer? {
    func each(_ body: @escaping () -> Void) -> ReactorTimer {
      reactor.schedule(after: .milliseconds(5), repeating: .milliseconds(5), body)
    }
    switch kind {
    case .saysNothing: return nil
    case .dripsItsHead:
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\nx: ")
      return each { client.sendByte() }
    case .dripsItsBody:
      try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n")
      return each { client.sendByte() }
    case .dripsItsChunks:
      try await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2000\r\n")
      return each { client.sendByte() }
    case .readsByteByByte:
      try await client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
      return each { client.takeByte() }
    case .neverReads:
      try await client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
      return nil
    case .closesInTheHead:
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\nx: y")
      client.close()
    case .closesInTheBody:
      try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
      client.close()
    case .closesBehindTheRequest:
      try await client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
      client.close()
    }
    return nil
  }
}
