import Accounts
import HTTPServer
import Testing

@testable import Web

@Suite("What keeps browsers from being used against their people")
struct BrowserSafetyTests {
  @Test(
    "a path of this site may be gone to",
    arguments: [
      "/", "/a", "/?a=b&c=/d", "/a//b", "/é", "/a:b", "/a%2F%2Fb", "/@x", "/.//x", "/http://x",
      "/" + String(repeating: "a", count: 511),
    ])
  func safePaths(path: String) { #expect(SameSitePath.isSafe(path)) }

  @Test(
    "what leads to another site, or might, is refused",
    arguments: [
      "", "a", "//evil.example", "///x", "/\\evil.example", "\\\\x", "/a\\b", "https://evil.example",
      "javascript:x",
      "/\t/evil.example", "/\n/evil.example", "/\r\nx: y", "/a\u{0}", " /", "\t/a", "/a\u{7f}", "/\u{85}x",
      "/" + String(repeating: "a", count: 512),
    ])
  func unsafePaths(path: String) { #expect(!SameSitePath.isSafe(path)) }

  private struct Case {
    let origin: String?
    let site: String?
    var host = "c.example"
    let isElsewhere: Bool
  }

  @Test("the cross-site check believes the browser, whichever of its names the service is asked by")
  func crossSite() {
    let cases = [
      Case(origin: nil, site: nil, isElsewhere: false),
      Case(origin: "https://c.example", site: nil, isElsewhere: false),
      Case(origin: "https://c.example", site: nil, host: "127.0.0.1:8080", isElsewhere: false),
      Case(origin: "https://other.example", site: nil, host: "Other.Example", isElsewhere: false),
      Case(origin: "https://other.example", site: "same-origin", host: "other.example", isElsewhere: false),
      Case(origin: nil, site: "same-origin", isElsewhere: false),
      Case(origin: nil, site: "none", isElsewhere: false),
      Case(origin: "null", site: "same-origin", isElsewhere: false),
      Case(origin: "null", site: nil, isElsewhere: true),
      Case(origin: "https://evil.example", site: nil, isElsewhere: true),
      Case(origin: "https://evil.example", site: "same-origin", isElsewhere: true),
      Case(origin: "https://sub.c.example", site: nil, isElsewhere: true),
      Case(origin: "https://c.example.evil.example", site: nil, isElsewhere: true),
      // Whoever sits on the wire can be that one.
      Case(origin: "http://c.example", site: nil, isElsewhere: true),
      Case(origin: "http://c.example", site: "same-origin", isElsewhere: true),
      Case(origin: "http://other.example", site: nil, host: "other.example", isElsewhere: true),
      Case(origin: "http://127.0.0.1:8080", site: nil, host: "127.0.0.1:8080", isElsewhere: true),
      Case(origin: "https://c.example:8443", site: nil, isElsewhere: true),
      Case(origin: "https://c.example", site: "cross-site", isElsewhere: true),
      Case(origin: "https://c.example", site: "same-site", isElsewhere: true),
      Case(origin: nil, site: "cross-site", isElsewhere: true),
      Case(origin: "", site: nil, isElsewhere: true),
    ]
    for one in cases { expect(one, publicURL: "https://c.example") }
  }

  @Test("over plain http the very host that was asked counts, with either scheme")
  func crossSiteWithoutTLS() {
    let host = "127.0.0.1:8080"
    for (origin, isElsewhere) in [
      ("http://127.0.0.1:8080", false), ("https://127.0.0.1:8080", false), ("http://localhost:8080", false),
      ("http://127.0.0.1:8081", true), ("http://127.0.0.1", true), ("http://c.example", true),
    ] {
      expect(
        Case(origin: origin, site: nil, host: host, isElsewhere: isElsewhere),
        publicURL: "http://localhost:8080")
    }
  }

  private func expect(_ one: Case, publicURL: String) {
    var request = HTTPRequest(method: .post, path: "/", headers: ["host": one.host])
    if let origin = one.origin { request.headers.append("origin", origin) }
    if let site = one.site { request.headers.append("sec-fetch-site", site) }
    #expect(CrossSite.comesFromElsewhere(request, publicURL: publicURL) == one.isElsewhere, "\(one)")
  }

  @Test("only what changes something is checked")
  func unsafeMethods() {
    #expect(HTTPMethod.allCases.filter(\.isUnsafe) == [.post, .put, .patch, .delete])
  }

  @Test("cookies are HttpOnly and Lax, and bound to the host over https")
  func cookies() {
    let state = String(repeating: "Ab-_", count: 11)
    let (plain, secure) = (CookieNames(isSecure: false), CookieNames(isSecure: true))
    #expect(
      plain.set(plain.session, "v", lifetime: .seconds(60))
        == "session=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=60")
    #expect(
      plain.set(plain.signIn(state), "v", lifetime: .seconds(600))
        == "sign_in_Ab-_Ab-_=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=600")
    #expect(
      secure.set(secure.signIn(state), "v", lifetime: .seconds(600))
        == "__Host-sign_in_Ab-_Ab-_=v; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600")
    #expect(
      secure.set(secure.session, "v", lifetime: .seconds(60))
        == "__Host-session=v; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60")
    #expect(
      secure.clear(secure.session) == "__Host-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0")
  }

  @Test("a token counts alone; two sessions, or two tokens, are none")
  func credentials() {
    let (session, other) = (String(repeating: "s", count: 43), String(repeating: "w", count: 43))
    let token = "ck_" + other
    let (asSession, asToken) = (
      Credential.session(SessionToken.hash(session)), Credential.token(APIToken.hash(token))
    )
    let cookie = "session=\(session)"
    let cases: [([(String, String)], Credential?)] = [
      ([], nil), ([("cookie", cookie)], asSession), ([("cookie", "session=short")], nil),
      ([("cookie", "__Host-\(cookie)")], nil), ([("cookie", "\(cookie); session=\(other)")], nil),
      ([("cookie", cookie), ("cookie", "session=\(other)")], nil),
      ([("authorization", "Bearer \(token)")], asToken), ([("authorization", "bEARER   \(token) ")], asToken),
      ([("authorization", "Bearer \(token)"), ("cookie", cookie)], asToken),
      ([("authorization", "Bearer \(session)"), ("cookie", cookie)], .brokenToken),
      ([("authorization", "Bearer"), ("cookie", cookie)], .brokenToken),
      ([("authorization", "Bearer \(token)"), ("authorization", "Bearer \(token)")], .brokenToken),
      ([("authorization", "Bearer CK_\(other)")], .brokenToken),
      ([("authorization", "Basic \(token)")], nil),
      ([("authorization", "Basic x"), ("cookie", cookie)], asSession),
    ]
    for (headers, credential) in cases {
      var request = HTTPRequest(method: .get, path: "/")
      for (name, value) in headers { request.headers.append(name, value) }
      #expect(Credential(request, CookieNames(isSecure: false)) == credential, "\(headers)")
    }
  }

  @Test("what changes something takes its own type of body alone, and none at all")
  func bodies() {
    let cases: [(String?, takesJSON: Bool, takesForm: Bool)] = [
      (nil, false, false), ("", false, false), ("application/json", true, false),
      ("Application/JSON; charset=utf-8", true, false), ("application/problem+json", true, false),
      ("text/plain", false, false), ("text/plain; application/json", false, false),
      ("application/x-www-form-urlencoded", false, true),
      ("application/x-www-form-urlencoded;charset=UTF-8", false, true),
      ("multipart/form-data; boundary=x", false, false), ("application/jsonx", false, false),
    ]
    for (type, takesJSON, takesForm) in cases {
      for method in HTTPMethod.allCases {
        var request = HTTPRequest(method: method, path: "/", body: [0x7B, 0x7D])
        if let type { request.headers.append("content-type", type) }
        for (body, takes) in [(BodyType.json, takesJSON), (.form, takesForm)] {
          #expect(isTaken(request, by: body) == (takes || !method.isUnsafe), "\(method) \(type ?? "-")")
          var empty = request
          empty.body = []
          #expect(isTaken(empty, by: body))
        }
      }
    }
  }

  private func isTaken(_ request: HTTPRequest, by body: BodyType) -> Bool {
    do { try body.check(request) } catch {
      #expect(error.status == 415 && error.code == "unsupported_media_type")
      return false
    }
    return true
  }

  @Test("pages allow no inline script or style, data nothing at all, https stays https")
  func headers() throws {
    let settings = WebSettings(
      publicURL: "https://c.example/", isSecure: true, imageOrigins: ["http://127.0.0.1:9090"])
    let page = try #require(SecurityHeaders.forPages(settings)["content-security-policy"])
    #expect(
      page == "default-src 'none'; script-src 'self'; style-src 'self'; "
        + "img-src 'self' https://i.scdn.co https://*.spotifycdn.com http://127.0.0.1:9090; "
        + "connect-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    #expect(settings.publicURL == "https://c.example")
    let data = SecurityHeaders.forData(settings)
    #expect(data["content-security-policy"]?.hasPrefix("default-src 'none'; frame-ancestors 'none'") == true)
    #expect(data["strict-transport-security"] == "max-age=31536000; includeSubDomains")
    #expect(data["x-content-type-options"] == "nosniff")
    let open = SecurityHeaders.forData(WebSettings(publicURL: "http://127.0.0.1:8080", isSecure: false))
    #expect(open["strict-transport-security"] == nil)
  }

  @Test("the client is the first from the right that is no proxy of ours")
  func proxies() {
    let proxies = TrustedProxies(["10.0.0.0/8", "::1", "192.168.1.128/25", "nonsense", "1.2.3.4/33"])
    #expect(proxies.client(of: "203.0.113.9", forwardedFor: ["198.51.100.1"]) == "203.0.113.9")
    #expect(proxies.client(of: "10.1.2.3", forwardedFor: ["198.51.100.1"]) == "198.51.100.1")
    #expect(proxies.client(of: "::1", forwardedFor: ["6.6.6.6, 198.51.100.1, 10.9.9.9"]) == "198.51.100.1")
    #expect(proxies.client(of: "::1", forwardedFor: ["6.6.6.6", "198.51.100.1"]) == "198.51.100.1")
    #expect(proxies.client(of: "10.1.2.3", forwardedFor: []) == "10.1.2.3")
    #expect(proxies.client(of: "10.1.2.3", forwardedFor: ["\u{600}, 198.51.100.1"]) == "198.51.100.1")
    #expect(proxies.client(of: "10.1.2.3", forwardedFor: ["<script>"]) == "10.1.2.3")
    #expect(proxies.client(of: "192.168.1.200", forwardedFor: ["9.9.9.9"]) == "9.9.9.9")
    #expect(proxies.client(of: "192.168.1.100", forwardedFor: ["9.9.9.9"]) == "192.168.1.100")
    #expect(TrustedProxies([]).isEmpty)
  }

  @Test("a request's id is taken from outside only when it is fit for a log")
  func requestIDs() {
    #expect(
      RequestID.of(HTTPRequest(method: .get, path: "/", headers: ["x-request-id": "a-1_B.2"])) == "a-1_B.2")
    for bad in ["", "a b", "a\"", String(repeating: "a", count: 65), "é"] {
      let id = RequestID.of(HTTPRequest(method: .get, path: "/", headers: ["x-request-id": bad]))
      #expect(id != bad)
      #expect(RequestID.isSane(id))
    }
    let request = HTTPRequest(method: .get, path: "/")
    #expect(RequestID.of(request) != RequestID.of(request))
  }

  @Test("a location holds nothing that a header can't")
  func locations() {
    #expect(PercentEncoding.header("/é?a=b c\"<>#x") == "/%C3%A9?a=b%20c%22%3C%3E#x")
    #expect(PercentEncoding.header("https://a.example/x?y=%20") == "https://a.example/x?y=%20")
    #expect(PercentEncoding.component("a/b c&d") == "a%2Fb%20c%26d")
  }
}
