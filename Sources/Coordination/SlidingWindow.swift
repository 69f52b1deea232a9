/// What the scripts that count over a sliding window begin with.
///
/// Streams of requests, counted in buckets: `name.I` has the requests of bucket I, `name` the sum of those that
/// count, `name.gone` the newest bucket that has been taken out. A bucket counts wholly until its last moment has
/// left the window, so no window is ever over what was counted.
///
/// KEYS[1]: the hash with these fields. ARGV[1]: the time in ms, or -1 for Redis' own. ARGV[2]: the margin in ms by
/// which everything counts longer.
enum SlidingWindow {
  static let script: StaticString = """
    local key = KEYS[1]
    local now = tonumber(ARGV[1])
    if now < 0 then
      local time = redis.call('TIME')
      now = time[1] * 1000 + math.floor(time[2] / 1000)
    end
    local margin = tonumber(ARGV[2])

    local function number(field)
      return tonumber(redis.call('HGET', key, field)) or 0
    end

    local function field(name, bucket)
      return string.format('%s.%d', name, bucket)
    end

    local function current(kind)
      return math.floor(now / kind.bucket)
    end

    local function gone(kind)
      return math.floor((now - kind.length - margin) / kind.bucket) - 1
    end

    local function sum(name, kind)
      local total = tonumber(redis.call('HGET', key, name))
      if not total then
        return 0
      end
      local last, edge = number(name .. '.gone'), gone(kind)
      if last == edge or last < current(kind) and last > edge then
        return total
      end
      if last < edge then
        local span = current(kind) - edge + 1
        local fields = {}
        for bucket = last + 1, math.min(edge, last + span) do
          fields[#fields + 1] = field(name, bucket)
        end
        for _, count in ipairs(redis.call('HMGET', key, unpack(fields))) do
          total = total - (tonumber(count) or 0)
        end
        redis.call('HDEL', key, unpack(fields))
        if edge - last > span then
          total = 0
        end
      end
      redis.call('HSET', key, name, total, name .. '.gone', edge)
      return total
    end

    local function add(name, kind, bucket, count)
      sum(name, kind)
      redis.call('HSETNX', key, name .. '.gone', gone(kind))
      redis.call('HINCRBY', key, name, count)
      redis.call('HINCRBY', key, field(name, bucket), count)
    end

    local function wait(name, kind, total, ceiling)
      local bucket = gone(kind)
      while total >= ceiling and bucket < current(kind) do
        bucket = bucket + 1
        total = total - number(field(name, bucket))
      end
      return (bucket + 1) * kind.bucket + kind.length + margin - now
    end
    """
}
