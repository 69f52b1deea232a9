import Glibc
import Reactor

/// Finds a server and connects to it, address by address, without blocking. Owner only, used once.
// @unchecked: touched on the reactor alone; the look-up on the pool gets copies.
final class Dialer: @unchecked Sendable {
  private let reactor: Reactor
  private let host: String
  private let port: UInt16
  private var finish: ((Result<Int32, RedisError>) -> Void)?
  private var addresses: ArraySlice<SocketAddress> = []
  private var descriptor: Int32 = -1
  private var watcher: DescriptorWatcher?

  /// - Parameter finish: gets the connected descriptor, which is then its own, or why there is none. Not
  ///   called after ``cancel()``; never from within `start()`.
  init(
    reactor: Reactor, host: String, port: UInt16,
    finish: @escaping (Result<Int32, RedisError>) -> Void
  ) {
    self.reactor = reactor
    self.host = host
    self.port = port
    self.finish = finish
  }

  func start() {
    let (host, port) = (host, port)
    reactor.spawn {
      do throws(RedisError) {
        // An address in digits needs no look-up and so no other thread.
        if let numeric = try? SocketAddress.resolve(host, port, numericOnly: true) {
          self.addresses = numeric[...]
        } else {
          self.addresses = try await self.reactor.offload { () throws(RedisError) in
            try SocketAddress.resolve(host, port, numericOnly: false)
          }[...]
        }
        self.tryNext(RedisError(code: .connection, message: "\(host) has no address"))
      } catch {
        self.end(.failure(error))
      }
    }
  }

  /// Gives up; the outcome is never told.
  func cancel() {
    finish = nil
    abandonSocket()
  }

  private func tryNext(_ lastError: RedisError) {
    guard finish != nil else { return }
    guard let address = addresses.popFirst() else { return end(.failure(lastError)) }
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    descriptor = socket(address.family, type, 0)
    guard descriptor >= 0 else { return tryNext(failure(errno)) }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<Int32>.size))
    // An interrupted connect goes on by itself.
    guard address.connect(descriptor) == 0 || errno == EINPROGRESS || errno == EINTR else {
      return fail(errno)
    }
    do {
      watcher = try reactor.watch(descriptor, for: .writable) { _ in self.connected() }
    } catch {
      abandonSocket()
      tryNext(RedisError(code: .connection, message: "\(error)"))
    }
  }

  private func connected() {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
    if code == 0, SocketAddress.isConnectedToItself(descriptor) { code = ECONNREFUSED }
    guard code == 0 else { return fail(code) }
    watcher?.stop()
    watcher = nil
    let connected = descriptor
    descriptor = -1
    end(.success(connected))
  }

  private func fail(_ number: Int32) {
    abandonSocket()
    tryNext(failure(number))
  }

  private func failure(_ number: Int32) -> RedisError { .system("\(host):\(port)", number) }

  private func abandonSocket() {
    watcher?.stop()
    watcher = nil
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  private func end(_ result: Result<Int32, RedisError>) {
    let finish = self.finish
    self.finish = nil
    finish?(result)
  }
}
