import Web

/// `LIMIT_…`: how much a caller may ask for.
extension CallerLimits {
  /// Nil after a mistake, which the reader keeps.
  init?(reading reader: inout EnvironmentReader) {
    let standard = CallerLimits()
    let signIns = CallerLimits.number("LIMIT_SIGN_INS", standard.signIns, &reader)
    let changes = CallerLimits.number("LIMIT_CHANGES", standard.changes, &reader)
    let reads = CallerLimits.number("LIMIT_READS", standard.reads, &reader)
    let atOnce = CallerLimits.number("LIMIT_AT_ONCE", standard.atOnce, &reader)
    let lease = reader.read("LIMIT_LEASE_SECONDS", default: "\(standard.lease.components.seconds)") {
      text throws(Mistake) in Duration.seconds(try Mistake.number(text, in: 1...3_600))
    }
    guard let signIns, let changes, let reads, let atOnce, let lease else { return nil }
    self.init()
    self.signIns = signIns
    self.changes = changes
    self.reads = reads
    self.atOnce = atOnce
    self.lease = lease
  }

  private static func number(
    _ variable: String, _ standard: Int, _ reader: inout EnvironmentReader
  ) -> Int? {
    reader.read(variable, default: "\(standard)") { text throws(Mistake) in
      try Mistake.number(text, in: 0...1_000_000_000)
    }
  }
}
