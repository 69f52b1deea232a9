import Glibc
import Reactor

/// Bytes to a server as they are, and what comes back until it closes or is silent for two seconds.
enum RawExchange {
  struct Failure: Error { let code: Int32 }

  static func send(_ bytes: [UInt8], to port: UInt16, on reactor: Reactor) async throws -> String {
    try await reactor.offload { () throws(Failure) in try exchange(bytes, port) }
  }

  /// Blocks.
  private static func exchange(_ bytes: [UInt8], _ port: UInt16) throws(Failure) -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var patience = timeval(tv_sec: 2, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
    }
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else { throw Failure(code: errno) }
    var rest = bytes[...]
    while !rest.isEmpty {
      // A server that has enough closes; what it said before is still there to read.
      let sent = rest.prefix(65_536).withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { break }
      rest = rest.dropFirst(sent)
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      answer += buffer[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }
}
