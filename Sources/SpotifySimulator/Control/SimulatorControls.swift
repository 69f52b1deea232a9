import Reactor

// The controls as methods. All of them may be called from any thread.
extension Simulator {
  package var counts: RequestCounts { state.withLock { $0.counts } }

  /// What was asked, oldest first; of one group or of all.
  package func log(_ group: EndpointGroup? = nil) -> [LoggedRequest] {
    state.withLock { state in state.log.filter { group == nil || $0.group == group } }
  }

  /// Forgets the counts, the log and the reasons of failed edits.
  package func resetCounts() { state.withLock { $0.resetCounts() } }

  /// What each answer of the API and the token endpoint waits, or those of one group.
  package func setLatency(_ latency: Duration, group: EndpointGroup? = nil) {
    state.withLock { $0.setLatency(latency, group: group) }
  }

  package func add(_ faults: Fault...) { state.withLock { $0.faults.add(faults) } }
  package func dropFaults() { state.withLock { $0.faults.removeAll() } }

  /// Adds a user, or makes an existing one anew.
  package func add(_ user: SimulatorConfiguration.User) throws { try state.withLock { try $0.add(user) } }

  package func library(of user: String) throws -> LibraryTruth { try state.withLock { try $0.truth(user) } }

  package func follows(of user: String) throws -> FollowTruth {
    try state.withLock { try $0.followTruth(user) }
  }

  /// In the order of the list.
  package func playlists(of user: String) throws -> [PlaylistTruth] {
    try state.withLock { try $0.playlistTruth(user) }
  }

  /// - Parameter artist: an id.
  package func releases(of artist: String) throws -> ReleaseTruth {
    try state.withLock { try $0.releaseTruth(artist) }
  }

  @discardableResult
  package func edit(_ user: String, _ edit: LibraryEdit) throws -> LibraryEdit.Outcome {
    try state.withLock { state throws(SimulatorError) in try state.edit(user, edit) }
  }

  /// Edits just before the nth request of `group` from now on is answered.
  package func edit(_ user: String, _ edit: LibraryEdit, before nth: Int, of group: EndpointGroup) throws {
    try state.withLock { try $0.trigger(.tracks(user: user, edit), group, nth) }
  }

  @discardableResult
  package func edit(_ user: String, _ edit: FollowEdit) throws -> FollowEdit.Outcome {
    try state.withLock { state throws(SimulatorError) in try state.edit(user, edit) }
  }

  package func edit(_ user: String, _ edit: FollowEdit, before nth: Int, of group: EndpointGroup) throws {
    try state.withLock { try $0.trigger(.following(user: user, edit), group, nth) }
  }

  @discardableResult
  package func edit(_ user: String, _ edit: PlaylistEdit) throws -> PlaylistEdit.Outcome {
    try state.withLock { state throws(SimulatorError) in try state.edit(user, edit) }
  }

  package func edit(_ user: String, _ edit: PlaylistEdit, before nth: Int, of group: EndpointGroup) throws {
    try state.withLock { try $0.trigger(.playlists(user: user, edit), group, nth) }
  }

  /// Albums come out.
  @discardableResult
  package func release(_ edit: ReleaseEdit) throws -> ReleaseEdit.Outcome {
    try state.withLock { state throws(SimulatorError) in try state.release(edit) }
  }

  package func release(_ edit: ReleaseEdit, before nth: Int, of group: EndpointGroup) throws {
    try state.withLock { try $0.trigger(.release(edit), group, nth) }
  }

  @discardableResult
  package func edit(_ user: String, _ edit: PlayerEdit) throws -> PlayerTruth {
    try state.withLock { state throws(SimulatorError) in try state.edit(user, edit) }
  }

  package func edit(_ user: String, _ edit: PlayerEdit, before nth: Int, of group: EndpointGroup) throws {
    try state.withLock { try $0.trigger(.player(user: user, edit), group, nth) }
  }

  package func player(of user: String) throws -> PlayerTruth {
    try state.withLock { try $0.playerTruth(user) }
  }

  /// - Parameter allowlist: whom Development Mode lets in; nil: the first five users.
  package func setMode(_ mode: QuotaMode, allowlist: [String]? = nil) {
    state.withLock { $0.setMode(mode, allowlist: allowlist) }
  }

  package func advanceClock(seconds: Int) { state.withLock { $0.clockOffset += seconds } }

  package func setRefreshAnswer(_ answer: RefreshAnswer) {
    state.withLock { $0.configuration.refreshAnswer = answer }
  }

  package func setAccessTokenLifetime(seconds: Int) {
    state.withLock { $0.configuration.accessTokenSeconds = seconds }
  }

  /// Every token that was given out or shown, for tests that look for them where they mustn't be.
  package var tokens: [String] { state.withLock { $0.tokens.all } }

  /// Every authorization code that was given out, and every PKCE verifier that came with one, for the same.
  package var handshakes: [String] { state.withLock { Array($0.tokens.handshakes) } }

  /// The user takes the app's access away.
  package func revoke(_ user: String, accessTokens: Bool = false) throws {
    try state.withLock { try $0.revoke(user, accessTokens: accessTokens) }
  }

  /// Parks the requests of `group`, from the nth on, until ``release(_:count:keepHolding:)``.
  package func hold(_ group: EndpointGroup, fromNth: Int = 1, user: String? = nil) {
    parking.hold(group, fromNth: fromNth, user: user)
  }

  @discardableResult
  package func release(_ group: EndpointGroup? = nil, count: Int? = nil, keepHolding: Bool = false) -> Int {
    parking.release(group, count: count, keepsHolding: keepHolding)
  }

  package func held(_ group: EndpointGroup? = nil) -> Int { parking.count(group) }

  /// Suspends until at least `atLeast` requests are parked.
  ///
  /// - Throws: ``SimulatorError`` when that takes longer than `timeout`.
  package func waitUntilHeld(
    _ group: EndpointGroup? = nil, atLeast: Int = 1, timeout: Duration = .seconds(30)
  ) async throws {
    guard await parking.waitUntilHeld(group, atLeast: atLeast, timeout: timeout, on: reactor) else {
      throw SimulatorError("\(parking.count(group)) requests are held, not \(atLeast)")
    }
  }
}
