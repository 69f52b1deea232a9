import HTTPServer

/// A query's parameters, read once and judged by name. Parameters that nobody asks for are left alone.
struct Query {
  private let items: [QueryItem]

  init(_ request: HTTPRequest) { items = request.queryItems }

  /// The first value of that name.
  subscript(name: String) -> String? { items.first { $0.name == name }?.value }

  /// The value of a parameter that must not come twice (RFC 6749, section 3.1); nil when it doesn't come.
  func only(_ name: String) throws(Problem) -> String? {
    let values = items.filter { $0.name == name }
    guard values.count <= 1 else { throw .invalidParameter(name, "comes more than once") }
    return values.first?.value
  }

  /// Words to search for; nil when there are none.
  func search(_ name: String = "q") throws(Problem) -> String? {
    guard let text = self[name]?.trimmed, !text.isEmpty else { return nil }
    guard text.unicodeScalars.count <= 200 else {
      throw .invalidParameter(name, "longer than 200 characters")
    }
    guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
      throw .invalidParameter(name, "holds a control character")
    }
    return text
  }

  func number(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
    guard let text = self[name] else { return nil }
    // `Int` would take "+5" as well.
    guard text.utf8.count <= 10, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
      range.contains(number)
    else {
      throw .invalidParameter(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func word<Word: RawRepresentable & CaseIterable>(_ name: String) throws(Problem) -> Word?
  where Word.RawValue == String {
    guard let text = self[name] else { return nil }
    guard let word = Word(rawValue: text) else {
      let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalidParameter(name, "must be one of \(words)")
    }
    return word
  }

  /// Where the page begins, as ``Cursor`` has it; nil where the list begins.
  func cursor(of list: String) throws(Problem) -> [UInt8]? {
    try self["cursor"].map { cursor throws(Problem) in try Cursor.decode(cursor, list: list) }
  }

  /// How many elements a page of a list has.
  func limit() throws(Problem) -> Int { try number("limit", in: 1...200) ?? 50 }
}
