/// How a line looks.
package enum LogFormat: String, Sendable, CaseIterable {
  /// An object a line: `time`, `level`, `message`, then the fields. For machines.
  case json
  /// `2026-11-20T08:00:00.000Z info message key=value`. For people.
  case text

  /// Reads `json` or `text` in any case; nil for anything else.
  package init?(_ name: String) { self.init(rawValue: name.lowercased()) }
}
