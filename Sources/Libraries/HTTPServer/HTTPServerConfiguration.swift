/// Where a server listens, and how much it puts up with.
package struct HTTPServerConfiguration: Sendable {
  /// An address or a name of this machine.
  package var host: String
  /// 0 takes any free port: ``HTTPServer/port`` says which.
  package var port: Int
  /// Connections at the same time, per reactor; what comes on top waits in the kernel's queue.
  package var connectionLimit = 8_192
  /// Connections at the same time from one address, per reactor. Not behind a proxy: there it is one address.
  package var connectionsPerAddress: Int?
  /// Memory of a connection: request line, headers and input buffer share it.
  package var headerBytes = 32 * 1024
  /// The longest body that is read; 413 beyond it.
  package var bodyLimit = 64 * 1024
  /// From the connection's start, or a request's first line, to the end of its headers.
  package var headerDeadline: Duration = .seconds(5)
  /// From the end of the headers to the end of the body.
  package var bodyDeadline: Duration = .seconds(30)
  /// For the handler to answer, then for the client to take the answer; for a stream, without progress.
  package var responseDeadline: Duration = .seconds(60)
  /// How long a connection may rest between two requests.
  package var keepAliveTimeout: Duration = .seconds(60)
  /// How often deadlines and clients that went away are looked for.
  package var watchInterval: Duration = .milliseconds(250)
  /// Renders what the server itself answers (400, 408, 413, 500, 501, 503, 505).
  package var refusal: @Sendable (_ status: Int, _ detail: String) -> HTTPResponse = { status, detail in
    HTTPResponse(
      status: status, headers: ["content-type": "text/plain; charset=utf-8"],
      body: .bytes(Array((detail + "\n").utf8)))
  }

  package init(host: String = "127.0.0.1", port: Int = 0) {
    self.host = host
    self.port = port
  }
}
