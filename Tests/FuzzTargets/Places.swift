import Foundation
import HTTPServer

@testable import Web

extension FuzzTarget {
  /// Where a sign-in may end: never on another site, however the `Location` is read.
  static let nextPaths = FuzzTarget(
    "next-paths",
    seeds: [
      "/", "/a?b=c#d", "//evil.example", "/\\evil.example", "/.//evil.example", "/\t/evil.example", "/é",
    ],
    words: [
      "//", "/\\", "\\", "/.", "/../", "@", ":", "http://evil.example", "\t", "\u{a0}", "%2F", "%5C", "#",
    ]
  ) { input in
    let path = input.text
    guard SameSitePath.isSafe(path) else { return }
    let location = PercentEncoding.header(path)
    try hold(location.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }, "a location is printable: \(location)")
    // Browsers take a backslash for a slash, and leave tabs and line breaks out.
    let read = location.replacing("\\", with: "/").filter { !"\t\r\n".contains($0) }
    try hold(read.hasPrefix("/") && !read.hasPrefix("//"), "a browser stays here: \(location)")
    for base in ["https://c.example/spotify/callback/?state=x", "http://127.0.0.1:8080/"] {
      guard let base = URL(string: base), let url = URL(string: location, relativeTo: base)?.absoluteURL
      else {
        continue
      }
      try hold(
        url.scheme == base.scheme && url.host == base.host && url.port == base.port && url.user == nil,
        "\(location) leads to \(url)")
    }
  }

  /// `X-Forwarded-For`: what stands left of the first address that is no proxy of ours is a stranger's word.
  static let forwardedFor = FuzzTarget(
    "forwarded-for",
    seeds: [
      "10.0.0.1\n203.0.113.7, 10.0.0.2", "::1\n6.6.6.6\n198.51.100.1,10.9.9.9", "192.0.2.1\n1.1.1.1",
      "10.0.0.1\n10.0.0.2, <script>", "10.0.0.1\n::ffff:10.0.0.2,\t 2001:db8::1 ",
    ],
    words: [",", ", ", "10.0.0.1", "::1", "203.0.113.7", "::ffff:", "\t", "%eth0", "\u{600}", "\u{301}"]
  ) { input in
    let proxies = TrustedProxies(["10.0.0.0/8", "::1"])
    let peer = input.line()
    let fields = input.fieldValues()
    let client = proxies.client(of: peer, forwardedFor: fields)
    let hops = fields.flatMap { $0.utf8.split(separator: UInt8(ascii: ",")) }.map {
      String(decoding: $0, as: UTF8.self).trimmingCharacters(in: CharacterSet(charactersIn: " \t"))
    }
    try hold(client == peer || hops.contains(client), "\(client) is somebody who was named")
    try hold(client == peer || client.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }, "an address")

    // Our proxy appends the address it sees: nothing in front of it may matter.
    for seen in ["203.0.113.9", "2001:db8::9"] {
      var chain = fields
      chain[chain.count - 1] += ", \(seen)"
      try hold(
        proxies.client(of: "10.0.0.1", forwardedFor: chain) == seen, "a stranger can't hide behind \(chain)")
      try hold(
        proxies.client(of: "10.0.0.1", forwardedFor: fields + [seen]) == seen,
        "a stranger can't hide behind \(fields)")
    }
  }

  /// `Origin` and `Sec-Fetch-Site`: only our own pages, or the very host that was asked.
  static let origins = FuzzTarget(
    "origins",
    seeds: [
      "https://c.example\nc.example\n", "https://C.example\nc.example\nsame-origin", "null\n\nnone",
      "http://a:80\na:80\n", "https://c.example.evil\nc.example\n", "\n\ncross-site",
    ],
    words: [
      "https://", "http://", "c.example", "null", "same-origin", "same-site", "cross-site", ":443", "@",
    ]
  ) { input in
    let (origin, host, site) = (input.line(), input.line(), input.line())
    var request = HTTPRequest(method: .post, path: "/", headers: ["host": host])
    if !origin.isEmpty { request.headers.append("Origin", origin) }
    if !site.isEmpty { request.headers.append("Sec-Fetch-Site", site) }
    let isElsewhere = CrossSite.comesFromElsewhere(request, publicURL: "https://c.example")
    if !site.isEmpty, site != "same-origin", site != "none" { try hold(isElsewhere, "\(site) isn't here") }
    guard !isElsewhere, !origin.isEmpty, origin != "null" else { return }
    let ours = ["https://c.example", "http://\(host.lowercased())", "https://\(host.lowercased())"]
    try hold(ours.contains(origin), "\(origin) isn't ours")
    request.headers.set("host", "c.example")
    request.headers.set("origin", "https://x\(origin.dropFirst(8))")
    try hold(
      CrossSite.comesFromElsewhere(request, publicURL: "https://c.example"), "another host isn't ours")
  }
}
