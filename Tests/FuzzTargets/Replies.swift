import Domain

@testable import Coordination
@testable import Redis

extension FuzzTarget {
  /// Redis' protocol: whatever comes, in whatever pieces, it is read alike, and costs what was sent.
  static let redisReplies = FuzzTarget(
    "redis-replies",
    seeds: [
      "\u{1}+OK\r\n:-7\r\n$5\r\nhe\r\no\r\n$-1\r\n*-1\r\n*0\r\n",
      "\u{3}*3\r\n$1\r\na\r\n*2\r\n:1\r\n-ERR x\r\n+\r\n",
      "\u{2}*2147483647\r\n+one\r\n", "\u{2}$99999999999999999999\r\n",
      "\u{5}*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
      "\u{4}$3\r\nabcde\r\n", "\u{7}:12a\r\n", "\u{7}$0000000000000000000000000000001\r\na\r\n",
    ],
    words: [
      "\r\n", "$-1\r\n", "*-1\r\n", "*2\r\n", "$5\r\n", "*2147483647\r\n", "$536870912\r\n",
      ":9223372036854775807\r\n",
    ]
  ) { input in
    let step = Int(input.byte()) % 61 + 1
    let bytes = input.rest
    let whole = replies([bytes], limit: 1 << 20)
    let pieces = stride(from: 0, to: bytes.count, by: step).map {
      Array(bytes[$0..<min($0 + step, bytes.count)])
    }
    let parts = replies(pieces, limit: 1 << 20)
    try hold(whole.values == parts.values, "\(whole.values) come alike in pieces of \(step): \(parts.values)")
    // In pieces it is seen earlier that a number has too many digits.
    let isEarlier = parts.error?.message == "a reply is longer than allowed"
    try hold(
      isEarlier || whole.error == parts.error, "\(whole.error as Any) comes alike: \(parts.error as Any)")

    let cells = whole.values.reduce(0) { $0 + size($1) }
    try hold(cells <= bytes.count, "replies of \(cells) cells come from \(bytes.count) bytes")
    let short = replies(pieces, limit: 16)
    for value in short.values {
      try hold(size(value) <= 16 + step, "a reply isn't longer than allowed")
    }
  }

  static func replies(_ pieces: [[UInt8]], limit: Int) -> (values: [RedisValue], error: RedisError?) {
    let parser = ReplyParser(limit: limit)
    var values: [RedisValue] = []
    do throws(RedisError) {
      for piece in pieces {
        try fed(piece, to: parser).get()
        while let value = try parser.next() { values.append(value) }
      }
    } catch { return (values, error) }
    return (values, nil)
  }

  private static func fed(_ piece: [UInt8], to parser: ReplyParser) -> Result<Void, RedisError> {
    piece.withUnsafeBytes { bytes in Result { () throws(RedisError) in try parser.feed(bytes) } }
  }

  /// Cells and bytes.
  private static func size(_ value: RedisValue) -> Int {
    switch value {
    case .array(let elements): elements.reduce(1) { $0 + size($1) }
    case .string(let bytes): 1 + bytes.count
    case .error(let text): 1 + min(text.utf8.count, 1)
    case .null, .integer: 1
    }
  }

  /// What `INFO` says.
  static let redisFacts = FuzzTarget(
    "redis-facts",
    seeds: [
      "# Server\r\nredis_version:7.0.15\r\nrun_id:x\r\naof_enabled:0\r\nmaxmemory_policy:allkeys-lru\r\nrole:slave\r\n",
      "redis_version:\n:\nredis_version", "redis_version:99999999999999999999.-1\naof_last_write_status:err",
    ],
    words: ["redis_version:", "aof_enabled:", "aof_last_write_status:", "role:", ":", ".", "\u{2028}"]
  ) { input in
    let facts = RedisFacts(info: input.text)
    if facts.isAtLeast(6, 2) == true { try hold(facts.isAtLeast(6, 1) == true, "versions are in order") }
    try hold(facts.warnings.count <= 2, "each fault is told once")
  }

  /// The ledger's hash: fields that we wrote ourselves, and what somebody else may have put there.
  static let redisLedgers = FuzzTarget(
    "redis-ledgers",
    seeds: [
      "seeded\n1\nw.1793131200\n5\nw:search.1793131200\n5\nd:search.5977104\n40\nparked:search\n1893131200000",
      "paused\n9223372036854775807\nw.gone\n1", ".\n1", ":\n1", "w:.1\n1", "d:search.9223372036854775807\n1",
    ],
    words: ["seeded", "w.", "w:", "d:", "parked:", "paused", "search", ".", ":", "9223372036854775807", "-1"]
  ) { input in
    let fields = input.fieldValues().map { RedisValue.string(Array($0.utf8)) }
    guard let reading = LedgerReading(fields: fields, now: 1_793_131_200_000, windows: .spotify) else {
      let names = stride(from: 0, to: fields.count - 1, by: 2).map { fields[$0].text }
      return try hold(!names.contains("seeded"), "a seeded ledger is read")
    }
    try hold(reading.groups.count <= EndpointGroup.allCases.count, "there are no more groups than we know")
    try hold(reading.groups.values.allSatisfy { $0.buckets.count <= fields.count }, "no bucket is made up")
  }
}
