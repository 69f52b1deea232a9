import HTTPServer

/// What an `Accept` field asks for, as far as this service has a choice: a page or JSON.
struct Accept {
  enum Preference: Equatable {
    case page
    case json
    /// Anything goes, or neither was named.
    case either
  }

  private(set) var preferred = Preference.either

  init(_ request: HTTPRequest) {
    self.init(request.headers["accept"] ?? "")
  }

  /// The higher quality wins; of equal ones the first. `*/*` alone is no preference.
  init(_ field: String) {
    var best = 0
    for range in field.utf8.split(separator: UInt8(ascii: ",")) {
      let parts = range.split(separator: UInt8(ascii: ";"))
      guard let name = parts.first, let preference = Accept.preference(of: name) else { continue }
      let quality = Accept.quality(of: parts.dropFirst())
      if quality > best { (best, preferred) = (quality, preference) }
    }
  }

  private static func preference(of range: Substring.UTF8View) -> Preference? {
    let name = String(Substring(range)).trimmed.lowercased()
    switch name {
    case "text/html", "application/xhtml+xml": return .page
    case "application/json", "application/problem+json": return .json
    default: return nil
    }
  }

  /// In thousandths; 1,000 where nothing is said, 0 for what can't be read.
  private static func quality(of parameters: ArraySlice<Substring.UTF8View>) -> Int {
    for parameter in parameters {
      let text = String(Substring(parameter)).trimmed.lowercased()
      guard text.hasPrefix("q=") else { continue }
      guard let value = Double(text.dropFirst(2)), (0...1).contains(value) else { return 0 }
      return Int(value * 1_000)
    }
    return 1_000
  }
}

extension String {
  /// The elements of a field that is a list, trimmed. Parted at bytes: a character may hide its comma, as U+0600
  /// does with the one behind it.
  var commaSeparated: [String] {
    utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)).trimmed }
  }

  /// Without blanks and tabs at either end.
  var trimmed: String {
    var rest = self[...]
    while let first = rest.first, first == " " || first == "\t" { rest = rest.dropFirst() }
    while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
    return String(rest)
  }
}
