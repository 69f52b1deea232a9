/// Something that happens at Spotify behind the client's back.
enum Change: Sendable {
  case tracks(user: String, LibraryEdit)
  case following(user: String, FollowEdit)
  case playlists(user: String, PlaylistEdit)
  case release(ReleaseEdit)
  case player(user: String, PlayerEdit)
}

/// A change that waits for the nth request of a group.
struct ChangeTrigger: Sendable {
  let change: Change
  let group: EndpointGroup
  var remaining: Int
}

extension SimulatorState {
  /// Does it at once.
  ///
  /// - Returns: what came of it.
  mutating func perform(_ change: Change) throws(SimulatorError) -> any Encodable & Sendable {
    switch change {
    case .tracks(let user, let edit): try self.edit(user, edit)
    case .following(let user, let edit): try self.edit(user, edit)
    case .playlists(let user, let edit): try self.edit(user, edit)
    case .release(let edit): try release(edit)
    case .player(let user, let edit): try self.edit(user, edit)
    }
  }

  /// Does it just before the nth request of `group` from now on is answered.
  mutating func trigger(_ change: Change, _ group: EndpointGroup, _ nth: Int) throws(SimulatorError) {
    switch change {
    case .tracks(let user, _), .following(let user, _), .playlists(let user, _), .player(let user, _):
      _ = try known(user)
    case .release: break
    }
    triggers.append(ChangeTrigger(change: change, group: group, remaining: max(1, nth)))
  }

  mutating func edit(_ user: String, _ edit: LibraryEdit) throws(SimulatorError) -> LibraryEdit.Outcome {
    let account = try known(user)
    var library = library(account)
    // Held twice, every row would be copied.
    accounts[account].library = nil
    let result = Result { () throws(SimulatorError) in
      try library.apply(edit, now: now, catalogue: catalogue)
    }
    accounts[account].library = library
    return try result.get()
  }

  mutating func edit(_ user: String, _ edit: FollowEdit) throws(SimulatorError) -> FollowEdit.Outcome {
    let account = try known(user)
    var follows = follows(account)
    let outcome = try follows.apply(edit, catalogue: catalogue)
    accounts[account].follows = follows
    return outcome
  }

  mutating func edit(_ user: String, _ edit: PlaylistEdit) throws(SimulatorError) -> PlaylistEdit.Outcome {
    let account = try known(user)
    var shelf = shelf(account)
    let outcome = try shelf.apply(edit, now: now, catalogue: catalogue)
    accounts[account].shelf = shelf
    return outcome
  }

  mutating func release(_ edit: ReleaseEdit) throws(SimulatorError) -> ReleaseEdit.Outcome {
    try orderedReleases.apply(edit, now: now, catalogue)
  }

  func known(_ user: String) throws(SimulatorError) -> Int {
    guard let account = account(user) else {
      throw SimulatorError(user.isEmpty ? "user is missing" : "no such user: \(user)")
    }
    return account
  }
}
