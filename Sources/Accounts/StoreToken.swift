import Domain
import Logging
import Reactor
import Storage

/// Writes a new token down, however often that takes and whatever is in the way, for up to a day: Spotify may have
/// ended the old refresh token, and nobody else has the new one.
struct StoreToken: Sendable {
  let grants: Grants
  let reactor: Reactor
  let traffic: RefreshTraffic
  let logger: Logger
  /// How long whoever wants the token waits for that. It goes on without them.
  let patience: Duration

  /// What is in the way for longer is no outage.
  private static let longest = Duration.seconds(24 * 3_600)

  /// - Returns: false when somebody else stored another version.
  /// - Throws: `accountGone`, or what is in the way after `patience`. Then it is tried on, and until its end nobody in
  ///   this process asks Spotify for another token of that user's.
  func callAsFunction(
    _ tokens: Grants.SealedTokens, scopes: [String]?, insteadOf grant: Grant
  ) async throws(AccountError) -> Bool {
    do throws(AccountError) {
      return try await keepTrying(until: .now + patience, tokens, scopes, grant)
    } catch {
      // With the account the connection has gone.
      guard error.code != .accountGone else { throw error }
      logger.error(
        "a new token is not stored yet; this process keeps it and goes on trying", fields(grant, error))
      traffic.storeLate(grant.user, on: reactor) {
        do throws(AccountError) {
          let isStored = try await keepTrying(until: .now + StoreToken.longest, tokens, scopes, grant)
          logger.notice(
            "a new token was stored at last", ["user": grant.user.rawValue, "stored": isStored])
        } catch {
          guard error.code != .accountGone else { return }
          logger.error("a new token could not be stored and is lost", fields(grant, error))
        }
      }
      throw error
    }
  }

  private func keepTrying(
    until end: ContinuousClock.Instant, _ tokens: Grants.SealedTokens, _ scopes: [String]?, _ grant: Grant
  ) async throws(AccountError) -> Bool {
    var (pause, told) = (Duration.milliseconds(250), Set<String>())
    while true {
      do throws(AccountError) {
        return try await stored { () throws(StorageError) in
          try await grants.endRefresh(
            of: grant.user, version: grant.tokenVersion, tokens: tokens, scopes: scopes)
        }
      } catch {
        guard error.code != .accountGone, .now < end else { throw error }
        if told.insert(error.message).inserted {
          logger.warning("a new token could not be stored; trying again", fields(grant, error))
        }
      }
      // Nobody cancels this task but the end of the process: whoever waits for the token only waits.
      do { try await reactor.sleep(for: pause) } catch {
        throw AccountError(.cancelled, "the process ended")
      }
      pause = min(pause * 2, .seconds(4))
    }
  }

  private func fields(_ grant: Grant, _ error: AccountError) -> LogFields {
    ["user": grant.user.rawValue, "error": error.message]
  }
}
