import CMicroHTTPD
import Glibc

/// The numeric address, without port and scope; IPv4 inside of IPv6 as IPv4.
func numericAddress(_ address: UnsafePointer<sockaddr>?) -> String {
  guard let address else { return "" }
  var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
  let raw = UnsafeRawPointer(address)
  let family = Int32(address.pointee.sa_family)
  switch family {
  case AF_INET:
    inet_ntop(family, raw + MemoryLayout<sockaddr_in>.offset(of: \.sin_addr)!, &text, socklen_t(text.count))
  case AF_INET6:
    inet_ntop(family, raw + MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr)!, &text, socklen_t(text.count))
  default: return ""
  }
  let end = text.firstIndex(of: 0) ?? text.endIndex
  let numeric = String(decoding: text[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self)
  return numeric.hasPrefix("::ffff:") && numeric.contains(".") ? String(numeric.dropFirst(7)) : numeric
}
