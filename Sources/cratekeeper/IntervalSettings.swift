import Domain

/// `SYNC_INTERVAL_…`: how often each kind runs by itself, in seconds.
extension SyncIntervals {
  private static let year = 31_536_000

  /// Nil after a mistake, which the reader keeps.
  init?(reading reader: inout EnvironmentReader) {
    let standard = SyncIntervals.standard
    let shortest = reader.read(
      "SYNC_INTERVAL_SHORTEST", default: "\(standard.shortest.components.seconds)"
    ) { text throws(Mistake) in Duration.seconds(try Mistake.number(text, in: 1...SyncIntervals.year)) }
    let longest = reader.read(
      "SYNC_INTERVAL_LONGEST", default: "\(standard.longest.components.seconds)"
    ) { text throws(Mistake) in
      let longest = Duration.seconds(try Mistake.number(text, in: 1...SyncIntervals.year))
      if let shortest, longest < shortest {
        throw Mistake("is shorter than SYNC_INTERVAL_SHORTEST: use that or more")
      }
      return longest
    }
    var beginnings: [SyncKind: Duration] = [:]
    for kind in SyncKind.allCases {
      // What nobody has set gives way to bounds that somebody has.
      let fallback = max(min(standard[kind], longest ?? standard[kind]), shortest ?? .zero)
      beginnings[kind] = reader.read(
        "SYNC_INTERVAL_\(kind.rawValue.uppercased())", default: "\(fallback.components.seconds)"
      ) { text throws(Mistake) in
        let beginning = Duration.seconds(try Mistake.number(text, in: 0...SyncIntervals.year))
        if beginning > .zero, let shortest, beginning < shortest {
          throw Mistake("is shorter than SYNC_INTERVAL_SHORTEST: lower that, or use 0")
        }
        if let longest, beginning > longest {
          throw Mistake("is longer than SYNC_INTERVAL_LONGEST: raise that, or use 0")
        }
        return beginning
      }
    }
    guard let shortest, let longest, beginnings.count == SyncKind.allCases.count else { return nil }
    self.init(beginnings, shortest: shortest, longest: longest)
  }
}
