import Domain
import FoundationEssentials

@testable import Web

extension FuzzTarget {
  /// The API token that somebody wishes for, in JSON or from the page's form: refused with a 400, or one that can be
  /// stored and shown.
  static let newTokens = FuzzTarget(
    "new-tokens",
    seeds: [
      #"j{"name":" a script ","scopes":["sync","read","sync"]}"#, "fname=a+b&scope=read&scope=sync", "j", "f",
      #"j{"name":"\u0000","scopes":["read"]}"#, #"j{"name":"a","scopes":["admin"]}"#,
      "fname=%E2%80%A8&scope=read",
      #"j{"name":"a\u2029b","scopes":["read"]}"#, #"j{"name":"a\tb","scopes":["read"]}"#,
      #"j{"name":1,"scopes":"read"}"#, #"j{"name":null,"scopes":[null]}"#, "j[]", "fname=a&name=b&scope=read",
      "fname=" + String(repeating: "%C3%A9", count: 101) + "&scope=read",
    ],
    words: [
      "\"name\":", "\"scopes\":[", "\"read\"", "\"sync\"", "null", "name=", "&scope=", "read", "sync", "%00",
      "%20",
      "\\u2028", "\\t",
    ]
  ) { input in
    let isJSON = input.byte() == UInt8(ascii: "j")
    let body = input.rest
    let token = try refused { () throws(Problem) in
      if isJSON { return try NewToken(json: body) }
      let form = try Form(body)
      return try NewToken(name: form["name"], scopes: form.all("scope"))
    }
    guard let token else { return }
    try hold((1...100).contains(token.name.unicodeScalars.count), "a name has 1 to 100 characters")
    try hold(token.name == token.name.trimmed, "a name has no blanks around it")
    try hold(
      token.name.unicodeScalars.allSatisfy {
        $0.value >= 0x20 && ![0x7f, 0x2028, 0x2029].contains($0.value)
      },
      "a name is one line: \(token.name)")
    try hold(!token.scopes.isEmpty, "a token is good for something")
    try hold(token.scopes == TokenScope.allCases.filter(token.scopes.contains), "each scope comes once")
    let text = String(decoding: body, as: UTF8.self)
    try hold(
      token.scopes.allSatisfy { text.contains($0.rawValue) || text.contains("\\") || text.contains("%") },
      "no scope is given that nobody asked for: \(token.scopes)")
    let again = try refused { () throws(Problem) in
      try NewToken(name: token.name, scopes: token.scopes.map(\.rawValue))
    }
    try hold(again == token, "what was judged is judged alike once more")
  }
}
