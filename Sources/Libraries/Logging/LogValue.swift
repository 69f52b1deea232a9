/// What a field may hold: text, numbers, booleans and durations, and nothing else.
///
/// No other module can conform a type of its own, so a token or a password in a type for secrets can't be
/// logged: that doesn't compile.
package protocol LogValue: Sendable {
  var logged: LoggedValue { get }
}

/// A value on its way into a line. Only this module can make one.
package struct LoggedValue: Sendable {
  enum Kind {
    case text(String)
    case integer(Int64)
    case number(Double)
    case flag(Bool)
    /// Written in milliseconds.
    case duration(Duration)
  }

  let kind: Kind
}

extension String: LogValue {
  package var logged: LoggedValue { LoggedValue(kind: .text(self)) }
}

extension Int: LogValue {
  package var logged: LoggedValue { LoggedValue(kind: .integer(Int64(self))) }
}

extension Int64: LogValue {
  package var logged: LoggedValue { LoggedValue(kind: .integer(self)) }
}

extension Double: LogValue {
  package var logged: LoggedValue { LoggedValue(kind: .number(self)) }
}

extension Bool: LogValue {
  package var logged: LoggedValue { LoggedValue(kind: .flag(self)) }
}

extension Duration: LogValue {
  package var logged: LoggedValue { LoggedValue(kind: .duration(self)) }
}
