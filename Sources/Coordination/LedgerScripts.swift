import Redis

/// The scripts of ``RequestLedger``. Each is one atomic step for all instances.
///
/// KEYS[1]: the account's hash, whose fields ``RequestLedger`` lists.
///
/// ARGV[1], [2]: as ``SlidingWindow`` has them. ARGV[3], [4]: length and bucket of the short window in ms. ARGV[5],
/// [6]: of the day. What follows is each script's own.
enum LedgerScripts {
  private static let preamble: StaticString = """
    local window = {length = tonumber(ARGV[3]), bucket = tonumber(ARGV[4])}
    local day = {length = tonumber(ARGV[5]), bucket = tonumber(ARGV[6])}

    local function count(group, requests)
      add('w', window, current(window), requests)
      add('w:' .. group, window, current(window), requests)
      add('d:' .. group, day, current(day), requests)
      redis.call('PEXPIRE', key, 8 * 86400000)
    end

    local function fill(ceiling)
      local missing = ceiling - sum('w', window)
      if ceiling > 0 and missing > 0 then
        add('w', window, current(window), missing)
      end
    end

    local function pause(place, reason, ends)
      if ends <= now or ends <= number(place) then
        return 0
      end
      redis.call('HSET', key, place, ends, place .. '.reason', reason)
      if redis.call('PTTL', key) < 0 then
        redis.call('PEXPIRE', key, 8 * 86400000)
      end
      return 1
    end
    """

  /// Checks and counts one request. ARGV[7]: group. ARGV[8]: 1 when a person waits, else 0. ARGV[9]: how many the
  /// window may hold, 0 for any number. ARGV[10]: the same for the group's day.
  ///
  /// Returns {word, ms to wait}: `go` (it is counted), `unknown` (nothing is known of this account), `paused`,
  /// `rate` or `quota` (the group is parked), `people` (somebody waits for the next place), `window`, `day`.
  static let admit = RedisScript(
    SlidingWindow.script, preamble,
    """
    local group, isPerson = ARGV[7], ARGV[8] == '1'
    local windowCeiling, dayCeiling = tonumber(ARGV[9]), tonumber(ARGV[10])
    local parking = 'parked:' .. group
    local state = redis.call('HMGET', key, 'seeded', 'paused', parking, parking .. '.reason', 'people')
    if not state[1] then
      return {'unknown', 0}
    end
    local paused, parked, people = tonumber(state[2]) or 0, tonumber(state[3]) or 0, tonumber(state[5]) or 0
    if parked > now then
      return {state[4], parked - now}
    end
    if paused > now then
      return {'paused', paused - now}
    end

    if dayCeiling > 0 then
      local total = sum('d:' .. group, day)
      if total >= dayCeiling then
        return {'day', wait('d:' .. group, day, total, dayCeiling)}
      end
    end
    if windowCeiling > 0 then
      if not isPerson and people > now then
        return {'people', people - now}
      end
      local total = sum('w', window)
      if total >= windowCeiling then
        local ms = wait('w', window, total, windowCeiling)
        if isPerson and now + ms + 500 > people then
          redis.call('HSET', key, 'people', now + ms + 500)
        end
        return {'window', ms}
      end
    end
    count(group, 1)
    return {'go', 0}
    """)

  /// Looks whether a group that isn't counted has to wait. ARGV[7]: group.
  ///
  /// Returns {word, ms to wait}: `go`, `rate` or `quota`.
  static let look = RedisScript(
    SlidingWindow.script, preamble,
    """
    local parking = 'parked:' .. ARGV[7]
    local ends = number(parking)
    if ends <= now then
      return {'go', 0}
    end
    return {redis.call('HGET', key, parking .. '.reason'), ends - now}
    """)

  /// Counts requests that were sent while Redis was away, as if they were sent now. ARGV[7]…: group, requests, …
  /// Returns 1.
  static let record = RedisScript(
    SlidingWindow.script, preamble,
    """
    for index = 7, #ARGV, 2 do
      count(ARGV[index], tonumber(ARGV[index + 1]))
    end
    return 1
    """)

  /// Pauses the account, or parks one group; a pause never gets shorter. ARGV[7]: group, '' for the account.
  /// ARGV[8]: ms. ARGV[9]: reason.
  ///
  /// Returns {1 when it is longer than what was known, when it ends in ms}.
  static let pause = RedisScript(
    SlidingWindow.script, preamble,
    """
    local place = ARGV[7] == '' and 'paused' or 'parked:' .. ARGV[7]
    local ends = now + tonumber(ARGV[8])
    return {pause(place, ARGV[9], ends), ends}
    """)

  /// Tells the ledger which run of the Redis server it is on. What a server that was killed has not written to its
  /// disk is missing after its restart: then the window counts as full, and what it had counts again for the day.
  /// ARGV[7]: the server's run id. ARGV[8]: the window's ceiling, 0 for none. ARGV[9]: 1 when days have a ceiling.
  /// ARGV[10]…: all groups.
  ///
  /// Returns 0 when it is the same run, 1 when it is another, -1 when nothing is known of this account.
  static let greet = RedisScript(
    SlidingWindow.script, preamble,
    """
    if redis.call('HEXISTS', key, 'seeded') == 0 then
      return -1
    end
    if redis.call('HGET', key, 'server') == ARGV[7] then
      return 0
    end
    redis.call('HSET', key, 'server', ARGV[7])
    if ARGV[9] == '1' then
      for index = 10, #ARGV do
        local requests = sum('w:' .. ARGV[index], window)
        if requests > 0 then
          add('d:' .. ARGV[index], day, current(day), requests)
        end
      end
    end
    fill(tonumber(ARGV[8]))
    return 1
    """)

  /// Begins an account that Redis knows nothing of, once. ARGV[7]: the server's run id. ARGV[8]: what the window
  /// counts as having. ARGV[9]: how many counts follow, each as group, bucket of the day (-1 for now's), requests;
  /// then pauses, each as group ('' for the account), end in ms, reason.
  ///
  /// Returns 1, or 0 when somebody else has begun it.
  static let seed = RedisScript(
    SlidingWindow.script, preamble,
    """
    if redis.call('HEXISTS', key, 'seeded') == 1 then
      return 0
    end
    redis.call('HSET', key, 'seeded', 1, 'server', ARGV[7])
    redis.call('PEXPIRE', key, 8 * 86400000)
    local index = 10
    for _ = 1, tonumber(ARGV[9]) do
      local bucket = tonumber(ARGV[index + 1])
      if bucket < 0 then
        bucket = current(day)
      end
      if bucket > gone(day) then
        add('d:' .. ARGV[index], day, bucket, tonumber(ARGV[index + 2]))
      end
      index = index + 3
    end
    while index < #ARGV do
      local place = ARGV[index] == '' and 'paused' or 'parked:' .. ARGV[index]
      pause(place, ARGV[index + 2], tonumber(ARGV[index + 1]))
      index = index + 3
    end
    fill(tonumber(ARGV[8]))
    return 1
    """)
}
