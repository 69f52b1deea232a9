import Domain
import Redis

/// Who should work now. The truth about runs is in Postgres; what is lost here comes back from there.
///
/// | key | what |
/// |---|---|
/// | `jobs:interactive:USER`, `jobs:background:USER` | a list of a user's waiting runs |
/// | `ring:interactive`, `ring:background` | users with a waiting run, each once: taken from the left, put back at the right, so that nobody's many runs delay another's one |
/// | `queued` | the set of all waiting runs |
/// | `lease:RUN` | who works on a run, with an expiry |
/// | `jobs` (channel) | a hint that something waits |
package struct JobDispatch: Sendable {
  /// A run that a worker may now claim in Postgres.
  package struct Job: Sendable, Equatable {
    package let user: UserID
    package let run: RunID

    package init(user: UserID, run: RunID) {
      self.user = user
      self.run = run
    }
  }

  private let redis: RedisClient
  private let namespace: Namespace

  /// How long a worker that died keeps its run from the others.
  package static let lease = Duration.seconds(30)

  package init(redis: RedisClient, namespace: Namespace) {
    self.redis = redis
    self.namespace = namespace
  }

  /// The channel on which ``put(_:isInteractive:)`` hints.
  package var channel: String { namespace.key("jobs") }

  /// KEYS: queued, the run's lease, the ring, the user's list, the channel. ARGV: run, user.
  /// Returns 1 when the run waits now, 0 when it waits already or somebody works on it.
  private static let putScript = RedisScript(
    """
    if redis.call('EXISTS', KEYS[2]) == 1 or redis.call('SADD', KEYS[1], ARGV[1]) == 0 then
      return 0
    end
    if redis.call('RPUSH', KEYS[4], ARGV[1]) == 1 then
      redis.call('RPUSH', KEYS[3], ARGV[2])
    end
    redis.call('PUBLISH', KEYS[5], '')
    return 1
    """)

  /// KEYS: queued, the two rings. ARGV: owner, lease in ms, prefix of the interactive lists, of the background
  /// lists, of the leases. Returns {user, run}, or nil when nothing waits.
  private static let takeScript = RedisScript(
    """
    for priority = 1, 2 do
      local ring = KEYS[1 + priority]
      local user = redis.call('LPOP', ring)
      while user do
        local list = ARGV[2 + priority] .. user
        local run = redis.call('LPOP', list)
        if run then
          if redis.call('EXISTS', list) == 1 then
            redis.call('RPUSH', ring, user)
          end
          redis.call('SREM', KEYS[1], run)
          redis.call('SET', ARGV[5] .. run, ARGV[1], 'PX', ARGV[2])
          return {user, run}
        end
        user = redis.call('LPOP', ring)
      end
    end
    return nil
    """)

  /// KEYS: the lease. ARGV: owner, lease in ms. Returns 1 while the owner holds it. A lease that is gone is
  /// taken again: Redis was wiped or restarted, and the epoch in Postgres still keeps a second worker out.
  private static let renewScript = RedisScript(
    """
    local holder = redis.call('GET', KEYS[1])
    if holder and holder ~= ARGV[1] then
      return 0
    end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1
    """)

  /// KEYS: the lease. ARGV: owner. Returns 1 when it was the owner's.
  private static let releaseScript = RedisScript(
    """
    if redis.call('GET', KEYS[1]) == ARGV[1] then
      return redis.call('DEL', KEYS[1])
    end
    return 0
    """)

  /// KEYS: queued, the two rings, the user's two lists. ARGV: user.
  private static let forgetScript = RedisScript(
    """
    for priority = 1, 2 do
      for _, run in ipairs(redis.call('LRANGE', KEYS[3 + priority], 0, -1)) do
        redis.call('SREM', KEYS[1], run)
      end
      redis.call('DEL', KEYS[3 + priority])
      redis.call('LREM', KEYS[1 + priority], 0, ARGV[1])
    end
    return 1
    """)

  /// Lets a run wait for a worker. Idempotent.
  ///
  /// - Returns: false when it waits already or somebody works on it.
  @discardableResult
  package func put(_ job: Job, isInteractive: Bool) async throws(CoordinationError) -> Bool {
    let priority = isInteractive ? "interactive" : "background"
    return try await run(
      JobDispatch.putScript,
      keys: [
        namespace.key("queued"), lease(job.run), namespace.key("ring", priority),
        namespace.key("jobs", priority, "\(job.user)"), channel,
      ], ["\(job.run)", "\(job.user)"]) == .integer(1)
  }

  /// The run whose turn it is, leased to `owner`; nil when nothing waits.
  package func take(owner: String, lease: Duration = lease) async throws(CoordinationError) -> Job? {
    let reply = try await run(
      JobDispatch.takeScript,
      keys: [
        namespace.key("queued"), namespace.key("ring", "interactive"), namespace.key("ring", "background"),
      ],
      [
        RedisArgument(owner), RedisArgument(lease.milliseconds),
        RedisArgument(namespace.key("jobs", "interactive", "")),
        RedisArgument(namespace.key("jobs", "background", "")), RedisArgument(namespace.key("lease", "")),
      ])
    return try JobDispatch.job(reply)
  }

  /// Reads what ``takeScript`` returned.
  static func job(_ reply: RedisValue) throws(CoordinationError) -> Job? {
    if reply.isNull { return nil }
    guard let parts = reply.elements, parts.count == 2, let user = parts[0].text.flatMap(Int64.init),
      let run = parts[1].text.flatMap(RunID.init)
    else { throw CoordinationError(.unexpected, "a job in Redis is not ours") }
    return Job(user: UserID(user), run: run)
  }

  /// Keeps a run for `owner`.
  ///
  /// - Returns: false when somebody else has it; what is written in Postgres is fenced all the same.
  package func renew(
    _ run: RunID, owner: String, lease: Duration = lease
  ) async throws(CoordinationError) -> Bool {
    try await self.run(
      JobDispatch.renewScript, keys: [self.lease(run)],
      [RedisArgument(owner), RedisArgument(lease.milliseconds)]) == .integer(1)
  }

  /// Lets go of a run; only the owner's lease is taken away.
  package func release(_ run: RunID, owner: String) async throws(CoordinationError) {
    _ = try await self.run(JobDispatch.releaseScript, keys: [lease(run)], [RedisArgument(owner)])
  }

  /// Takes every run of a user out of the lines, because its row is gone. What is at work stays leased until its
  /// worker notices; what comes in at this moment is dropped by the worker that finds nothing to claim.
  package func forget(_ user: UserID) async throws(CoordinationError) {
    _ = try await run(
      JobDispatch.forgetScript,
      keys: [
        namespace.key("queued"), namespace.key("ring", "interactive"), namespace.key("ring", "background"),
        namespace.key("jobs", "interactive", "\(user)"), namespace.key("jobs", "background", "\(user)"),
      ], ["\(user)"])
  }

  private func lease(_ run: RunID) -> String { namespace.key("lease", "\(run)") }

  private func run(
    _ script: RedisScript, keys: [String], _ arguments: [RedisArgument]
  ) async throws(CoordinationError) -> RedisValue {
    do throws(RedisError) { return try await redis.run(script, keys: keys, arguments: arguments) } catch {
      throw CoordinationError(error)
    }
  }
}

extension Duration {
  var milliseconds: Int64 {
    components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
  }
}
