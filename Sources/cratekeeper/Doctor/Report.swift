import FoundationEssentials

/// All that `doctor` found, in the order in which things are set up.
struct Report: Sendable, Encodable {
  let findings: [Finding]
  let requestsToSpotify: Int

  private enum CodingKeys: String, CodingKey {
    case findings
    case requestsToSpotify = "requests_to_spotify"
  }

  var hasProblem: Bool { findings.contains { $0.verdict == .problem } }

  /// A line for each finding, what to do below it, and a sum.
  var text: String {
    let width = findings.map(\.check.count).max() ?? 0
    var lines: [String] = []
    for finding in findings {
      let start = Report.pad(finding.check, width) + Report.pad(finding.verdict.rawValue, 11)
      lines.append(start + Report.line(finding.message))
      for advice in finding.advice {
        lines.append(Report.pad("", width) + Report.pad("", 11) + "→ " + advice)
      }
    }
    return lines.joined(separator: "\n") + "\n\n" + sum
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  private var sum: String {
    let counts = [
      (Finding.Verdict.problem, "problem", "problems"), (.warning, "warning", "warnings"),
      (.notChecked, "not checked", "not checked"),
    ].compactMap { verdict, one, many -> String? in
      let count = findings.count { $0.verdict == verdict }
      return count == 0 ? nil : "\(count) \(count == 1 ? one : many)"
    }
    let requests = requestsToSpotify == 1 ? "1 request" : "\(requestsToSpotify) requests"
    return "\(counts.isEmpty ? "all is well" : counts.joined(separator: ", ")); \(requests) to Spotify"
  }

  /// Servers' own words may hold line ends and what moves a terminal's cursor.
  private static func line(_ text: String) -> String {
    text.unicodeScalars.split { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }.map(String.init)
      .joined(separator: " ")
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count) + 2)
  }
}
