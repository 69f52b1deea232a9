import HTTPServer
import TestSupport
import Testing

@Suite("A request's values")
struct RequestTests {
  private func request(query: String? = nil, headers: HTTPHeaders = [:]) -> HTTPRequest {
    HTTPRequest(method: .get, path: "/", query: query, headers: headers)
  }

  @Test(
    "are read from cookies as they were sent",
    arguments: [
      ("a=1", "1"), ("b=2; a=1", "1"), ("a=1; a=2", nil), ("a=1; a=1", "1"), ("a=; a=1", nil), ("a=", ""),
      ("a", nil), ("", nil), (";;=;a", nil),
      ("aa=2", nil), ("A=2", nil), (" \ta = 1 ; b=2", "1"), ("a=x=y", "x=y"), ("a=\"q\"", "\"q\""),
      ("a=%41", "%41"), ("b=\";a=1\"", "1\""), ("=a; a=ü", "ü"),
    ] as [(String, String?)])
  func cookies(header: String, value: String?) {
    #expect(request(headers: ["Cookie": header]).cookie("a") == value)
  }

  @Test("are found in the second Cookie header too")
  func twoHeaders() {
    #expect(request(headers: ["cookie": "b=2", "COOKIE": "a=1"]).cookie("a") == "1")
    #expect(request().cookie("a") == nil)
    #expect(request(headers: ["cookie": "a=2", "Cookie": "a=1"]).cookie("a") == nil)
  }

  @Test("are found by how their names begin, in the order they came")
  func cookieNames() {
    let names = request(headers: ["cookie": "a_2=x; b=a_0;a_1=; A_3=y", "Cookie": "a_"])
      .cookieNames(beginning: "a_")
    #expect(names == ["a_2", "a_1"])
  }

  @Test(
    "are read from the query as forms encode them",
    arguments: [
      (nil, []), ("", []), ("&&", []), ("a=1", ["a=1"]), ("a=1&b=2&a=3", ["a=1", "b=2", "a=3"]),
      ("a", ["a="]), ("=x", ["=x"]), ("a=b=c", ["a=b=c"]), ("q=a+b%20c%2B", ["q=a b c+"]),
      ("%61=%C3%A9", ["a=é"]), ("a=%", ["a=%"]), ("a=%4", ["a=%4"]), ("a=%zz%41", ["a=%zzA"]),
      ("a=%FF", ["a=\u{FFFD}"]), ("a=%00", ["a=\0"]), ("a=%%41", ["a=%A"]),
    ] as [(String?, [String])])
  func queries(query: String?, items: [String]) {
    #expect(request(query: query).queryItems.map { "\($0.name)=\($0.value)" } == items)
  }

  @Test("are found by name, and bounded in number")
  func byName() {
    let many = request(query: (0..<10_000).map { "n\($0)=\($0)" }.joined(separator: "&"))
    #expect(many.queryItems.count == HTTPRequest.queryItemLimit)
    #expect(many.queryValue("n7") == "7")
    #expect(many.queryValue("n9999") == nil)
  }

  @Test("never crash on random bytes", arguments: [UInt64.random(in: 0...(.max))])
  func fuzz(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let alphabet = Array("%%&=+;\"a0F \t/ü".unicodeScalars)
    var router = Router<Int>()
    router.add(.get, "/{a}/b", 1)
    for _ in 0..<5_000 {
      var text = ""
      for _ in 0..<(random.next() % 30) {
        text.unicodeScalars.append(alphabet[Int(random.next() % UInt64(alphabet.count))])
      }
      let request = request(query: text, headers: ["cookie": text])
      #expect(request.queryItems.count <= 31, "seed \(seed)")
      _ = request.cookie("a")
      _ = router.match(.get, "/" + text)
    }
  }

  @Test("stand in headers in order, and are found without case")
  func headers() {
    var headers: HTTPHeaders = ["Content-Type": "a", "X": "1"]
    headers.append("x", "2")
    #expect(headers["content-type"] == "a")
    #expect(headers["X"] == "1")
    #expect(headers.all("x") == ["1", "2"])
    #expect(headers["missing"] == nil)
    headers.set("X", "3")
    #expect(headers.fields.map { "\($0.name):\($0.value)" } == ["Content-Type:a", "X:3"])
    headers.remove("content-TYPE")
    headers.append("", "")
    #expect(headers.fields.map { "\($0.name):\($0.value)" } == ["X:3", ":"])
    #expect(headers[""] == "")
    let long = String(repeating: "é", count: 50_000)
    headers.append("long", long)
    #expect(headers["LONG"] == long)
  }

  @Test("carry what a router found")
  func pathParameters() {
    var request = request()
    #expect(request.pathParameters.isEmpty)
    request.pathParameters["id"] = "7"
    #expect(request.pathParameters == ["id": "7"])
  }
}
