import HTTPClient
import Reactor
import TestSupport
import Testing

@Suite("A failed exchange has a clear code")
struct FailureTests {
  @Test(
    "for every way of breaking an answer",
    arguments: [
      ("", .connectionLost), ("HTTP/1.1 200 OK\r\nContent-Le", .connectionLost),
      ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", .bodyCut),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhalf", .bodyCut),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n", .connectionLost),
      ("SSH-2.0-OpenSSH_9.2\r\n", .malformedResponse), ("HTTP/1.1 abc OK\r\n\r\n", .malformedResponse),
      ("HTTP/9.9 200 OK\r\n\r\n", .malformedResponse),
      ("HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", .malformedResponse),
      ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf", .badEncoding),
    ] as [(String, HTTPClientError.Code)])
  func brokenAnswer(answer: String, code: HTTPClientError.Code) async throws {
    let server = ScriptedServer { peer in
      _ = peer.readRequest()
      peer.send(answer)
    }
    try await withClient { client, _ in
      #expect(await failure(client, HTTPClientRequest(url: server.url())) == code)
    }
  }

  @Test("when the server resets the connection, before the answer and within it", arguments: [0, 20, 40])
  func reset(sent: Int) async throws {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789"
    let server = ScriptedServer { peer in
      _ = peer.readRequest()
      peer.send(String(answer.prefix(sent)))
      peer.resetOnClose()
    }
    try await withClient { client, _ in
      #expect(await failure(client, HTTPClientRequest(url: server.url())) == .connectionLost)
    }
  }

  @Test("when nobody listens")
  func refused() async throws {
    let port = ScriptedServer.refusedPort()
    try await withClient { client, _ in
      #expect(await failure(client, HTTPClientRequest(url: "http://127.0.0.1:\(port)/")) == .notConnected)
    }
  }

  @Test("when the name doesn't resolve, each time, and other names still do")
  func unknownName() async throws {
    let server = ScriptedServer.answering(okay)
    // Too long a label for DNS: refused without asking anybody.
    let name = String(repeating: "a", count: 64) + ".invalid"
    try await withClient { client, _ in
      for _ in 0..<3 {
        #expect(await failure(client, HTTPClientRequest(url: "http://\(name)/")) == .nameNotResolved)
      }
      #expect(await failure(client, HTTPClientRequest(url: server.url())) == nil)
    }
  }

  @Test("when the server speaks no TLS")
  func noTLS() async throws {
    let server = ScriptedServer { peer in peer.send("HTTP/1.1 400 Bad Request\r\n\r\n") }
    try await withClient { client, _ in
      #expect(await failure(client, HTTPClientRequest(url: server.url(scheme: "https"))) == .tls)
    }
  }

  @Test(
    "when the scheme is neither http nor https",
    arguments: [
      "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "127.0.0.1/", "dict:x", "//x/",
    ])
  func scheme(url: String) async throws {
    try await withClient { client, _ in
      #expect(await failure(client, HTTPClientRequest(url: url)) == .unsupportedScheme)
    }
  }

  @Test(
    "when the request would not be one request",
    arguments: [
      HTTPClientRequest(method: "GET / HTTP/1.1\r\nX: y", url: "http://127.0.0.1/"),
      HTTPClientRequest(method: "", url: "http://127.0.0.1/"),
      HTTPClientRequest(url: "http://127.0.0.1/a b"), HTTPClientRequest(url: "http://127.0.0.1/\r\nX: y"),
      HTTPClientRequest(url: "http://127.0.0.1/\u{0}"), HTTPClientRequest(url: ""),
      HTTPClientRequest(url: "http://user:password@127.0.0.1/"),
      HTTPClientRequest(url: "http://127.0.0.1/", headers: [("X", "a\r\nY: b")]),
      HTTPClientRequest(url: "http://127.0.0.1/", headers: [("X\r\nY", "b")]),
      HTTPClientRequest(url: "http://127.0.0.1/", headers: [("X", "a\u{0}b")]),
      HTTPClientRequest(url: "http://127.0.0.1/", headers: [("", "b")]),
      HTTPClientRequest(url: "http://127.0.0.1/", headers: [("content-length", "5")]),
      HTTPClientRequest(url: "http://127.0.0.1/", headers: [("Transfer-Encoding", "chunked")]),
    ])
  func invalid(request: HTTPClientRequest) async throws {
    try await withClient { client, _ in
      #expect(await failure(client, request) == .invalidRequest)
    }
  }

  @Test("at the deadline, whether the server is silent or drips", .timeLimit(.minutes(1)))
  func deadline() async throws {
    let server = ScriptedServer { peer in
      guard let request = peer.readRequest() else { return }
      if request.head.first?.hasPrefix("GET /drip") == true {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while peer.send("1\r\nx\r\n") {}
      }
      peer.waitForEnd()
    }
    try await withClient { client, _ in
      for path in ["/silent", "/drip"] {
        let request = HTTPClientRequest(url: server.url(path), deadline: .milliseconds(50))
        #expect(await failure(client, request) == .timedOut)
      }
    }
  }

  @Test("at the deadline, also while waiting for a free connection", .timeLimit(.minutes(1)))
  func deadlineInQueue() async throws {
    let server = ScriptedServer { peer in peer.waitForEnd() }
    try await withClient(maxConnectionsPerHost: 1) { client, reactor in
      let first = reactor.spawn { await failure(client, HTTPClientRequest(url: server.url())) }
      await server.waitForConnections(1)
      let request = HTTPClientRequest(url: server.url(), deadline: .milliseconds(50))
      #expect(await failure(client, request) == .timedOut)
      first.cancel()
      #expect(await first.value == .cancelled)
    }
    #expect(server.connections == 1)
  }

  @Test("when the body is larger than the cap, announced or not")
  func tooLarge() async throws {
    let server = ScriptedServer { peer in
      guard let request = peer.readRequest() else { return }
      let body = String(repeating: "x", count: 1_001)
      switch request.head.first?.split(separator: " ")[1] {
      case "/announced": peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n\(body)")
      case "/chunked":
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n\(body)\r\n0\r\n\r\n")
      case "/gzip":
        peer.send(
          "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(Samples.gzip.count)\r\n\r\n")
        peer.send(Samples.gzip)
      case let path: Issue.record("no such path: \(path ?? "")")
      }
      peer.waitForEnd()
    }
    try await withClient { client, _ in
      for path in ["/announced", "/chunked", "/gzip"] {
        let request = HTTPClientRequest(url: server.url(path), maximumBodyBytes: 1_000)
        #expect(await failure(client, request) == .bodyTooLarge)
      }
    }
  }

  @Test("when there is no end of headers", .timeLimit(.minutes(1)))
  func headerFlood() async throws {
    let server = ScriptedServer { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\n")
      let line = "X: " + String(repeating: "y", count: 1_000) + "\r\n"
      while peer.send(line) {}
    }
    try await withClient { client, _ in
      #expect(await failure(client, HTTPClientRequest(url: server.url())) == .malformedResponse)
    }
  }
}
