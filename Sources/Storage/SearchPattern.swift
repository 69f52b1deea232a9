extension String {
  /// A search word as an `ILIKE` pattern that finds it anywhere; its own wildcards mean themselves.
  var searchPattern: String {
    let escaped = withoutNUL.map { "%_\\".contains($0) ? "\\\($0)" : String($0) }
    return "%\(escaped.joined())%"
  }
}
