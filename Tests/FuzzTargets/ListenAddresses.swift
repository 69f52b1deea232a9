import Glibc
import HTTPServer

extension FuzzTarget {
  /// `LISTEN` and `OPS_LISTEN`: what is accepted is an address of this machine's form, and nothing is read into it.
  static let listenAddresses = FuzzTarget(
    "listen-addresses",
    seeds: [
      "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:80", ":::8081", "[::ffff:192.0.2.1]:0", "localhost:80",
      "+1:+1",
      "[127.0.0.1]:80", "1.2.3:80", "[::1:80", "::1]:80", "127.0.0.1:65536", "127.0.0.1\u{0}x:80", ":80",
      "\u{ff11}::\u{ff12}:80", "[fe80::1%lo]:80", "127.0.0.1:",
    ],
    words: [":", "[", "]", "::1", "127.0.0.1", "0", "65535", "65536", "%", "+", "-", "\u{0}"]
  ) { input in
    let text = input.text
    guard let address = unlessRefused({ () throws(HTTPServerError) in try ListenAddress(parsing: text) })
    else { return }
    try hold((0...65_535).contains(address.port), "it is a port: \(address.port)")
    try hold(
      text.hasPrefix(address.host) || text.hasPrefix("[\(address.host)]:"), "\(text) has \(address.host)")
    try hold(isNumeric(address.host), "nobody has to be asked where \(address.host) is")
    let again = unlessRefused { () throws(HTTPServerError) in
      try ListenAddress(parsing: address.description)
    }
    try hold(again == address, "\(text) is written as \(address)")
  }

  /// Another reader's word.
  private static func isNumeric(_ host: String) -> Bool {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST
    var list: UnsafeMutablePointer<addrinfo>?
    defer { if let list { freeaddrinfo(list) } }
    return host.utf8.allSatisfy { $0 != 0 } && getaddrinfo(host, nil, &hints, &list) == 0
  }
}
