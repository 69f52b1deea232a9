import Glibc
import Reactor

/// A connected socket: commands out, written once per turn; replies in. Owner only.
///
/// What is open keeps itself and whoever it calls back alive; ``close()`` lets go of them.
final class Wire {
  private static let chunk = 64 << 10

  private let descriptor: Int32
  private let parser: ReplyParser
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: Wire.chunk, alignment: 16)
  private var output: [UInt8] = []
  private var written = 0
  private var watcher: DescriptorWatcher?
  private var flushing: DeferredAction?
  private var onReply: ((RedisValue) -> Void)?
  private var onEnd: ((RedisError) -> Void)?

  /// When bytes last came in.
  private(set) var lastHeard = Instant.now()

  /// Takes over `descriptor`. `onEnd` is called at most once, and not after ``close()``.
  init(
    reactor: Reactor, descriptor: Int32, replyLimit: Int,
    onReply: @escaping (RedisValue) -> Void, onEnd: @escaping (RedisError) -> Void
  ) throws(RedisError) {
    self.descriptor = descriptor
    parser = ReplyParser(limit: replyLimit)
    self.onReply = onReply
    self.onEnd = onEnd
    do {
      watcher = try reactor.watch(descriptor, for: .readable) { self.ready($0) }
    } catch {
      Glibc.close(descriptor)
      throw RedisError(code: .connection, message: "\(error)")
    }
    flushing = DeferredAction(on: reactor) { self.flush() }
  }

  deinit { input.deallocate() }

  /// Bytes that the system hasn't taken yet.
  var unsent: Int { output.count - written }

  /// Lets `body` append bytes, which leave at the end of this turn.
  func write(_ body: (inout [UInt8]) -> Void) {
    body(&output)
    flushing?.arm()
  }

  /// Closes the socket. Idempotent; what isn't sent is dropped.
  func close() {
    guard let watcher else { return }
    watcher.stop()
    self.watcher = nil
    flushing?.cancel()
    flushing = nil
    onReply = nil
    onEnd = nil
    Glibc.close(descriptor)
  }

  private func end(_ error: RedisError) {
    let onEnd = self.onEnd
    close()
    onEnd?(error)
  }

  private func ready(_ events: DescriptorWatcher.Events) {
    // Whoever is called back may drop the last reference to this wire.
    withExtendedLifetime(self) {
      if events.contains(.writable) { flush() }
      if events.contains(.readable) { receive() }
    }
  }

  private func flush() {
    withExtendedLifetime(self) {
      while unsent > 0, watcher != nil {
        let count = output.withUnsafeBytes {
          Glibc.send(descriptor, $0.baseAddress! + written, unsent, Int32(MSG_NOSIGNAL))
        }
        if count >= 0 {
          written += count
        } else if errno == EAGAIN {
          watcher?.update([.readable, .writable])
          return
        } else if errno != EINTR {
          // What the server said before it hung up may still be there to read, and says more.
          let number = errno
          receive()
          return end(.system("write", number))
        }
      }
      output.removeAll(keepingCapacity: output.capacity <= 1 << 20)
      written = 0
      watcher?.update(.readable)
    }
  }

  private func receive() {
    // A bound, so that one connection doesn't keep the reactor; the watcher is level-triggered.
    for _ in 0..<16 where watcher != nil {
      let count = recv(descriptor, input.baseAddress, input.count, 0)
      if count > 0 {
        lastHeard = .now()
        guard take(UnsafeRawBufferPointer(rebasing: input[..<count])) else { return }
        if count < input.count { return }
      } else if count == 0 {
        return end(RedisError(code: .connection, message: "the server closed the connection"))
      } else if errno == EAGAIN {
        return
      } else if errno != EINTR {
        return end(.system("read", errno))
      }
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    do throws(RedisError) {
      try parser.feed(bytes)
      while watcher != nil, let value = try parser.next() { onReply?(value) }
      return watcher != nil
    } catch {
      end(error)
      return false
    }
  }
}
