import HTTPServer
import Storage

/// Refuses with 429 who asks for more than the limits allow.
///
/// Sign-ins count for the address, everything else for the session. A session that this process hasn't seen alive is
/// looked up first, and that counts for the address: who invents sessions pays for them with their own.
func limiting(_ next: @escaping Handler) -> Handler {
  { call in
    guard let rate = Rate(call.route.access, call.request.method),
      let place = try await call.place(at: rate)
    else { return try await next(call) }
    var response = try await next(call)
    if case .stream(let write) = response.body {
      response.body = .stream { client in
        try await write(client)
        withExtendedLifetime(place) {}
      }
    }
    withExtendedLifetime(place) {}
    return response
  }
}

extension Call {
  /// Counts the call for whoever has to answer for it.
  ///
  /// - Returns: nil for a visitor without a session, and without a limit.
  fileprivate func place(at rate: Rate) async throws -> CallerPlace? {
    let limits = services.limitCallers
    if case .signIn = route.access { return try await enter(rate, as: .address(clientAddress)) }
    guard let credential = route.access.needsUser ? try caller() : sessionHash.map(Caller.session) else {
      return nil
    }
    guard let key = CallerKey(credential) else { return nil }
    if !limits.isAlive(key) {
      let address = CallerKey.address(clientAddress)
      let place = try await enter(.reads, as: address)
      guard try await isAlive(credential) else {
        // The endpoint says what it says to a stranger.
        if rate != .reads { try await limits.count(rate, by: address) }
        return place
      }
      limits.noteAlive(key)
      withExtendedLifetime(place) {}
    }
    return try await enter(rate, as: key)
  }

  private func enter(_ rate: Rate, as key: CallerKey) async throws -> CallerPlace? {
    let place = try await services.limitCallers.enter(key)
    try await services.limitCallers.count(rate, by: key)
    return place
  }

  private func isAlive(_ credential: Caller) async throws -> Bool {
    switch credential {
    case .session(let hash): try await services.sessions.user(tokenHash: hash) != nil
    case .user: true
    }
  }
}

extension CallerKey {
  /// - Returns: nil for whoever isn't a caller from outside.
  fileprivate init?(_ credential: Caller) {
    switch credential {
    case .session(let hash): self = .session(hash)
    case .user: return nil
    }
  }
}
