/// Renders lines in one of the formats.
struct LineWriter: Sendable {
  /// What a line has of its own; a field with such a name gets an underscore behind it.
  private static let reserved = ["time", "level", "message"]

  let format: LogFormat

  /// A whole line with its line break; `context` was made by ``fields(_:)``.
  func line(_ level: LogLevel, _ message: String, context: [UInt8], _ fields: LogFields) -> [UInt8] {
    var line: [UInt8] = []
    line.reserveCapacity(160 + context.count)
    switch format {
    case .json:
      line += Array("{\"time\":\"".utf8)
      Timestamp.appendNow(to: &line)
      line += Array("\",\"level\":\"".utf8)
      line += level.name.utf8
      line += Array("\",\"message\":".utf8)
      appendQuoted(message, to: &line)
    case .text:
      Timestamp.appendNow(to: &line)
      line.append(UInt8(ascii: " "))
      line += level.name.utf8
      line.append(UInt8(ascii: " "))
      LineEscaping.append(message, to: &line)
    }
    line += context
    append(fields, to: &line)
    if format == .json { line.append(UInt8(ascii: "}")) }
    line.append(UInt8(ascii: "\n"))
    return line
  }

  func fields(_ fields: LogFields) -> [UInt8] {
    var bytes: [UInt8] = []
    append(fields, to: &bytes)
    return bytes
  }

  private func append(_ fields: LogFields, to line: inout [UInt8]) {
    for (name, value) in fields.pairs {
      let name = Self.reserved.contains(name) ? name + "_" : name
      switch format {
      case .json:
        line.append(UInt8(ascii: ","))
        appendQuoted(name, to: &line)
        line.append(UInt8(ascii: ":"))
      case .text:
        line.append(UInt8(ascii: " "))
        appendWord(name, to: &line)
        line.append(UInt8(ascii: "="))
      }
      append(value, to: &line)
    }
  }

  private func append(_ value: LoggedValue, to line: inout [UInt8]) {
    switch value.kind {
    case .text(let text): appendWord(text, to: &line)
    case .integer(let number): line += String(number).utf8
    case .number(let number) where number.isFinite: line += "\(number)".utf8
    // JSON has no word for infinity.
    case .number(let number): appendWord("\(number)", to: &line)
    case .flag(let flag): line += (flag ? "true" : "false").utf8
    case .duration(let duration):
      line += "\((duration / .microseconds(1)).rounded() / 1_000)".utf8
      if format == .text { line += Array("ms".utf8) }
    }
  }

  private func appendWord(_ text: String, to line: inout [UInt8]) {
    if format == .text, LineEscaping.isPlain(text) {
      line += text.utf8
    } else {
      appendQuoted(text, to: &line)
    }
  }

  private func appendQuoted(_ text: String, to line: inout [UInt8]) {
    line.append(UInt8(ascii: "\""))
    LineEscaping.append(text, to: &line)
    line.append(UInt8(ascii: "\""))
  }
}
