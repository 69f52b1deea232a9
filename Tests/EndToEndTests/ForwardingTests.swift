import TestSupport
import Testing

/// That all callers may be one address is told where somebody reads it.
@Suite struct ForwardingTests {
  private static let all = "all callers are one address in the limits"
  private static let unread = "X-Forwarded-For came from an address that TRUSTED_PROXIES doesn't name"

  @Test func `A service over https that believes no proxy says so at its start`() async throws {
    try await withWorld { world in
      let https = [
        "PUBLIC_URL": "https://crates.example",
        "SPOTIFY_REDIRECT_URI": "http://127.0.0.1:8080/spotify/callback/",
      ]
      let open = try await world.start(.serve, https)
      let behind = try await world.start(.serve, https.merging(["TRUSTED_PROXIES": "127.0.0.1"]) { $1 })
      let plain = try await world.start(.serve)
      let worker = try await world.start(.worker, https)
      #expect(open.process.errors.contains(Self.all))
      for other in [behind, plain, worker] { #expect(!other.process.errors.contains(Self.all)) }
    }
  }

  @Test func `A forwarded address that isn't believed is told once`() async throws {
    try await withWorld { world in
      let named = try await world.start(.serve, ["TRUSTED_PROXIES": "127.0.0.1"])
      let other = try await world.start(.serve, ["TRUSTED_PROXIES": "10.0.0.0/8"])
      let none = try await world.start(.serve, ["REACTORS": "2"])
      for service in [named, other, none] {
        for number in 0..<4 {
          let browser = world.browser(at: service)
          #expect(try await browser.get("/healthz").status == 200)
          #expect(try await browser.get("/healthz", ["X-Forwarded-For": "192.0.2.\(number)"]).status == 200)
        }
        #expect(await service.process.terminate() == 0)
        let lines = service.process.errors.split(separator: "\n").filter { $0.contains(Self.unread) }
        #expect(lines.count == (service.port == named.port ? 0 : 1))
        #expect(lines.allSatisfy { $0.contains("127.0.0.1") })
      }
    }
  }
}
