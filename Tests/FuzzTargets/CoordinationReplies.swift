import Redis

@testable import Coordination

extension FuzzTarget {
  /// What our scripts in Redis return: read, or refused as not ours; never a count that nobody asked for.
  static let coordinationReplies = FuzzTarget(
    "coordination-replies",
    seeds: [
      "*2\r\n$2\r\n12\r\n$36\r\n0198b7a2-4c00-7000-8000-0123456789ab\r\n", "*3\r\n:5\r\n:29885520\r\n:0\r\n",
      "*3\r\n:0\r\n:0\r\n:60000\r\n", "*2\r\n:3\r\n:0\r\n", "*2\r\n$2\r\ngo\r\n:0\r\n",
      "*2\r\n$4\r\nrate\r\n:1500\r\n",
      "*-1\r\n", "$-1\r\n", "*3\r\n:8\r\n:1\r\n:-1\r\n", "*3\r\n:-1\r\n$1\r\nx\r\n:1\r\n",
      "*3\r\n:1\r\n+x\r\n:1\r\n",
    ],
    words: [
      "*2\r\n", "*3\r\n", ":1\r\n", ":-1\r\n", ":9223372036854775807\r\n", ":-9223372036854775808\r\n",
      "$-1\r\n",
      "$2\r\ngo\r\n", "$7\r\nunknown\r\n", "+x\r\n",
    ]
  ) { input in
    for reply in replies([input.rest], limit: 1 << 16).values { try checkReply(reply) }
  }

  private static func checkReply(_ reply: RedisValue) throws {
    if case .some(.some(let job)) = try ours({ () throws(CoordinationError) in try JobDispatch.job(reply) }) {
      let texts = reply.elements?.map(\.text) ?? []
      try hold(texts.count == 2 && texts[0].flatMap { Int64($0) } == job.user.rawValue, "it is that user")
      try hold(texts[1]?.lowercased() == "\(job.run)", "it is that run")
    }
    let wanted = 7
    if let taken = try ours({ () throws(CoordinationError) in try CallerCounts.taken(reply, of: wanted) }) {
      try hold((0...wanted).contains(taken.granted), "no more is granted than was wanted: \(taken)")
      try hold(taken.wait >= .zero, "a wait isn't negative: \(taken)")
    }
    for callers in 0...3 {
      if let held = try ours({ () throws(CoordinationError) in try CallerPlaces.held(reply, of: callers) }) {
        try hold(held.count == callers && reply.elements?.count ?? 0 == callers, "each caller has an answer")
        try hold(held.allSatisfy { $0 >= 0 }, "nobody has fewer places than none: \(held)")
      }
    }
    if case .wait(let wait, _) = try ours({ () throws(CoordinationError) in try RequestLedger.answer(reply) })
    {
      try hold(wait >= .zero, "a wait isn't negative: \(wait)")
    }
  }

  /// Nil for a refusal, which has to say that it isn't ours.
  private static func ours<Result>(_ body: () throws(CoordinationError) -> Result) throws -> Result? {
    do throws(CoordinationError) { return try body() } catch {
      try hold(error.code == .unexpected, "what isn't ours is told as such: \(error)")
      return nil
    }
  }
}
