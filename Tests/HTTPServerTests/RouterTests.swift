import HTTPServer
import Testing

@Suite("A router")
struct RouterTests {
  private let router: Router<String> = {
    var router = Router<String>()
    router.add(.get, "/", "home")
    router.add(.get, "/api/artists/", "artists")
    router.add(.get, "/api/artists/{name}/", "artist")
    router.add(.get, "/api/artists/top", "top")
    router.add(.delete, "/api/artists/{id}", "delete artist")
    router.add(.get, "/a/{x}/b/{y}", "two")
    router.add(.post, "/api/artists/", "add")
    return router
  }()

  /// The match in words.
  private func match(_ method: HTTPMethod, _ path: String) -> String {
    switch router.match(method, path) {
    case .found(let value, let parameters):
      value + parameters.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    case .methodNotAllowed(let allow): "405 " + allow.map(\.rawValue).joined(separator: ",")
    case .notFound: "404"
    }
  }

  @Test(
    "finds literals and parameters, with and without a trailing slash",
    arguments: [
      ("/", "home"), ("/api/artists", "artists"), ("/api/artists/", "artists"),
      ("/api/artists/Bj%C3%B6rk", "artist name=Björk"), ("/api/artists/a+b/", "artist name=a+b"),
      ("/api/artists/top/", "top"), ("/api/%61rtists", "artists"), ("/a/1/b/2", "two x=1 y=2"),
      ("/api/artists/AC%2FDC/", "artist name=AC/DC"), ("/api/artists/%2e%2e", "artist name=.."),
    ])
  func found(path: String, expected: String) {
    #expect(match(.get, path) == expected)
  }

  @Test(
    "finds nothing for other paths, broken encoding and hidden NULs",
    arguments: [
      "", "*", "api/artists", "/api", "/api/artists/a/b", "/api//artists", "//api/artists", "/api/artists//",
      "/api/artists/%", "/api/artists/%2", "/api/artists/%zz", "/api/artists/%00", "/api/artists/a%00b",
      "/api/artists/%FF", "/api/artists/%C3", "/API/artists", "/a//b/2", "/api%2Fartists",
    ])
  func notFound(path: String) {
    #expect(match(.get, path) == "404")
  }

  @Test("lets HEAD fall to GET, and a literal without the method give way to a parameter")
  func methods() {
    #expect(match(.head, "/api/artists") == "artists")
    #expect(match(.delete, "/api/artists/top") == "delete artist id=top")
    #expect(match(.post, "/api/artists") == "add")
  }

  @Test("says which methods a path has")
  func notAllowed() {
    #expect(match(.put, "/api/artists/") == "405 GET,HEAD,POST")
    #expect(match(.post, "/api/artists/x") == "405 GET,HEAD,DELETE")
    #expect(match(.options, "/") == "405 GET,HEAD")
  }

  @Test("replaces a route that is added again")
  func replaced() {
    var router = router
    router.add(.get, "/api/artists", "new")
    guard case .found("new", _) = router.match(.get, "/api/artists/") else {
      Issue.record("the old route is still there")
      return
    }
  }
}
