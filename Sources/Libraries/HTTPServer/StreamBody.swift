import CMicroHTTPD

/// A body on its way from the task that writes it to libmicrohttpd, which reads it when the client has room.
// @unchecked: all of it is touched on the connection's reactor alone, as `write` asserts.
final class StreamBody: HTTPBodyWriter, @unchecked Sendable {
  enum End {
    /// The writer has returned: the last chunk follows.
    case finished
    /// The writer has thrown: the connection is cut, so that nobody takes a part for the whole.
    case failed
    /// The client has gone or the server stops.
    case closed
  }

  /// How much may lie here before a writer waits.
  private static let room = 64 * 1024

  private let connection: Connection
  private var write: (@Sendable (HTTPBodyWriter) async throws -> Void)?
  private var pieces: [[UInt8]] = []
  /// What has been read of the first piece.
  private var offset = 0
  private var count = 0
  private var end: End?
  private var writers: [CheckedContinuation<Bool, Never>] = []

  init(for connection: Connection, _ write: @escaping @Sendable (HTTPBodyWriter) async throws -> Void) {
    self.connection = connection
    self.write = write
  }

  func write(_ bytes: [UInt8]) async throws(HTTPStreamClosed) {
    connection.daemon.reactor.preconditionOwned()
    guard end == nil else { throw HTTPStreamClosed() }
    guard !bytes.isEmpty else { return }
    pieces.append(bytes)
    count += bytes.count
    connection.resume()
    guard count > StreamBody.room else { return }
    guard await withCheckedContinuation({ writers.append($0) }) else { throw HTTPStreamClosed() }
  }

  /// The first end counts.
  func end(_ end: End) {
    guard self.end == nil else { return }
    self.end = end
    release(writers: false)
    connection.resume()
  }

  /// Fills `buffer`; suspends the connection when there is nothing yet. Called by libmicrohttpd.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    if let write {
      self.write = nil
      connection.produce(self, write)
    }
    if connection.daemon.isClosing { end(.closed) }
    guard count > 0, end != .closed else {
      switch end {
      case .finished: return -1
      case .failed, .closed: return -2
      case nil:
        connection.progressed(isWaiting: true)
        connection.suspend()
        return 0
      }
    }
    var filled = 0
    while filled < buffer.count, let piece = pieces.first {
      let part = piece[offset...].prefix(buffer.count - filled)
      UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyBytes(from: part)
      filled += part.count
      offset += part.count
      guard offset == piece.count else { break }
      pieces.removeFirst()
      offset = 0
    }
    count -= filled
    connection.progressed(isWaiting: false)
    if count <= StreamBody.room { release(writers: true) }
    return filled
  }

  private func release(writers isOpen: Bool) {
    let waiting = writers
    writers = []
    for writer in waiting { writer.resume(returning: isOpen) }
  }
}
