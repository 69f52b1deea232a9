/// The sending end of a streamed body. Used on the request's reactor.
package protocol HTTPBodyWriter: Sendable {
  /// Hands over a piece and suspends until the connection has room for the next.
  ///
  /// - Throws: ``HTTPStreamClosed`` when the client has gone or the server stops.
  func write(_ bytes: [UInt8]) async throws(HTTPStreamClosed)
}

/// Nobody reads this stream any more.
package struct HTTPStreamClosed: Error {}
