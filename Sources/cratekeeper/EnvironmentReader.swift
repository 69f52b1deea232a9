/// What is wrong with a value and what to do; never the value itself, which may be a secret.
struct Mistake: Error, Equatable {
  let message: String

  init(_ message: String) { self.message = message }

  static func number(_ text: String, in range: ClosedRange<Int>) throws(Mistake) -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw Mistake("use a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  static func nonEmpty(_ text: String) throws(Mistake) -> String {
    guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw Mistake("it holds a space or a character that no such value has; copy it again")
    }
    return text
  }
}

/// Every mistake of a configuration, one a line.
struct ConfigurationMistakes: Error, CustomStringConvertible {
  let mistakes: [(variable: String, mistake: Mistake)]

  var description: String {
    let lines = mistakes.map { "  \($0.variable): \($0.mistake.message)" }
    return "the configuration has \(mistakes.count == 1 ? "a mistake" : "\(mistakes.count) mistakes"):\n"
      + lines.joined(separator: "\n")
      + "\n`env.sample` says for each variable what it is and how to make a good value."
  }
}

/// Reads variables one by one and collects what is wrong.
struct EnvironmentReader {
  private let environment: [String: String]
  private(set) var mistakes: [(variable: String, mistake: Mistake)] = []

  init(_ environment: [String: String]) {
    self.environment = environment
  }

  /// The value of a variable, or of its default when it is unset or empty; nil after a mistake.
  mutating func read<Value>(
    _ variable: String, default fallback: String, _ parse: (String) throws(Mistake) -> Value
  ) -> Value? {
    parsed(variable, value(variable) ?? fallback, parse)
  }

  /// The value of a variable that has no good default.
  mutating func require<Value>(
    _ variable: String, help: String, _ parse: (String) throws(Mistake) -> Value
  ) -> Value? {
    guard let text = value(variable) else {
      mistakes.append((variable, Mistake("is not set: \(help)")))
      return nil
    }
    return parsed(variable, text, parse)
  }

  private func value(_ variable: String) -> String? {
    environment[variable].flatMap { $0.isEmpty ? nil : $0 }
  }

  private mutating func parsed<Value>(
    _ variable: String, _ text: String, _ parse: (String) throws(Mistake) -> Value
  ) -> Value? {
    do { return try parse(text) } catch {
      mistakes.append((variable, error))
      return nil
    }
  }
}
