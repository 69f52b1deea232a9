import Reactor

/// An HTTP/1.1 server on one reactor. Several reactors listen on one port, each through a server of its own;
/// the kernel spreads the connections over them.
///
/// Plain HTTP: TLS, HTTP/2 and the exposure to the world belong to the proxy in front. What libmicrohttpd 0.9.75
/// leaves to wish for, and nothing here can change: it accepts a bare line feed behind a chunk's size, and when
/// it refuses a Content-Length itself, it writes the head of that 400 twice before it closes.
package final class HTTPServer: Sendable {
  /// Answers a request, on the server's reactor. Cancelled when the client goes away meanwhile.
  package typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse

  package let port: Int
  private let reactor: Reactor
  private let daemon: Daemon

  private init(port: Int, reactor: Reactor, daemon: Daemon) {
    self.port = port
    self.reactor = reactor
    self.daemon = daemon
  }

  /// Listens and answers from now on. From any thread. SIGPIPE is ignored from here on in the whole process.
  ///
  /// Doesn't notice another process that shares the port: ``probe(host:port:)`` does.
  package static func start(
    on reactor: Reactor, _ configuration: HTTPServerConfiguration, handler: @escaping Handler
  ) async throws(HTTPServerError) -> HTTPServer {
    let socket = try await reactor.offload { () throws(HTTPServerError) in
      try ListeningSocket(host: configuration.host, port: configuration.port, isShared: true)
    }
    let port = socket.port
    let daemon = try await reactor.spawn {
      Result { () throws(HTTPServerError) in
        try Daemon(on: reactor, socket: socket, configuration: configuration, handler: handler)
      }
    }.value.get()
    return HTTPServer(port: port, reactor: reactor, daemon: daemon)
  }

  /// Throws when somebody listens there: a second server that shares a port is started without any error.
  /// Blocks for the look-up of a host that is a name.
  package static func probe(host: String, port: Int) throws(HTTPServerError) {
    try ListeningSocket(host: host, port: port, isShared: false).close()
  }

  /// Requests that are being read, handled or answered. Owner only.
  package var activeRequests: Int { daemon.activeRequests }

  /// Connections, resting ones included. Owner only.
  package var connectionCount: Int { daemon.connections.count }

  /// Stops accepting at once and answers what is under way. What is left after `grace` is cancelled and
  /// answered 503, streams get ``HTTPStreamClosed``. Returns when every connection is closed. From any thread.
  package func stop(grace: Duration) async {
    let daemon = daemon
    await reactor.spawn { await daemon.stop(grace: grace) }.value
  }
}
