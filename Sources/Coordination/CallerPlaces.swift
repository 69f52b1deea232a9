import Redis

/// How many requests of each caller are under way, on all instances together: an instance leases places, and those
/// of one that died are free again when its lease ends.
///
/// One hash per caller, `places:NAME`, with a field per instance: how many places it has, the number of the call that
/// said so, and when the lease ends in ms. The sum of all is not over the limit, but after leases were lost (Redis was
/// wiped, or away): then what is under way counts all the same, and nothing is added to it.
package struct CallerPlaces: Sendable {
  /// What an instance wants to have of a caller's places.
  package struct Wish: Sendable {
    package let name: String
    /// In all, not in addition; 0 gives all of them back.
    package let count: Int
    /// How many of them are in use: they can't be taken away.
    package let inUse: Int
    /// Higher than that of any earlier wish of this instance: one that is overtaken changes nothing.
    package let order: Int

    package init(name: String, count: Int, inUse: Int = 0, order: Int) {
      self.name = name
      self.count = count
      self.inUse = inUse
      self.order = order
    }
  }

  private let redis: RedisClient
  private let namespace: Namespace
  private let owner: String
  private let lease: Duration
  private let clock: (@Sendable () -> Int64)?

  /// - Parameters:
  ///   - owner: this process, and no other at any time.
  ///   - clock: milliseconds, in place of Redis' time; for tests.
  package init(
    redis: RedisClient, namespace: Namespace, owner: String, lease: Duration,
    clock: (@Sendable () -> Int64)? = nil
  ) {
    self.redis = redis
    self.namespace = namespace
    self.owner = owner
    self.lease = lease
    self.clock = clock
  }

  /// KEYS: the callers' hashes. ARGV[1]: the time in ms, or -1 for Redis' own. ARGV[2]: the owner. ARGV[3]: the limit.
  /// ARGV[4]: the lease in ms. Then for each key: how many are wanted, how many of them are in use, the number of the
  /// call.
  ///
  /// Returns how many places of each key the owner has.
  private static let leaseScript = RedisScript(
    """
    local now = tonumber(ARGV[1])
    if now < 0 then
      local time = redis.call('TIME')
      now = time[1] * 1000 + math.floor(time[2] / 1000)
    end
    local owner, limit, lease = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
    local held = {}
    for index, key in ipairs(KEYS) do
      local first = 2 + 3 * index
      local wanted, used, order = tonumber(ARGV[first]), tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
      local own, last, others = 0, -1, 0
      local entries = redis.call('HGETALL', key)
      for place = 1, #entries, 2 do
        local count, said, ends = string.match(entries[place + 1], '^(%d+) (%d+) (%d+)$')
        if entries[place] == owner then
          own, last = tonumber(count) or 0, tonumber(said) or -1
        elseif not ends or tonumber(ends) <= now then
          redis.call('HDEL', key, entries[place])
        else
          others = others + tonumber(count)
        end
      end
      if order > last then
        own = math.max(used, math.min(wanted, limit - others))
        if own > 0 then
          redis.call('HSET', key, owner, string.format('%d %d %d', own, order, now + lease))
          redis.call('PEXPIRE', key, math.max(lease, redis.call('PTTL', key)))
        else
          redis.call('HDEL', key, owner)
        end
      end
      held[index] = own
    end
    return held
    """)

  /// Leases places, renews their lease or gives them back.
  ///
  /// - Parameter patience: how long Redis may take.
  /// - Returns: for each wish how many places this instance has now, until the lease ends.
  package func lease(
    _ wishes: [Wish], of limit: Int, within patience: Duration
  ) async throws(CoordinationError) -> [Int] {
    var arguments: [RedisArgument] = [
      RedisArgument(clock?() ?? -1), RedisArgument(owner), RedisArgument(limit),
      RedisArgument(lease.milliseconds),
    ]
    for wish in wishes { arguments += [wish.count, wish.inUse, wish.order].map { RedisArgument($0) } }
    let reply: RedisValue
    do throws(RedisError) {
      reply = try await redis.run(
        CallerPlaces.leaseScript, keys: wishes.map { namespace.key("places", $0.name) }, arguments: arguments,
        deadline: patience)
    } catch { throw CoordinationError(error) }
    return try CallerPlaces.held(reply, of: wishes.count)
  }

  /// Reads what ``leaseScript`` returned for so many callers.
  static func held(_ reply: RedisValue, of callers: Int) throws(CoordinationError) -> [Int] {
    let held = reply.elements?.map { $0.int ?? -1 } ?? []
    guard held.count == callers, held.allSatisfy({ $0 >= 0 }) else {
      throw CoordinationError(.unexpected, "the places of a caller in Redis are not ours")
    }
    return held.map { Int($0) }
  }
}
