/// How much a line matters, from least to most.
package enum LogLevel: Int, Sendable, Comparable, CaseIterable {
  /// What only helps to find a fault.
  case debug
  /// What happens in normal work.
  case info
  /// Normal, but worth to be seen: a start, a stop, a configuration.
  case notice
  /// Something went wrong and was dealt with.
  case warning
  /// Something went wrong and somebody should look.
  case error

  /// Reads the names above in any case; nil for anything else.
  package init?(_ name: String) {
    guard let level = Self.allCases.first(where: { $0.name == name.lowercased() }) else { return nil }
    self = level
  }

  package var name: String {
    switch self {
    case .debug: "debug"
    case .info: "info"
    case .notice: "notice"
    case .warning: "warning"
    case .error: "error"
    }
  }

  package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}
