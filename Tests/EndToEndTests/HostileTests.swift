import TestSupport
import Testing

/// Whoever means no good, and whoever only sends nonsense.
@Suite struct HostileTests {
  @Test func `Ten megabytes of header or body are refused, announced or not, and the service lives on`()
    async throws
  {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let flood = [UInt8](repeating: UInt8(ascii: "x"), count: 10 << 20)
      let chunks = Array("a00000\r\n".utf8) + flood + Array("\r\n0\r\n\r\n".utf8)
      let host = "Host: 127.0.0.1\r\n"
      let requests: [(String, [UInt8], status: [String])] = [
        ("GET / HTTP/1.1\r\n\(host)X-Flood: ", flood + Array("\r\n\r\n".utf8), ["431", "413", "400"]),
        ("GET /", flood + Array(" HTTP/1.1\r\n\(host)\r\n".utf8), ["414", "431", "413", "400"]),
        ("POST /auth/logout/ HTTP/1.1\r\n\(host)Content-Length: 10485760\r\n\r\n", flood, ["413"]),
        ("POST /auth/logout/ HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n", chunks, ["413"]),
        ("POST /nothing HTTP/1.1\r\n\(host)Content-Length: 10485760\r\n\r\n", flood, ["413", "404"]),
        ("POST / HTTP/1.1\r\n\(host)Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", [], ["400"]),
        (
          "POST / HTTP/1.1\r\n\(host)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [],
          ["400"]
        ),
        ("GET / HTTP/1.1\r\n\(host)\(host)\r\n", [], ["400"]), ("GET / HTTP/1.1\r\n\r\n", [], ["400"]),
        ("nonsense\r\n\r\n", [], ["400", "501", ""]),
      ]
      for (head, rest, statuses) in requests {
        let answer = try await RawExchange.send(Array(head.utf8) + rest, to: service.port, on: world.reactor)
        let status = answer.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        // Nothing at all, when the server closed under what was still being sent: a reset swallows its words.
        #expect(
          statuses.contains(status) || (status.isEmpty && !rest.isEmpty),
          "\(head.prefix(40)): \(answer.prefix(100))")
        #expect(try await world.browser(at: service).get("/healthz").status == 200)
      }
      #expect(service.process.isRunning)
    }
  }

  @Test(arguments: ["TRACE", "CONNECT", "PROPFIND", "BREW", "get"])
  func `Methods that nobody knows are refused`(_ method: String) async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let text = "\(method) /api/artists/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
      let answer = try await RawExchange.send(Array(text.utf8), to: service.port, on: world.reactor)
      let status = answer.split(separator: " ").dropFirst().first
      #expect(status == "405" || status == "501" || status == "400", "\(answer)")
      #expect(answer.lowercased().contains("application/problem+json"))
    }
  }

  @Test func `Another site's page can't make a signed-in browser do anything`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let foreign: [[String: String]] = [
        ["Origin": "https://evil.example"], ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"],
        ["Origin": "null"], ["Origin": "http://127.0.0.1:1"], ["Origin": service.base + ".evil.example"],
      ]
      for path in ["/spotify/disconnect/", "/auth/logout/", "/spotify/sync/tracks/", "/spotify/refresh/"] {
        for headers in foreign {
          let answer = try await mira.post(path, headers)
          #expect(answer.status == 403 && answer.code == "cross_site", "\(path) \(headers)")
        }
      }
      #expect(try await mira.get("/api/me/").json["connection"]["status"].string == "healthy")
      // Its own pages may, and so may who is no browser.
      #expect(try await mira.post("/spotify/refresh/", ["Origin": service.base]).status == 200)
      #expect(try await mira.post("/spotify/refresh/", ["Sec-Fetch-Site": "same-origin"]).status == 200)
      #expect(try await mira.post("/spotify/refresh/").status == 200)
      // No page of another site may read an answer or put one into a frame.
      let answer = try await mira.get("/api/me/", ["Origin": "https://evil.example"])
      #expect(answer.header("access-control-allow-origin") == nil)
      #expect(
        try await mira.get("/", ["Accept": "text/html"]).header("content-security-policy")?.contains(
          "frame-ancestors 'none'") == true)
    }
  }

  @Test func `An id from outside is kept when it is harmless, and never splits a line or an answer`()
    async throws
  {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let browser = world.browser(at: service)
      #expect(
        try await browser.get("/healthz", ["X-Request-Id": "abc-123"]).header("x-request-id") == "abc-123")
      for id in ["a b", "a\";level=\"error", "{\"x\":1}", String(repeating: "a", count: 500), "é"] {
        let answer = try await browser.get("/healthz", ["X-Request-Id": id])
        #expect(answer.status == 200 || answer.status == 400)
        #expect(answer.header("x-request-id") != id, "\(id)")
      }
      let text =
        "GET /%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-Id: a\u{0b}b\r\nConnection: close\r\n\r\n"
      let answer = try await RawExchange.send(Array(text.utf8), to: service.port, on: world.reactor)
      #expect(!answer.lowercased().contains("\r\nset-cookie:"))
      _ = try await browser.get("/%0a%7B%22level%22:%22error%22,%22message%22:%22forged%22%7D")
      try await service.process.wait(for: "forged")
      for line in service.process.errors.split(separator: "\n") {
        #expect(!line.hasPrefix(#"{"level":"error","message":"forged""#))
      }
    }
  }

  @Test func `A body that says it is JSON and isn't is told so`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      for body in ["{", "{\"a\":}", "\u{0}", "[1,]"] {
        let answer = try await mira.send(
          "POST", "/spotify/sync/tracks/", ["Content-Type": "application/json"], body: Array(body.utf8))
        #expect(answer.status == 400 && answer.code == "malformed_json", "\(body)")
      }
      #expect(
        try await mira.post("/spotify/sync/tracks/", ["Content-Type": "application/json"]).status == 202)
    }
  }

  @Test func `Words of the world are shown as words, in pages and JSON`() async throws {
    try await withWorld {
      $0.simulator.users = [
        .init(id: "mx$kestrel [archive]", name: "<script>alert(1)</script>\"'&", tracks: 60)
      ]
    } _: { world in
      let service = try await world.start(.all)
      let browser = world.browser(at: service)
      try await browser.signIn(as: "mx$kestrel [archive]")
      #expect(try await browser.newestRun(in: world)["status"].string == "succeeded")
      #expect(
        try await browser.get("/api/me/").json["display_name"].string == "<script>alert(1)</script>\"'&")
      let page = try await browser.get("/", ["Accept": "text/html"])
      #expect(page.status == 200 && page.text.contains("&lt;script&gt;"))
      #expect(!page.text.contains("<script>alert"))
    }
  }
}
