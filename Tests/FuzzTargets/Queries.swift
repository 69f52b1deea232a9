import Domain
import HTTPServer

@testable import Web

extension FuzzTarget {
  /// What endpoints ask of a query: numbers, words, searches. A refusal is a 400.
  static let queries = FuzzTarget(
    "queries",
    seeds: [
      "limit=50&kind=tracks&q=+two+words+", "limit=0", "limit=00000000001", "limit=%2B5", "limit=201&limit=1",
      "limit=99999999999999999999", "q=%00", "q=%C2%85", "kind=", "kind=Tracks", "status=running",
    ],
    words: ["limit=", "q=", "kind=", "status=", "%20", "%0A", "tracks", "playlists", "succeeded", "-1", "+"]
  ) { input in
    let query = Query(HTTPRequest(method: .get, path: "/", query: input.text))
    if let limit = try refused({ () throws(Problem) in try query.limit() }) {
      try hold((1...200).contains(limit), "a page has 1 to 200 elements, not \(limit)")
    }
    if case .some(.some(let number)) = try refused({ () throws(Problem) in
      try query.number("n", in: -5...1_000_000)
    }) {
      try hold((0...1_000_000).contains(number), "a number is within its range")
    }
    if case .some(.some(let words)) = try refused({ () throws(Problem) in try query.search() }) {
      try hold((1...200).contains(words.unicodeScalars.count), "a search has 1 to 200 characters")
      try hold(!words.unicodeScalars.contains { $0.value < 0x20 }, "a search holds no control character")
      try hold(words.first != " " && words.last != " ", "a search has no blanks around it")
    }
    _ = try refused { () throws(Problem) in try query.word("kind") as SyncKind? }
    _ = try refused { () throws(Problem) in try query.word("status") as SyncStatus? }
  }

  /// The result; nil for a refusal, which has to be a 400 that can be sent.
  static func refused<Result>(_ body: () throws(Problem) -> Result) throws -> Result? {
    do throws(Problem) { return try body() } catch {
      try hold(error.status == 400, "what a stranger gets wrong is a 400, not \(error.status)")
      return nil
    }
  }

  /// The forms of the service's own pages: refused, or read as a query is, and nothing made up.
  static let pageForms = FuzzTarget(
    "page-forms",
    seeds: [
      "name=a+b&scope=read&scope=sync", "", "a=%C3%A9&b=", "a&b=c", "=a", "a=%zz", "a=%00", "a=%FF", "a=b&&",
    ],
    words: ["name=", "scope=", "read", "%26", "%3D", "%00", "%", "+", "&", "="]
  ) { input in
    let body = input.rest
    let names = body.split(separator: UInt8(ascii: "&")).map { pair in
      QueryItem(decoding: String(decoding: pair, as: UTF8.self)[...]).name
    }
    if let form = try refused({ () throws(Problem) in try Form(body) }) {
      let items = HTTPRequest(method: .post, path: "/", query: input.text).queryItems
      for name in names {
        let values = items.filter { $0.name == name }.map(\.value)
        try hold(form.all(name) == values, "\(name) is \(values), not \(form.all(name))")
        try hold(form[name] == (values.count == 1 ? values[0] : nil), "only what is there once is a value")
        try hold(!name.isEmpty && values.allSatisfy { !$0.utf8.contains(0) }, "no NUL gets through")
      }
    }
    guard !input.text.isEmpty, !input.text.utf8.contains(0), body.count <= 1_000 else { return }
    let field = "\(PercentEncoding.component(input.text))=\(PercentEncoding.component(input.text))"
    let read = try refused { () throws(Problem) in try Form(Array("x=1&\(field)".utf8)) }
    try hold(read?[input.text] == input.text || input.text == "x", "a field comes back: \(input.text)")
  }

  /// `Link` to the next page: exactly one cursor, and it is the next one.
  static let links = FuzzTarget(
    "links",
    seeds: ["limit=5&cursor=old&q=a", "cursor", "%63ursor=old", "a&&b=&cursor=1&cursor=2", "=&%=%"],
    words: ["cursor", "%63", "cursor=", "&", "=", "<", ">", "\""]
  ) { input in
    // What a request line's target can hold.
    let query = String(decoding: input.rest.filter { $0 > 0x20 && $0 < 0x7f && $0 != 0x23 }, as: UTF8.self)
    let next = "n/\u{e9} &x"
    let request = HTTPRequest(method: .get, path: "/p/", query: query)
    let link = ListPage.link(request, on: "https://c.example", "cursor", next, relation: "next")
    try hold(link.hasPrefix("<https://c.example/p/?"), "a link stays on this site: \(link)")
    guard let end = link.firstIndex(of: ">"), link[end...] == ">; rel=\"next\"" else {
      throw Broken(description: "a link can't be broken out of: \(link)")
    }
    guard request.queryItems.count < HTTPRequest.queryItemLimit, let start = link.firstIndex(of: "?") else {
      return
    }
    let led = HTTPRequest(method: .get, path: "/p/", query: String(link[link.index(after: start)..<end]))
    try hold(
      led.queryItems.filter { $0.name == "cursor" }.map(\.value) == [next],
      "a link leads to the next page: \(link)")
    let others = request.queryItems.filter { $0.name != "cursor" }
    try hold(led.queryItems.filter { $0.name != "cursor" } == others, "a link keeps the filters: \(link)")
  }
}
