import HTTPServer

/// The fields of a form that one of the service's own pages sent: `application/x-www-form-urlencoded`, strictly and
/// within bounds. The route's table has seen to the type.
struct Form {
  private let fields: [QueryItem]

  private static let mostFields = 32
  private static let longest = 8_192

  /// - Throws: 400 `malformed_form` for what no browser sends: fields without `=` or a name, a `%` that encodes
  ///   nothing, NUL, what isn't UTF-8 or printable ASCII before it is decoded, too much of it.
  init(_ body: [UInt8]) throws(Problem) {
    guard body.count <= Form.longest, body.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw Form.malformed
    }
    var fields: [QueryItem] = []
    if !body.isEmpty {
      let pairs = String(decoding: body, as: UTF8.self).split(
        separator: "&", omittingEmptySubsequences: false)
      guard pairs.count <= Form.mostFields else { throw Form.malformed }
      for pair in pairs { fields.append(try Form.field(pair)) }
    }
    self.fields = fields
  }

  /// The value of the only field of that name; nil when there is none, or several.
  subscript(name: String) -> String? {
    let values = all(name)
    return values.count == 1 ? values[0] : nil
  }

  /// The values of all fields of that name, as boxes that are ticked send them.
  func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

  private static func field(_ pair: Substring) throws(Problem) -> QueryItem {
    guard let equals = pair.firstIndex(of: "="),
      let name = PercentDecoding.strictly(pair[..<equals], isForm: true), !name.isEmpty,
      let value = PercentDecoding.strictly(pair[pair.index(after: equals)...], isForm: true)
    else { throw malformed }
    return QueryItem(name: name, value: value)
  }

  private static let malformed = Problem(
    400, "malformed_form", "the body is no form, although its Content-Type says so")
}
