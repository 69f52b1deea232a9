import Glibc
import HTTPClient
import Reactor
import TestSupport
import Testing

@Suite("Connections")
struct ConnectionTests {
  @Test("are kept and used again")
  func reuse() async throws {
    let server = ScriptedServer.answering(okay)
    try await withClient { client, _ in
      for _ in 0..<20 {
        let response = try await client.send(HTTPClientRequest(url: server.url()))
        #expect(response.status == 200)
      }
    }
    #expect(server.connections == 1)
    #expect(server.requests.count == 20)
  }

  @Test("stay within their bound under 100 requests at once")
  func parallel() async throws {
    let server = ScriptedServer.answering(okay)
    try await withClient(maxConnectionsPerHost: 8) { client, reactor in
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<100 {
          group.addTask {
            reactor.preconditionOwned()
            return try await client.send(HTTPClientRequest(url: server.url())).status
          }
        }
        return try await group.reduce(into: [Int]()) { $0.append($1) }
      }
      #expect(statuses == Array(repeating: 200, count: 100))
    }
    #expect(server.connections <= 8)
    #expect(server.requests.count == 100)
  }

  @Test("that the server closed while they were idle are replaced without an error")
  func closedWhileIdle() async throws {
    let (closed, closing) = AsyncStream<Void>.makeStream()
    let server = ScriptedServer { peer in
      _ = peer.readRequest()
      peer.send(okay)
      if peer.number == 1 {
        peer.endSending()
        closing.yield()
        peer.waitForEnd()
      } else {
        peer.waitForEnd()
      }
    }
    try await withClient { client, _ in
      _ = try await client.send(HTTPClientRequest(url: server.url()))
      for await _ in closed { break }
      let response = try await client.send(HTTPClientRequest(url: server.url()))
      #expect(response.status == 200)
    }
    #expect(server.connections == 2)
  }

  @Test("that the server closes just as they are used again are replaced, and the request is sent again")
  func closedWhileUsed() async throws {
    let server = ScriptedServer { peer in
      _ = peer.readRequest()
      peer.send(okay)
      guard peer.readRequest() != nil, peer.number > 1 else { return }
      peer.send(okay)
    }
    try await withClient { client, _ in
      _ = try await client.send(HTTPClientRequest(url: server.url()))
      let request = HTTPClientRequest(method: "PUT", url: server.url(), body: Array("again".utf8))
      let response = try await client.send(request)
      #expect(response.status == 200)
    }
    #expect(server.connections == 2)
    #expect(server.requests.map { text($0.body) } == ["", "again", "again"])
  }

  @Test("that die without a word are given up after 20 seconds")
  func silence() async throws {
    let server = ScriptedServer.answering(okay)
    try await withClient { client, _ in
      _ = try await client.send(HTTPClientRequest(url: server.url()))
      // The kernel does it, once it is told.
      let limits = (0..<4_096).filter { Self.peerPort(of: $0) == server.port }.map { socket in
        var limit: CUnsignedInt = 0
        var size = socklen_t(MemoryLayout.size(ofValue: limit))
        _ = getsockopt(socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &limit, &size)
        return limit
      }
      #expect(limits == [20_000])
    }
  }

  private static func peerPort(of socket: Int32) -> Int? {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout.size(ofValue: address))
    let isConnected = withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &size) == 0 }
    }
    return isConnected && address.sin_family == sa_family_t(AF_INET)
      ? Int(UInt16(bigEndian: address.sin_port)) : nil
  }

  @Test("carry twenty large downloads at once, byte for byte")
  func downloads() async throws {
    let page = (0..<150_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
    let server = ScriptedServer { peer in
      while peer.readRequest() != nil {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(page.count)\r\n\r\n")
        peer.send(page)
      }
    }
    try await withClient { client, _ in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<20 {
          group.addTask { try await client.send(HTTPClientRequest(url: server.url())).body == page }
        }
        for try await isEqual in group { #expect(isEqual) }
      }
    }
  }
}
