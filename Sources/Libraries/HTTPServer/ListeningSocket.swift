import CMicroHTTPD
import Glibc

/// A bound TCP socket; the one that a daemon accepts on, or only a probe.
struct ListeningSocket {
  let descriptor: Int32

  /// Binds and, unless it is a probe, listens. Blocks for the look-up of a host that is a name.
  init(host: String, port: Int, isShared: Bool) throws(HTTPServerError) {
    var hints = addrinfo()
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0, let address = list else {
      throw .unknownHost(host, reason: String(cString: gai_strerror(code)))
    }
    defer { freeaddrinfo(list) }
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    descriptor = socket(address.pointee.ai_family, type, 0)
    guard descriptor >= 0 else { throw .system(operation: "socket", code: errno) }
    do throws(HTTPServerError) {
      try set(SO_REUSEADDR)
      if isShared { try set(SO_REUSEPORT) }
      guard bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
        if errno == EADDRINUSE { throw HTTPServerError.addressInUse(host: host, port: port) }
        throw HTTPServerError.system(operation: "bind \(host) port \(port)", code: errno)
      }
      guard !isShared || listen(descriptor, 4_096) == 0 else {
        throw HTTPServerError.system(operation: "listen", code: errno)
      }
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  /// The port, also when the system chose it.
  var port: Int {
    var address = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &size) }
      // Both families keep the port at the same place.
      return $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { Int($0.pointee.sin_port.bigEndian) }
    }
  }

  func close() { Glibc.close(descriptor) }

  private func set(_ option: Int32) throws(HTTPServerError) {
    var on: Int32 = 1
    guard setsockopt(descriptor, SOL_SOCKET, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
      throw .system(operation: "setsockopt", code: errno)
    }
  }
}
