extension SimulatorState {
  mutating func resetCounts() {
    counts.reset()
    log = []
    failedEdits = []
  }

  mutating func setLatency(_ latency: Duration, group: EndpointGroup?) {
    if let group {
      latencies[group] = latency
    } else {
      configuration.latency = latency
      latencies = [:]
    }
  }

  mutating func setMode(_ mode: QuotaMode, allowlist: [String]?) {
    configuration.mode = mode
    self.allowlist = allowlist
  }

  mutating func revoke(_ user: String, accessTokens: Bool) throws(SimulatorError) {
    guard account(user) != nil else { throw SimulatorError("no such user: \(user)") }
    tokens.revokeAll(of: user, accessTokens: accessTokens, now: microseconds)
  }

  mutating func truth(_ user: String) throws(SimulatorError) -> LibraryTruth {
    guard let account = account(user) else { throw SimulatorError("no such user: \(user)") }
    let library = library(account)
    var truth = LibraryTruth(total: library.total, version: library.version, ids: [], uris: [], addedAt: [])
    for entry in library.entries {
      let key = entry.key(catalogue)
      let isTrack = if case .track = entry.item { true } else { false }
      truth.ids.append(isTrack ? key : nil)
      truth.uris.append(isTrack ? key.map { "spotify:track:\($0)" } : key)
      truth.addedAt.append(Timestamp.text(entry.addedAt))
    }
    return truth
  }
}
