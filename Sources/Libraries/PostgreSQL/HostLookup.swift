import Glibc

/// Turns host names into addresses before libpq sees them, because libpq looks names up while it connects.
///
/// Blocks: runs on the thread pool.
enum HostLookup {
  /// The options with `hostaddr` beside `host`; a name with several addresses is repeated with each.
  static func resolve(_ options: [String: String]) throws(PostgreSQLError) -> [String: String] {
    guard let host = options["host"], !host.isEmpty, options["hostaddr"] == nil else { return options }
    let names = host.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let ports = (options["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false).map(
      String.init)
    var entries: [(name: String, address: String, port: String)] = []
    var unknown: [String] = []
    for (index, name) in names.enumerated() {
      let port = ports.count == names.count ? ports[index] : ports.first ?? ""
      if name.isEmpty || name.hasPrefix("/") || name.hasPrefix("@") {
        entries.append((name, "", port))
        continue
      }
      let found = addresses(of: name)
      if found.isEmpty { unknown.append(name) }
      for address in found { entries.append((name, address, port)) }
    }
    guard !entries.isEmpty else {
      throw PostgreSQLError(.connection, "no address is known for \(unknown.joined(separator: ", "))")
    }
    var resolved = options
    resolved["host"] = entries.map(\.name).joined(separator: ",")
    resolved["hostaddr"] = entries.map(\.address).joined(separator: ",")
    resolved["port"] = entries.map(\.port).joined(separator: ",")
    return resolved
  }

  private static func addresses(of name: String) -> [String] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var addresses: [String] = []
    var next = list
    while let entry = next {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let code = getnameinfo(
        entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
      if code == 0 {
        addresses.append(
          String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
      }
      next = entry.pointee.ai_next
    }
    return addresses
  }
}
