import HTTPClient
import Reactor
import TestSupport
import Testing

@Suite("Over TLS", .timeLimit(.minutes(1)))
struct TLSTests {
  @Test("a server with a trusted certificate answers")
  func trusted() async throws {
    let server = try TLSServer(name: "IP:127.0.0.1")
    defer { server.stop() }
    let url = "https://127.0.0.1:\(server.port)/"
    try await withClient(authorities: server.certificate) { client, _ in
      let response = try await client.send(HTTPClientRequest(url: url))
      #expect(response.status == 200)
    }
  }

  @Test("a server whose certificate nobody vouches for gets nothing")
  func untrusted() async throws {
    let server = try TLSServer(name: "IP:127.0.0.1")
    defer { server.stop() }
    let url = "https://127.0.0.1:\(server.port)/"
    try await withClient { client, _ in
      #expect(await failure(client, HTTPClientRequest(url: url)) == .tls)
    }
  }

  @Test("a server with somebody else's certificate gets nothing")
  func otherName() async throws {
    let server = try TLSServer(name: "DNS:elsewhere.example,IP:127.0.0.2")
    defer { server.stop() }
    let url = "https://127.0.0.1:\(server.port)/"
    try await withClient(authorities: server.certificate) { client, _ in
      #expect(await failure(client, HTTPClientRequest(url: url)) == .tls)
    }
  }
}
