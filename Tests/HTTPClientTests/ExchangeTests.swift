import HTTPClient
import Reactor
import TestSupport
import Testing

@Suite("An exchange")
struct ExchangeTests {
  @Test("sends the method, the headers and the body, and returns status, headers and body")
  func roundTrip() async throws {
    let server = ScriptedServer.answering(
      "HTTP/1.1 201 Created\r\nX-Twice: one\r\nx-twice: two\r\nContent-Length: 5\r\n\r\nhello")
    let response = try await withClient { client, _ in
      try await client.send(
        HTTPClientRequest(
          method: "PUT", url: server.url("/path?x=1"),
          headers: [("Content-Type", "application/json"), ("X-Empty", "")], body: Array("{}".utf8)))
    }
    #expect(response.status == 201)
    #expect(text(response.body) == "hello")
    #expect(response.headers.filter { $0.name.lowercased() == "x-twice" }.map(\.value) == ["one", "two"])
    let request = try #require(server.requests.first)
    #expect(request.head.first == "PUT /path?x=1 HTTP/1.1")
    #expect(request.header("Content-Type") == "application/json")
    #expect(request.header("Content-Length") == "2")
    #expect(request.header("X-Empty") == "")
    #expect(request.header("User-Agent") == "tests/1")
    #expect(request.header("Expect") == nil)
    #expect(text(request.body) == "{}")
  }

  @Test("finds headers in any case")
  func headerCase() async throws {
    let server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nReTrY-AfTeR:  7 \r\nContent-Length: 0\r\n\r\n")
    let response = try await withClient { client, _ in
      try await client.send(HTTPClientRequest(url: server.url()))
    }
    #expect(response.header("retry-after") == "7")
    #expect(response.header("RETRY-AFTER") == "7")
    #expect(response.header("retry") == nil)
  }

  @Test("announces an empty body with Content-Length: 0", arguments: ["POST", "PUT", "PATCH"])
  func emptyBody(method: String) async throws {
    let server = ScriptedServer.answering(okay)
    try await withClient { client, _ in
      for body in [nil, []] as [[UInt8]?] {
        _ = try await client.send(HTTPClientRequest(method: method, url: server.url(), body: body))
      }
    }
    #expect(server.requests.map { $0.header("Content-Length") } == ["0", "0"])
    #expect(server.requests.allSatisfy { $0.header("Content-Type") == nil })
    #expect(server.requests.allSatisfy { $0.head.first == "\(method) / HTTP/1.1" })
  }

  @Test("sends GET, HEAD and DELETE without a body", arguments: ["GET", "HEAD", "DELETE"])
  func withoutBody(method: String) async throws {
    let server = ScriptedServer { peer in
      while peer.readRequest() != nil {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + (method == "HEAD" ? "" : "ok"))
      }
    }
    let response = try await withClient { client, _ in
      try await client.send(HTTPClientRequest(method: method, url: server.url(), maximumBodyBytes: 2))
    }
    #expect(server.requests.first?.head.first == "\(method) / HTTP/1.1")
    #expect(server.requests.first?.header("Content-Length") == nil)
    #expect(text(response.body) == (method == "HEAD" ? "" : "ok"))
    #expect(response.header("content-length") == "2")
  }

  @Test("sends a large body without waiting for 100 Continue")
  func largeBody() async throws {
    let server = ScriptedServer.answering(okay)
    let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try await withClient { client, _ in
      _ = try await client.send(HTTPClientRequest(method: "POST", url: server.url(), body: body))
    }
    #expect(server.requests.first?.body == body)
  }

  @Test("skips interim answers and keeps trailers out of the headers")
  func interim() async throws {
    let server = ScriptedServer.answering(
      "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late: 1\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n")
    let response = try await withClient { client, _ in
      try await client.send(HTTPClientRequest(url: server.url()))
    }
    #expect(response.status == 200)
    #expect(response.header("X-Early") == nil)
    #expect(response.header("X-Late") == "1")
    #expect(response.header("X-Trailer") == nil)
    #expect(text(response.body) == "ok")
  }

  @Test("asks for gzip and decompresses it")
  func gzip() async throws {
    let server = ScriptedServer { peer in
      while peer.readRequest() != nil {
        peer.send(
          "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(Samples.gzip.count)\r\n\r\n")
        peer.send(Samples.gzip)
      }
    }
    let response = try await withClient { client, _ in
      try await client.send(HTTPClientRequest(url: server.url()))
    }
    #expect(server.requests.first?.header("Accept-Encoding") == "gzip, deflate")
    #expect(text(response.body) == Samples.unzipped)
  }

  @Test("puts together a body that drips byte by byte, in chunks and out of them")
  func drip() async throws {
    let sent = String(repeating: "0123456789", count: 200)
    let server = ScriptedServer { peer in
      guard peer.readRequest() != nil else { return }
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(sent.utf8.count)\r\n\r\n")
      for byte in sent.utf8 { peer.send([byte]) }
      guard peer.readRequest() != nil else { return }
      let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n\(sent)\r\n0\r\n\r\n"
      for byte in answer.utf8 { peer.send([byte]) }
      peer.waitForEnd()
    }
    try await withClient { client, _ in
      for _ in 0..<2 {
        let response = try await client.send(HTTPClientRequest(url: server.url()))
        #expect(text(response.body) == sent)
      }
    }
    #expect(server.connections == 1)
  }

  @Test("follows no redirect")
  func redirect() async throws {
    let elsewhere = ScriptedServer.answering(okay)
    let server = ScriptedServer.answering(
      "HTTP/1.1 302 Found\r\nLocation: \(elsewhere.url())\r\nContent-Length: 0\r\n\r\n")
    let response = try await withClient { client, _ in
      try await client.send(HTTPClientRequest(url: server.url()))
    }
    #expect(response.status == 302)
    #expect(response.header("location") == elsewhere.url())
    #expect(server.requests.count == 1)
    #expect(elsewhere.connections == 0)
  }
}
