import Coordination
import Domain
import FoundationEssentials
import Logging
import Secrets
import SpotifyAPI
import Storage
import TokenVault

/// Connects a person's Spotify account: sends the browser to Spotify, and takes it back once.
///
/// Any instance can finish what another began. The state is 256 bits, lives ten minutes, is taken with the read
/// that finds it, and belongs to the browser that began.
package struct ConnectAccount: Sendable {
  /// What the edge needs to send a browser off.
  package struct Beginning: Sendable {
    package let authorizeURL: String
    package let state: String
    /// The value of a short-lived cookie that only the browser which begins gets.
    package let browserToken: String
  }

  /// What came back from Spotify's page.
  package struct Return: Sendable {
    package let state: String?
    package let code: String?
    package let error: String?
    /// Who says so (RFC 9207); Spotify doesn't tell yet.
    package let issuer: String?
    package let browserToken: String?
    package let userAgent: String
    /// The SHA-256 of the session that the browser has now; it ends with the new one's beginning.
    package let oldSession: [UInt8]?

    package init(
      state: String?, code: String?, error: String?, issuer: String? = nil, browserToken: String?,
      userAgent: String, oldSession: [UInt8]?
    ) {
      self.state = state
      self.code = code
      self.error = error
      self.issuer = issuer
      self.browserToken = browserToken
      self.userAgent = userAgent
      self.oldSession = oldSession
    }
  }

  package struct Connection: Sendable {
    package let user: UserID
    /// The new session's token; only its hash is stored.
    package let sessionToken: String
    package let next: String?
  }

  private let states: SignInStates
  private let spotify: SpotifyAccounts
  private let api: SpotifyClient
  private let seal: TokenSeal
  private let users: Users
  private let grants: Grants
  private let sessions: Sessions
  private let runs: SyncRuns
  private let dispatch: JobDispatch
  private let app: AppID
  private let requestedScopes: [String]
  private let logger: Logger
  private let now: @Sendable () -> Date

  package init(
    states: SignInStates, spotify: SpotifyAccounts, api: SpotifyClient, seal: TokenSeal, users: Users,
    grants: Grants, sessions: Sessions, runs: SyncRuns, dispatch: JobDispatch, app: AppID,
    requestedScopes: [String], logger: Logger, now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.states = states
    self.spotify = spotify
    self.api = api
    self.seal = seal
    self.users = users
    self.grants = grants
    self.sessions = sessions
    self.runs = runs
    self.dispatch = dispatch
    self.app = app
    self.requestedScopes = requestedScopes
    self.logger = logger
    self.now = now
  }

  /// Starts a sign-in.
  ///
  /// - Parameters:
  ///   - next: where the callback ends; the caller has checked that it is a path of this site.
  ///   - user: who is signed in already, and re-connects that very account.
  ///   - asksAgain: whether Spotify asks although the person agreed before.
  package func begin(
    next: String?, user: UserID?, asksAgain: Bool = false
  ) async throws(AccountError) -> Beginning {
    let state = RandomToken.make()
    let pkce = PKCE()
    let browserToken = RandomToken.make()
    let signIn = SignIn(
      verifier: pkce.verifier, browserHash: ConnectAccount.hash(browserToken), next: next, user: user)
    do { try await states.put(signIn, state: state) } catch { throw AccountError(error) }
    return Beginning(
      authorizeURL: spotify.authorizeURL(state: state, challenge: pkce.challenge, asksAgain: asksAgain),
      state: state, browserToken: browserToken)
  }

  /// Finishes a sign-in: stores the grant, asks for the first runs and starts a session.
  ///
  /// - Throws: `rateLimited` while Spotify wants to be left alone: then the same can be tried once more.
  package func finish(_ returned: Return) async throws(AccountError) -> Connection {
    let taken = try await takeState(returned)
    let signIn = taken.signIn
    guard returned.issuer.map({ $0 == spotify.issuer }) ?? true else {
      throw AccountError(.stateInvalid, "this answer is another service's, not Spotify's; start again")
    }
    if let error = returned.error {
      throw error == "access_denied"
        ? AccountError(.accessDenied, "you did not allow access to your Spotify account")
        : AccountError(.spotifyUnavailable, "Spotify could not finish the sign-in; try again")
    }
    guard let code = returned.code, !code.isEmpty, code.utf8.count <= 2_048 else {
      throw AccountError(.stateInvalid, "Spotify sent no code; start again")
    }
    let answer = try await exchange(SecretBytes(copying: code.utf8), taken, returned.state)
    guard answer.hasRefreshToken else {
      throw AccountError(.spotifyUnavailable, "Spotify sent no refresh token; try again")
    }
    let profile = try await profile(answer.accessToken)
    try await checkSameAccount(signIn, returned, profile)
    // Whoever deletes the account at this moment, from another window, comes before: this is a new one's beginning.
    for _ in 1...ConnectAccount.mostDeletions {
      if let connection = try await connect(profile, answer, returned, next: signIn.next) {
        return connection
      }
    }
    throw AccountError(.accountGone, "the account was deleted again and again meanwhile")
  }

  private static let mostDeletions = 5

  /// Finds or makes the account, stores the grant, asks for the first runs and starts a session.
  ///
  /// - Returns: nil when the account was deleted in between.
  private func connect(
    _ profile: SpotifyProfile, _ answer: borrowing TokenAnswer, _ returned: Return, next: String?
  ) async throws(AccountError) -> Connection? {
    let user = try await stored { () throws(StorageError) in
      try await sessions.account(
        of: profile.id, displayName: profile.displayName, imageURL: profile.imageURL)
    }
    guard try await unlessGone({ () throws(AccountError) in try await keep(answer, of: user) }) != nil else {
      return nil
    }
    logger.info("connected an account", ["user": user.rawValue])
    await dispatchFirstRuns(of: user)
    // Never the one that the browser came with: that may have been planted there.
    let token = SessionToken.make()
    let session: Void? = try await unlessGone { () throws(AccountError) in
      try await stored { () throws(StorageError) in
        try await sessions.start(
          for: user, tokenHash: SessionToken.hash(token), userAgent: returned.userAgent,
          replacing: returned.oldSession)
      }
    }
    return session.map { Connection(user: user, sessionToken: token, next: next) }
  }

  private func keep(_ answer: borrowing TokenAnswer, of user: UserID) async throws(AccountError) {
    let scopes = answer.scopes ?? requestedScopes
    let expiresAt = now().addingTimeInterval(Double(answer.lifetime.components.seconds))
    var isStored = false
    // Another authorization of the same person at the same moment takes the version: the next is free.
    while !isStored {
      isStored = try await stored { () throws(StorageError) in
        let version = try await grants.nextTokenVersion(of: user)
        let tokens = seal.seal(
          accessToken: answer.accessToken, refreshToken: answer.refreshToken, expiresAt: expiresAt, of: user,
          version: version)
        return try await grants.store(
          tokens, of: user, app: app, scopes: scopes, version: version,
          firstRuns: SyncKind.allowed(by: scopes))
      }
    }
  }

  /// Nil instead of the error that the account is gone.
  private func unlessGone<Value>(
    _ body: () async throws(AccountError) -> Value
  ) async throws(AccountError) -> Value? {
    do { return try await body() } catch {
      guard error.code == .accountGone else { throw error }
      return nil
    }
  }

  private func takeState(_ returned: Return) async throws(AccountError) -> SignInStates.Taken {
    let invalid = AccountError(
      .stateInvalid, "this sign-in is unknown, was used, took over ten minutes, or began in another browser")
    // Nothing else gets near a key of Redis.
    guard let state = returned.state, RandomToken.isWellFormed(state) else { throw invalid }
    // The code can't be traded before the pause is over, and then it can: the state stays where it is.
    if returned.error == nil {
      do { try await spotify.checkPause() } catch { throw ConnectAccount.postponed(error) }
    }
    let taken: SignInStates.Taken?
    do { taken = try await states.take(state: state) } catch { throw AccountError(error) }
    guard let taken, let browserToken = returned.browserToken,
      ConstantTime.areEqual(ConnectAccount.hash(browserToken), taken.signIn.browserHash)
    else { throw invalid }
    return taken
  }

  /// Lets a sign-in be finished after all: Spotify didn't look at its code.
  private func giveBack(_ taken: SignInStates.Taken, _ state: String?) async {
    guard let state else { return }
    do { try await states.put(taken.signIn, state: state, for: taken.timeLeft) } catch {
      logger.warning("a sign-in was not given back", ["error": error.description])
    }
  }

  private static func postponed(_ error: SpotifyError) -> AccountError {
    let known = AccountError(error)
    guard known.code == .rateLimited else { return known }
    let isInTime = known.retryAfter.map { $0 < SignInStates.lifetime } ?? true
    return AccountError(
      .rateLimited,
      isInTime
        ? "Spotify asks this service to wait: load this page again in a while, within ten minutes, or start again"
        : "Spotify asks this service to wait: start again after that",
      retryAfter: known.retryAfter)
  }

  private func exchange(
    _ code: borrowing SecretBytes, _ taken: SignInStates.Taken, _ state: String?
  ) async throws(AccountError) -> TokenAnswer {
    do {
      return try await spotify.exchange(code: code, verifier: taken.signIn.verifier)
    } catch {
      switch error.code {
      case .invalidGrant:
        throw AccountError(.stateInvalid, "Spotify doesn't accept this code any more; start again")
      case .invalidClient: throw AccountError(error)
      case .rateLimited, .quotaExceeded:
        await giveBack(taken, state)
        throw ConnectAccount.postponed(error)
      default:
        logger.warning("a code could not be traded", ["error": error.description])
        throw AccountError(.spotifyUnavailable, "Spotify could not finish the sign-in; try again")
      }
    }
  }

  private func profile(_ token: borrowing SecretBytes) async throws(AccountError) -> SpotifyProfile {
    do {
      do { return try await api.profile(token: token) } catch {
        try await DoubtedRefusal.wait(after: error)
        return try await api.profile(token: token)
      }
    } catch {
      logger.warning("a profile could not be read", ["error": error.description])
      throw error.code == .forbidden
        ? AccountError(
          .accessDenied,
          "Spotify doesn't let this app see your account: in Development Mode its owner has to add you first")
        : AccountError(.spotifyUnavailable, "Spotify could not say who you are; try again")
    }
  }

  /// Who was signed in at the beginning, or is at the end, stays who they are.
  private func checkSameAccount(
    _ signIn: SignIn, _ returned: Return, _ profile: SpotifyProfile
  ) async throws(AccountError) {
    let held = try await stored { () throws(StorageError) -> [SpotifyUserID] in
      var users = signIn.user.map { Set([UserID($0)]) } ?? []
      if let old = returned.oldSession, let user = try await sessions.user(tokenHash: old) {
        users.insert(user)
      }
      var held: [SpotifyUserID] = []
      for user in users { held += try await self.users.spotifyID(of: user).map { [$0] } ?? [] }
      return held
    }
    if held.contains(where: { $0 != profile.id }) {
      throw AccountError(
        .otherAccount, "you are signed in with another Spotify account; sign out to connect this one")
    }
  }

  /// A worker finds the runs by itself within a second; this only saves that second.
  private func dispatchFirstRuns(of user: UserID) async {
    do {
      for run in try await runs.list(of: user, kind: nil, status: .queued, after: nil, limit: 10) {
        try await dispatch.put(JobDispatch.Job(user: user, run: run.id), isInteractive: true)
      }
    } catch {
      logger.warning("first runs were not handed over; they are found later", ["error": "\(error)"])
    }
  }

  private static func hash(_ browserToken: String) -> String {
    Base64URL.encode(SHA256.hash(browserToken))
  }
}
