import HTTPClient
import Reactor
import TestSupport
import Testing

/// Runs `body` on a reactor with a client that is closed afterwards, also when `body` throws.
func withClient<Success: Sendable>(
  maxConnectionsPerHost: Int = 32, authorities: String? = nil,
  _ body: @escaping @Sendable (HTTPClient, Reactor) async throws -> Success
) async throws -> Success {
  try await onReactor { reactor in
    var configuration = HTTPClient.Configuration(userAgent: "tests/1")
    configuration.maxConnectionsPerHost = maxConnectionsPerHost
    configuration.authorities = authorities
    let client = try HTTPClient(reactor: reactor, configuration: configuration)
    defer { client.close() }
    return try await body(client, reactor)
  }
}

/// The code that `request` fails with, or nil for an answer.
func failure(_ client: HTTPClient, _ request: HTTPClientRequest) async -> HTTPClientError.Code? {
  do {
    _ = try await client.send(request)
    return nil
  } catch { return error.code }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

let okay = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
