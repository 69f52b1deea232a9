import Redis

/// How often each caller has done something in the last minute, counted in Redis for all instances together.
///
/// One hash per caller and limit, `calls:NAME`, with ``SlidingWindow``'s fields. It ends a minute after its last
/// count.
package struct CallerCounts: Sendable {
  /// What a process was given and didn't use.
  package struct Leftover: Sendable, Equatable {
    package let count: Int
    /// As ``Taken/bucket`` said.
    package let bucket: Int

    package init(count: Int, bucket: Int) {
      self.count = count
      self.bucket = bucket
    }

    package static let none = Leftover(count: 0, bucket: 0)
  }

  package struct Taken: Sendable, Equatable {
    /// They are counted; at most as many as were wanted.
    package let granted: Int
    /// Where they are counted, for whoever gives some back.
    package let bucket: Int
    /// Without any: when there will be one.
    package let wait: Duration

    package init(granted: Int, bucket: Int, wait: Duration) {
      self.granted = granted
      self.bucket = bucket
      self.wait = wait
    }
  }

  private let redis: RedisClient
  private let namespace: Namespace
  private let clock: (@Sendable () -> Int64)?

  /// - Parameter clock: milliseconds, in place of Redis' time; for tests.
  package init(redis: RedisClient, namespace: Namespace, clock: (@Sendable () -> Int64)? = nil) {
    self.redis = redis
    self.namespace = namespace
    self.clock = clock
  }

  private static let window = LedgerWindows.Window(length: .seconds(60), bucket: .seconds(1))

  /// ARGV[3], [4]: length and bucket of the window in ms. ARGV[5]: how many it may hold. ARGV[6]: how many are
  /// wanted. ARGV[7], [8]: how many are given back, and the bucket that counts them.
  ///
  /// Returns {how many are granted, their bucket, ms to wait when there are none}.
  private static let takeScript = RedisScript(
    SlidingWindow.script,
    """
    local window = {length = tonumber(ARGV[3]), bucket = tonumber(ARGV[4])}
    local limit, wanted = tonumber(ARGV[5]), tonumber(ARGV[6])
    local total = sum('w', window)
    local place = field('w', tonumber(ARGV[8]))
    local back = math.min(tonumber(ARGV[7]), number(place))
    if back > 0 then
      redis.call('HINCRBY', key, place, -back)
      redis.call('HINCRBY', key, 'w', -back)
      total = total - back
    end
    local granted = math.min(wanted, limit - total)
    if granted <= 0 then
      return {0, 0, wait('w', window, total, limit)}
    end
    add('w', window, current(window), granted)
    redis.call('PEXPIRE', key, window.length + window.bucket + margin)
    return {granted, current(window), 0}
    """)

  /// Counts as many of `wanted` as the last minute has room for.
  ///
  /// - Parameters:
  ///   - name: of the caller and what is limited; shown to whoever reads Redis.
  ///   - margin: for how long what is granted may be used: it counts for that much longer than a minute, so that no
  ///     minute ever has more than the limit.
  ///   - patience: how long Redis may take.
  package func take(
    _ wanted: Int, of limit: Int, for name: String, margin: Duration, givingBack leftover: Leftover = .none,
    within patience: Duration
  ) async throws(CoordinationError) -> Taken {
    let window = CallerCounts.window
    let arguments: [Int64] = [
      clock?() ?? -1, margin.milliseconds, window.length.milliseconds, window.bucket.milliseconds,
      Int64(limit),
      Int64(wanted), Int64(leftover.count), Int64(leftover.bucket),
    ]
    let reply: RedisValue
    do throws(RedisError) {
      reply = try await redis.run(
        CallerCounts.takeScript, keys: [namespace.key("calls", name)],
        arguments: arguments.map { RedisArgument($0) }, deadline: patience)
    } catch { throw CoordinationError(error) }
    return try CallerCounts.taken(reply, of: wanted)
  }

  /// Reads what ``takeScript`` returned.
  static func taken(_ reply: RedisValue, of wanted: Int) throws(CoordinationError) -> Taken {
    guard let numbers = reply.elements?.map(\.int), numbers.count == 3, let granted = numbers[0],
      (0...max(0, Int64(wanted))).contains(granted), let bucket = numbers[1], let wait = numbers[2]
    else {
      throw CoordinationError(.unexpected, "the count of a caller in Redis is not ours")
    }
    return Taken(granted: Int(granted), bucket: Int(bucket), wait: .milliseconds(max(0, wait)))
  }
}
