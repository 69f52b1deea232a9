import Domain
import FoundationEssentials
import Redis

/// A sign-in that is under way: what the callback needs to know, kept for ten minutes and given out once.
package struct SignIn: Codable, Sendable, Equatable {
  /// PKCE's verifier, which never leaves the server before the code is traded.
  package let verifier: String
  /// SHA-256 of the cookie of the browser that began, in Base64.
  package let browserHash: String
  /// Where the callback ends; a path of this site.
  package let next: String?
  /// Who was signed in when it began: that account is re-connected, and no other.
  package let user: Int64?

  package init(verifier: String, browserHash: String, next: String?, user: UserID?) {
    self.verifier = verifier
    self.browserHash = browserHash
    self.next = next
    self.user = user?.rawValue
  }
}

/// OAuth states in Redis, so that any instance can finish what another began.
package struct SignInStates: Sendable {
  /// A sign-in that nobody else gets, and how long it would have waited still.
  package struct Taken: Sendable {
    package let signIn: SignIn
    package let timeLeft: Duration
  }

  private let redis: RedisClient
  private let namespace: Namespace

  package static let lifetime = Duration.seconds(600)

  package init(redis: RedisClient, namespace: Namespace) {
    self.redis = redis
    self.namespace = namespace
  }

  /// - Parameter lifetime: less than all of it for one that is given back.
  package func put(
    _ signIn: SignIn, state: String, for lifetime: Duration = lifetime
  ) async throws(CoordinationError) {
    let value: [UInt8]
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    do { value = Array(try encoder.encode(signIn)) } catch {
      throw CoordinationError(.unexpected, "a sign-in could not be written as JSON")
    }
    do throws(RedisError) {
      _ = try await redis.send([
        "SET", RedisArgument(key(state)), RedisArgument(value), "PX",
        RedisArgument(max(1, lifetime.milliseconds)),
      ])
    } catch { throw CoordinationError(error) }
  }

  /// Takes a state: the second taker gets nil, as does everybody after ten minutes.
  package func take(state: String) async throws(CoordinationError) -> Taken? {
    let key = RedisArgument(key(state))
    let replies: [RedisValue]
    do throws(RedisError) {
      replies = try await redis.send(pipeline: [["PTTL", key], ["GETDEL", key]])
    } catch {
      throw CoordinationError(error)
    }
    guard let bytes = replies[1].bytes else { return nil }
    do {
      return Taken(
        signIn: try JSONDecoder().decode(SignIn.self, from: Data(bytes)),
        timeLeft: .milliseconds(replies[0].int ?? 0))
    } catch {
      throw CoordinationError(.unexpected, "a sign-in in Redis is not ours")
    }
  }

  private func key(_ state: String) -> String { namespace.key("sign-in", state) }
}
