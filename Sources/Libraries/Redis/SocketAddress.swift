import Glibc

/// A resolved address of a TCP server.
struct SocketAddress: Sendable {
  let family: Int32
  private let bytes: [UInt8]

  /// Looks up a name. Blocks for as long as the resolver does, unless `numericOnly`, which looks up nothing.
  static func resolve(
    _ host: String, _ port: UInt16, numericOnly: Bool
  ) throws(RedisError) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV | (numericOnly ? AI_NUMERICHOST : 0)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else {
      throw RedisError(code: .connection, message: "\(host): \(String(cString: gai_strerror(code)))")
    }
    defer { freeaddrinfo(list) }
    return sequence(first: list!.pointee, next: { $0.ai_next?.pointee }).map(SocketAddress.init)
  }

  private init(_ info: addrinfo) {
    family = info.ai_family
    bytes = Array(UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen)))
  }

  /// Begins a non-blocking connect; returns what `connect` returned.
  func connect(_ descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes {
      let address = $0.baseAddress!.assumingMemoryBound(to: sockaddr.self)
      return Glibc.connect(descriptor, address, socklen_t($0.count))
    }
  }

  /// Whether a socket is connected to itself: what TCP may do when nobody listens on a port that the system
  /// also gives to clients.
  static func isConnectedToItself(_ descriptor: Int32) -> Bool {
    name(descriptor, getsockname) == name(descriptor, getpeername)
  }

  private typealias NameCall = (
    Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>
  ) -> Int32

  private static func name(_ descriptor: Int32, _ call: NameCall) -> [UInt8] {
    var storage = sockaddr_storage()
    return withUnsafeMutableBytes(of: &storage) { buffer in
      var count = socklen_t(buffer.count)
      _ = call(descriptor, buffer.baseAddress!.assumingMemoryBound(to: sockaddr.self), &count)
      return Array(buffer.prefix(Int(count)))
    }
  }
}
