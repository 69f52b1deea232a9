import HTTPServer

/// Refuses with 429 who asks for more than the limits allow.
///
/// Sign-ins count for the address, and their beginnings for its network and for everybody as well; all else for the
/// session or the API token. One that this process hasn't seen alive is looked up first, and that counts for the address:
/// who invents sessions pays for them with their own. Signing out costs a session that is alive nothing. What another
/// site's page embeds uses up no sign-in of its visitor's address.
func limiting(_ next: @escaping Handler) -> Handler {
  { call in
    if call.route.access.isSignIn {
      if CrossSite.isEmbeddedElsewhere(call.request) { throw Problem.crossSite }
      if CrossSite.isFetchedAhead(call.request) { throw Problem.fetchedAhead }
    }
    guard let rate = Rate(call.route.access, call.request.method) else { return try await next(call) }
    let place = try await call.place(at: rate)
    var response: HTTPResponse
    do { response = try await call.holding(place) { try await next(call) } } catch {
      if Problem(error)?.status == 401 { call.forgetCredential() }
      throw error
    }
    // Now it is dead: who comes with it again is a stranger.
    if call.route.charge == .stranger { call.forgetCredential() }
    if let place, case .stream(let write) = response.body {
      response.body = .stream { client in
        try await write(client)
        withExtendedLifetime(place) {}
      }
    }
    withExtendedLifetime(place) {}
    return response
  }
}

/// The pool ends a statement after that (`PostgreSQLConfiguration.statementDeadline`).
private let longestStatement = Duration.seconds(10)

extension Call {
  /// Counts the call for whoever has to answer for it.
  ///
  /// - Returns: nil for a visitor without a credential, without a limit, and for who needs no place.
  fileprivate func place(at rate: Rate) async throws -> CallerPlace? {
    let limits = services.limitCallers
    var left = LimitCallers.patience
    if case .signIn(let step) = route.access {
      let place = try await enter(rate, as: .address(clientAddress), within: &left)
      if step == .begin {
        // Strangers can use up what all strangers have, and not keep anybody from connecting again.
        if let key = credential.flatMap(CallerKey.init),
          try await holding(place, { try await userOfSession() != nil })
        {
          try await limits.count(.beginnings, by: key, within: &left)
        } else {
          try await limits.countBeginning(from: clientAddress, within: &left)
        }
      }
      return place
    }
    guard let key = credential.flatMap(CallerKey.init) else { return nil }
    if !limits.isAlive(key) {
      let address = CallerKey.address(clientAddress)
      let place = try await enter(.reads, as: address, within: &left)
      guard try await holding(place, { try await userIfAny() != nil }) else {
        // The endpoint says what it says to a stranger.
        if rate != .reads { try await limits.count(rate, by: address, within: &left) }
        return place
      }
      limits.noteAlive(key)
      withExtendedLifetime(place) {}
    }
    return route.charge == .stranger ? nil : try await enter(rate, as: key, within: &left)
  }

  /// What the call brings along is dead: the next to bring it is looked up, and pays for that.
  func forgetCredential() {
    if let key = credential.flatMap(CallerKey.init) { services.limitCallers.forget(key) }
  }

  /// Who goes away keeps the place of a statement that may still run in Postgres, for as long as it may.
  fileprivate func holding<Value: Sendable>(
    _ place: CallerPlace?, _ work: () async throws -> Value
  ) async throws -> Value {
    defer {
      if let place, Task.isCancelled {
        services.reactor.schedule(after: longestStatement) {
          withExtendedLifetime(place) {}
        }
      }
    }
    return try await work()
  }

  private func enter(
    _ rate: Rate, as key: CallerKey, within left: inout Duration
  ) async throws -> CallerPlace? {
    let place = try await services.limitCallers.enter(key, within: &left)
    try await services.limitCallers.count(rate, by: key, within: &left)
    return place
  }
}

extension CallerKey {
  /// - Returns: nil for what can't be anybody's.
  fileprivate init?(_ credential: Credential) {
    switch credential {
    case .session(let hash): self = .session(hash)
    case .token(let hash): self = .token(hash)
    case .brokenToken: return nil
    }
  }
}
