extension SimulatorState {
  /// A user's player: a device with the newest saved track, paused.
  mutating func player(_ account: Int) -> Player {
    if let player = accounts[account].player { return player }
    let player = Player(queue: savedQueue(account))
    accounts[account].player = player
    return player
  }

  mutating func edit(_ user: String, _ edit: PlayerEdit) throws(SimulatorError) -> PlayerTruth {
    let account = try known(user)
    var player = player(account)
    player.isPremium = edit.isPremium ?? player.isPremium
    player.hasDevice = edit.hasDevice ?? player.hasDevice
    switch edit.plays {
    case nil: break
    case .track: player.load(savedQueue(account), from: 0, context: nil)
    case .episode: player.load([.episode(17)], from: 0, context: nil)
    case .ad: player.load([.ad], from: 0, context: nil)
    case .unknown: player.load([.unknown], from: 0, context: nil)
    case .nothing:
      player.load([], from: 0, context: nil)
      player.pause(at: microseconds)
    }
    if edit.isPlaying ?? player.isPlaying {
      player.resume(from: edit.progressMs, at: microseconds)
    } else {
      if let progress = edit.progressMs { player.resume(from: progress, at: microseconds) }
      player.pause(at: microseconds)
    }
    accounts[account].player = player
    return truth(player)
  }

  mutating func playerTruth(_ user: String) throws(SimulatorError) -> PlayerTruth {
    truth(player(try known(user)))
  }

  private func truth(_ player: Player) -> PlayerTruth {
    let uri: String? =
      switch player.content {
      case .track(let number): "spotify:track:\(catalogue.trackIDs.text(number))"
      case .episode(let number): "spotify:episode:\(catalogue.episodeIDs.text(number))"
      case .ad, .unknown, nil: nil
      }
    return PlayerTruth(
      isPremium: player.isPremium, hasDevice: player.hasDevice, isPlaying: player.isPlaying, uri: uri,
      context: player.context)
  }

  private mutating func savedQueue(_ account: Int) -> [Player.Content] {
    library(account).entries.prefix(20).compactMap { entry in
      if case .track(let number) = entry.item { .track(number) } else { nil }
    }
  }
}
