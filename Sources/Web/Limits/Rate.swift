import HTTPServer

/// What is counted by the minute.
enum Rate: UInt8, CaseIterable, Sendable {
  case beginnings, returns, changes, reads

  /// What a route costs; nil where nothing is asked of anybody: what is the same for all, and health.
  init?(_ access: Access, _ method: HTTPMethod) {
    switch access {
    case .anyone: return nil
    case .signIn(.begin): self = .beginnings
    case .signIn(.finish): self = .returns
    case .visitor, .user, .session: self = method.isUnsafe ? .changes : .reads
    }
  }

  /// 0 for none.
  func limit(_ limits: CallerLimits) -> Int {
    switch self {
    case .beginnings, .returns: limits.signIns
    case .changes: limits.changes
    case .reads: limits.reads
    }
  }

  /// How many a process gets at a time, to be used within ``blockLife``: what is read costs no way to Redis, but for a
  /// few a second.
  func block(of limit: Int) -> Int { self == .reads ? max(1, limit / 60) : 1 }

  var blockLife: Duration { self == .reads ? .seconds(1) : .zero }

  /// As Redis' keys have it.
  var word: String {
    switch self {
    case .beginnings: "begin"
    case .returns: "return"
    case .changes: "change"
    case .reads: "read"
    }
  }
}
