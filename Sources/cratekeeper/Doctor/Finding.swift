/// What was found about one thing: a line of the report.
struct Finding: Sendable, Equatable {
  enum Verdict: String, Sendable, Encodable {
    case ok, warning, problem
    /// Something before it is missing; the message says what.
    case notChecked = "not checked"
  }

  let check: String
  let verdict: Verdict
  /// Never holds a secret.
  let message: String
  /// What to do, or to know; a line each.
  let advice: [String]

  static func ok(_ check: String, _ message: String, _ advice: String...) -> Finding {
    Finding(check: check, verdict: .ok, message: message, advice: advice)
  }

  static func warning(_ check: String, _ message: String, _ advice: String...) -> Finding {
    Finding(check: check, verdict: .warning, message: message, advice: advice)
  }

  static func problem(_ check: String, _ message: String, _ advice: String...) -> Finding {
    Finding(check: check, verdict: .problem, message: message, advice: advice)
  }

  static func notChecked(_ check: String, _ reason: String) -> Finding {
    Finding(check: check, verdict: .notChecked, message: reason, advice: [])
  }
}

extension Finding: Encodable {}
