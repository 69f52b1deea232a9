import HTTPServer
import Reactor
import TestSupport

/// Runs `body` beside a server on the same reactor, which it stops afterwards.
func withServer(
  _ configuration: HTTPServerConfiguration = .quick, handler: @escaping HTTPServer.Handler = echo,
  _ body: @escaping @Sendable (Reactor, HTTPServer) async throws -> Void
) async throws {
  try await onReactor { reactor in
    let server = try await HTTPServer.start(on: reactor, configuration, handler: handler)
    do { try await body(reactor, server) } catch {
      await server.stop(grace: .zero)
      throw error
    }
    await server.stop(grace: .zero)
  }
}

extension HTTPServerConfiguration {
  /// Looks for passed deadlines every few milliseconds.
  static var quick: HTTPServerConfiguration {
    HTTPServerConfiguration().with(\.watchInterval, .milliseconds(5))
  }

  func with<Value>(
    _ setting: WritableKeyPath<HTTPServerConfiguration, Value>, _ value: Value
  ) -> HTTPServerConfiguration {
    var changed = self
    changed[keyPath: setting] = value
    return changed
  }
}

/// Answers with the method, the path and the body.
@Sendable func echo(_ request: HTTPRequest) async -> HTTPResponse {
  let text = "\(request.method.rawValue) \(request.path) \(String(decoding: request.body, as: UTF8.self))"
  return HTTPResponse(status: 200, headers: ["content-type": "text/plain"], body: .bytes(Array(text.utf8)))
}

/// Sends one request on a connection of its own and returns its only response.
func exchange(
  _ reactor: Reactor, _ server: HTTPServer, _ text: String, toHead: Bool = false
) async throws -> RawClient.Response {
  let client = try RawClient(reactor, port: server.port)
  defer { client.close() }
  try await client.send(text)
  return try await client.response(toHead: toHead)
}

/// A signal from a handler to a test. Fires any number of times; `wait` takes one.
struct Signal: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream<Void>.makeStream() }

  func fire() { continuation.yield() }

  /// Waits for `count` firings, earlier ones included.
  func wait(_ count: Int = 1) async {
    var missing = count
    for await _ in stream {
      missing -= 1
      if missing == 0 { break }
    }
  }
}
