/// A statement with its values: `"SELECT name FROM artist WHERE id = \(id)"` binds `$1`.
///
/// A string made at run time can't become SQL: literals are static, and `\(text)` binds. `\(sql: fragment)`
/// puts another statement's text and values in place. One statement each; no `;`, no `$1` of your own.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
  /// With `$1`, `$2`, … where values are bound.
  package let text: String
  package let parameters: [PostgreSQLParameter]
  /// Sent by the simple protocol: several statements, no values.
  let isScript: Bool

  package init(stringLiteral text: StaticString) {
    self.init(text: text.description, parameters: [], isScript: false)
  }

  package init(stringInterpolation: StringInterpolation) {
    self.init(text: stringInterpolation.text, parameters: stringInterpolation.parameters, isScript: false)
  }

  /// A script of any number of statements, read from the program's own resources: migrations.
  ///
  /// The one door for SQL that isn't a literal. Never pass it what came from outside. It runs by the simple
  /// protocol on a connection of its own, as one transaction unless it says otherwise; it can't be part of a
  /// pipeline, and returns no rows: only the last command's tag and number of rows.
  package init(trustedScript text: String) {
    self.init(text: text, parameters: [], isScript: true)
  }

  private init(text: String, parameters: [PostgreSQLParameter], isScript: Bool) {
    self.text = text
    self.parameters = parameters
    self.isScript = isScript
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""
    fileprivate var parameters: [PostgreSQLParameter] = []

    package init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 3 * interpolationCount)
      parameters.reserveCapacity(interpolationCount)
    }

    package mutating func appendLiteral(_ literal: StaticString) {
      literal.withUTF8Buffer { text += String(decoding: $0, as: UTF8.self) }
    }

    package mutating func appendInterpolation<Value: PostgreSQLEncodable>(_ value: Value) {
      parameters.append(PostgreSQLParameter(value, at: text.utf8.count))
      appendPlaceholder()
    }

    /// An overload of its own: the compiler warns of an optional that meets a generic parameter.
    package mutating func appendInterpolation<Value: PostgreSQLEncodable>(_ value: Value?) {
      parameters.append(PostgreSQLParameter(value, at: text.utf8.count))
      appendPlaceholder()
    }

    package mutating func appendInterpolation(sql fragment: SQL) {
      precondition(!fragment.isScript, "a script can't be part of a statement")
      var copied = fragment.text.utf8.startIndex
      for (index, parameter) in fragment.parameters.enumerated() {
        let utf8 = fragment.text.utf8
        let start = utf8.index(utf8.startIndex, offsetBy: parameter.position)
        text += fragment.text[copied..<start]
        copied = utf8.index(start, offsetBy: 1 + String(index + 1).utf8.count)
        var moved = parameter
        moved.position = text.utf8.count
        parameters.append(moved)
        appendPlaceholder()
      }
      text += fragment.text[copied...]
    }

    private mutating func appendPlaceholder() {
      text += "$"
      text += String(parameters.count)
    }
  }
}
