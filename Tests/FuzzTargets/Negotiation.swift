import HTTPServer

@testable import Web

extension FuzzTarget {
  /// `Accept`: a page or JSON.
  static let accepts = FuzzTarget(
    "accepts",
    seeds: [
      "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
      "application/json;q=0.5,text/html;q=0.4",
      "*/*", "application/json; q=1e-3 ; x=y", "text/html;q=nan",
      "text/html;q=2,application/problem+json;q=0",
    ],
    words: ["text/html", "application/json", ";q=", "0.001", "nan", "inf", "0x1p-3", "1e400", "-0", ",", ";"]
  ) { input in
    let field = input.fieldValue
    let preferred = Accept(field).preferred
    try hold(
      Accept(field.uppercased()).preferred == preferred || !field.utf8.allSatisfy { $0 < 0x80 },
      "case doesn't matter in \(field)")
    try hold(Accept("image/png,\(field),x/y;q=1").preferred == preferred, "others don't matter in \(field)")
    try hold(Accept("\(field),text/html;q=0,application/json;q=0").preferred == preferred, "q=0 is no wish")
    if preferred == .either {
      try hold(Accept("\(field),text/html").preferred == .page, "the first wish counts")
    }
  }

  /// `If-None-Match`.
  static let entityTags = FuzzTarget(
    "entity-tags",
    seeds: ["\"0123456789abcdef\"", "W/\"0123456789abcdef\", \"x\"", "*", "\"a,b\"", ",, W/", "W/W/\"x\""],
    words: ["W/", "\"", "*", ",", ", ", "\"0123456789abcdef\"", "\u{600}"]
  ) { input in
    let tag = "\"0123456789abcdef\""
    let list = input.fieldValue
    let matches = EntityTag.matches(tag, list: list)
    if matches {
      try hold(list.contains(tag) || list.contains("*"), "only what is named matches, not \(list)")
    }
    for form in [tag, "W/\(tag)", " \(tag)\t"] {
      try hold(EntityTag.matches(tag, list: "\(list),\(form)"), "a tag is found behind \(list)")
      try hold(EntityTag.matches(tag, list: "\(form),\(list)"), "a tag is found in front of \(list)")
    }
    if !list.isEmpty {
      let request = HTTPRequest(method: .get, path: "/", headers: ["if-none-match": list])
      try hold(EntityTag.matches(tag, request) == matches, "a field is a list")
    }
  }
}
