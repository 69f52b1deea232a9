import Domain
import FoundationEssentials

/// An API token that somebody wishes for, judged.
struct NewToken: Sendable, Equatable {
  let name: String
  /// At least one, each once.
  let scopes: [TokenScope]

  static let longestName = 100

  /// - Throws: 400 `invalid_parameter`, naming what is wrong.
  init(name: String?, scopes: [String]?) throws(Problem) {
    self.name = try NewToken.judged(name: name?.trimmed ?? "")
    self.scopes = try NewToken.judged(scopes: scopes ?? [])
  }

  /// - Parameter body: JSON or nothing at all.
  init(json body: [UInt8]) throws(Problem) {
    let wish = body.isEmpty ? Wish(name: nil, scopes: nil) : try NewToken.wish(body)
    try self.init(name: wish.name, scopes: wish.scopes)
  }

  private static func judged(name: String) throws(Problem) -> String {
    guard (1...longestName).contains(name.unicodeScalars.count) else {
      throw .invalidParameter("name", "must have 1 to \(longestName) characters")
    }
    let hasControls = name.unicodeScalars.contains { scalar in
      [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
    }
    guard !hasControls else { throw .invalidParameter("name", "holds a control character") }
    return name
  }

  private static func judged(scopes: [String]) throws(Problem) -> [TokenScope] {
    let known = TokenScope.allCases
    if let other = scopes.first(where: { TokenScope(rawValue: $0) == nil }) {
      throw .invalidParameter("scopes", "there is no scope “\(other.prefix(40))”, only \(words(known))")
    }
    guard !scopes.isEmpty else {
      throw .invalidParameter("scopes", "must name at least one of \(words(known))")
    }
    return known.filter { scopes.contains($0.rawValue) }
  }

  private static func words(_ scopes: [TokenScope]) -> String {
    scopes.map(\.rawValue).joined(separator: ", ")
  }

  private struct Wish: Decodable {
    let name: String?
    let scopes: [String]?
  }

  private static func wish(_ body: [UInt8]) throws(Problem) -> Wish {
    do { return try JSONDecoder().decode(Wish.self, from: Data(body)) } catch {
      guard case .typeMismatch(_, let context)? = error as? DecodingError, let key = context.codingPath.first
      else { throw .invalidParameter("body", "must be an object with a name and scopes") }
      throw .invalidParameter(key.stringValue, "must be a text, and scopes a list of texts")
    }
  }
}
