import HTTPClient
import Reactor
import TestSupport
import Testing

@Suite("A cancelled exchange", .timeLimit(.minutes(1)))
struct CancellationTests {
  @Test(
    "ends at once and closes its connection, wherever it was",
    arguments: [
      "", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    ])
  func cancelled(sent: String) async throws {
    let (begun, beginning) = AsyncStream<Void>.makeStream()
    let (ended, ending) = AsyncStream<Void>.makeStream()
    let server = ScriptedServer { peer in
      _ = peer.readRequest()
      peer.send(sent)
      beginning.yield()
      peer.waitForEnd()
      ending.yield()
    }
    try await withClient { client, reactor in
      let task = reactor.spawn { await failure(client, HTTPClientRequest(url: server.url())) }
      for await _ in begun { break }
      task.cancel()
      #expect(await task.value == .cancelled)
      for await _ in ended { break }
      // The client is as good as before.
      #expect(server.connections == 1)
    }
  }

  @Test("never begins when its task was cancelled before")
  func cancelledBefore() async throws {
    let server = ScriptedServer.answering(okay)
    try await withClient { client, reactor in
      let task = reactor.spawn {
        withUnsafeCurrentTask { $0?.cancel() }
        return await failure(client, HTTPClientRequest(url: server.url()))
      }
      #expect(await task.value == .cancelled)
    }
    #expect(server.connections == 0)
  }

  @Test("doesn't disturb the others, also when many are cancelled while waiting for a connection")
  func others() async throws {
    let server = ScriptedServer { peer in
      while let request = peer.readRequest() {
        if request.head.first?.contains("/hold") == true { return peer.waitForEnd() }
        peer.send(okay)
      }
    }
    try await withClient(maxConnectionsPerHost: 2) { client, reactor in
      let held = (0..<20).map { _ in
        reactor.spawn { await failure(client, HTTPClientRequest(url: server.url("/hold"))) }
      }
      await server.waitForConnections(2)
      let answered = (0..<20).map { _ in
        reactor.spawn { await failure(client, HTTPClientRequest(url: server.url("/quick"))) }
      }
      for task in held { task.cancel() }
      for task in held { #expect(await task.value == .cancelled) }
      for task in answered { #expect(await task.value == nil) }
    }
  }

  @Test("survives being cancelled at random moments")
  func random() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed: \(seed)")
    let server = ScriptedServer.answering(okay)
    try await withClient { client, reactor in
      var state = seed
      for _ in 0..<50 {
        let tasks = (0..<10).map { _ in
          reactor.spawn { await failure(client, HTTPClientRequest(url: server.url())) }
        }
        for task in tasks {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          for _ in 0..<(state >> 60) { await Task.yield() }
          task.cancel()
        }
        for task in tasks { #expect([nil, .cancelled].contains(await task.value)) }
      }
      #expect(await failure(client, HTTPClientRequest(url: server.url())) == nil)
    }
  }

  @Test("is told apart from a client that was closed under it")
  func closed() async throws {
    let server = ScriptedServer { peer in peer.waitForEnd() }
    try await withClient { client, reactor in
      let task = reactor.spawn { await failure(client, HTTPClientRequest(url: server.url())) }
      await server.waitForConnections(1)
      client.close()
      #expect(await task.value == .closed)
      #expect(await failure(client, HTTPClientRequest(url: server.url())) == .closed)
    }
  }
}
