import Reactor

/// An HTTP/1.1 server on one reactor. (Skeleton: the signature that the others build on.)
package final class HTTPServer: Sendable {
  package typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse

  package let port: Int

  init(port: Int) { self.port = port }

  package static func start(
    on reactor: Reactor, host: String, port: Int, handler: @escaping Handler
  ) async throws -> HTTPServer {
    preconditionFailure("not built")
  }

  package func stop(grace: Duration) async {}
}
