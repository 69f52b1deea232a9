import Glibc

/// Why a server couldn't start.
package enum HTTPServerError: Error, Equatable, CustomStringConvertible {
  /// Somebody listens there already.
  case addressInUse(host: String, port: Int)
  /// The host isn't an address or a name of this machine.
  case unknownHost(String, reason: String)
  /// No numeric address with a port.
  case malformedAddress
  /// A system call failed.
  case system(operation: String, code: Int32)

  package var description: String {
    switch self {
    case .addressInUse(let host, let port): "\(host) port \(port) is in use"
    case .unknownHost(let host, let reason): "\(host) can't be listened on: \(reason)"
    case .malformedAddress: "use a numeric address and a port, such as 127.0.0.1:8080 or [::1]:8080"
    case .system(let operation, let code): "\(operation): \(String(cString: strerror(code)))"
    }
  }
}
