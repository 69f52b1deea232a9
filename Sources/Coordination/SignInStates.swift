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
  private let redis: RedisClient
  private let namespace: Namespace

  package static let lifetime = Duration.seconds(600)

  package init(redis: RedisClient, namespace: Namespace) {
    self.redis = redis
    self.namespace = namespace
  }

  package func put(_ signIn: SignIn, state: String) async throws(CoordinationError) {
    let value: [UInt8]
    do { value = Array(try JSONEncoder().encode(signIn)) } catch {
      throw CoordinationError(.unexpected, "a sign-in could not be written as JSON")
    }
    do throws(RedisError) {
      _ = try await redis.send([
        "SET", RedisArgument(key(state)), RedisArgument(value), "EX",
        RedisArgument(SignInStates.lifetime.components.seconds),
      ])
    } catch { throw CoordinationError(error) }
  }

  /// Takes a state: the second taker gets nil, as does everybody after ten minutes.
  package func take(state: String) async throws(CoordinationError) -> SignIn? {
    let value: RedisValue
    do throws(RedisError) { value = try await redis.send("GETDEL", key(state)) } catch {
      throw CoordinationError(error)
    }
    guard let bytes = value.bytes else { return nil }
    do { return try JSONDecoder().decode(SignIn.self, from: Data(bytes)) } catch {
      throw CoordinationError(.unexpected, "a sign-in in Redis is not ours")
    }
  }

  private func key(_ state: String) -> String { namespace.key("sign-in", state) }
}
