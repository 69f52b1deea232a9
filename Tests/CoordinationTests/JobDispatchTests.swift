import Coordination
import Domain
import Foundation
import Reactor
import Redis
import TestSupport
import Testing

@Suite("Handing runs to workers")
struct JobDispatchTests {
  private func withDispatch(
    _ body: @escaping @Sendable (JobDispatch, RedisClient, _ name: String) async throws -> Void
  ) async throws {
    try await withRedis { redis, namespace, name in
      try await body(JobDispatch(redis: redis, namespace: namespace), redis, name)
    }
  }

  @Test("a run that waits isn't put in twice, at whatever priority, and comes out as it went in")
  func idempotent() async throws {
    try await withDispatch { dispatch, redis, name in
      let job = job(-5)
      #expect(try await dispatch.take(owner: "a") == nil)
      #expect(try await dispatch.put(job, isInteractive: true))
      #expect(try await !dispatch.put(job, isInteractive: true))
      #expect(try await !dispatch.put(job, isInteractive: false))
      #expect(try await dispatch.take(owner: "a") == job)
      #expect(try await dispatch.take(owner: "a") == nil)
      try await dispatch.release(job.run, owner: "a")
      #expect(try await redis.send("KEYS", "{\(name)}:*").elements == [])
    }
  }

  @Test("a person's runs leave the lines, nobody else's do, and one that is at work keeps its lease")
  func forgotten() async throws {
    try await withDispatch { dispatch, redis, name in
      let (working, waiting, other) = (job(1), job(1), job(2))
      try await dispatch.put(working, isInteractive: true)
      #expect(try await dispatch.take(owner: "a") == working)
      try await dispatch.put(waiting, isInteractive: true)
      try await dispatch.put(job(1), isInteractive: false)
      try await dispatch.put(other, isInteractive: true)
      try await dispatch.forget(UserID(1))
      try await dispatch.forget(UserID(1))
      #expect(try await redis.send("SMEMBERS", "{\(name)}:queued").elements?.map(\.text) == ["\(other.run)"])
      #expect(try await dispatch.renew(working.run, owner: "a"))
      #expect(try await dispatch.take(owner: "b") == other)
      #expect(try await dispatch.take(owner: "b") == nil)
      // Who connects again is served as before.
      #expect(try await dispatch.put(waiting, isInteractive: true))
      #expect(try await dispatch.take(owner: "b") == waiting)
      for job in [(working, "a"), (other, "b"), (waiting, "b")] {
        try await dispatch.release(job.0.run, owner: job.1)
      }
      #expect(try await redis.send("KEYS", "{\(name)}:*").elements == [])
    }
  }

  @Test("one person's runs come out in the order they went in")
  func order() async throws {
    try await withDispatch { dispatch, _, _ in
      let jobs = (0..<20).map { _ in job(1) }
      for job in jobs { try await dispatch.put(job, isInteractive: true) }
      for job in jobs { #expect(try await dispatch.take(owner: "a") == job) }
    }
  }

  @Test("one person's thousand runs don't delay another's one")
  func fairness() async throws {
    try await withDispatch { dispatch, _, _ in
      for _ in 0..<1_000 { try await dispatch.put(job(1), isInteractive: true) }
      let (second, third) = (job(2), job(3))
      try await dispatch.put(second, isInteractive: true)
      try await dispatch.put(third, isInteractive: true)
      var users: [Int64] = []
      for _ in 0..<6 { users.append(try #require(try await dispatch.take(owner: "a")).user.rawValue) }
      #expect(users == [1, 2, 3, 1, 1, 1])
    }
  }

  @Test("with many people each gets a turn in each round")
  func rounds() async throws {
    try await withDispatch { dispatch, _, _ in
      for user in 1...5 as ClosedRange<Int64> {
        for _ in 0..<3 { try await dispatch.put(job(user), isInteractive: false) }
      }
      var users: [Int64] = []
      for _ in 0..<15 { users.append(try #require(try await dispatch.take(owner: "a")).user.rawValue) }
      #expect(users == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5])
    }
  }

  @Test("what a person waits for goes before what nobody waits for")
  func priority() async throws {
    try await withDispatch { dispatch, _, _ in
      let background = (1...3).map { job(Int64($0)) }
      for job in background { try await dispatch.put(job, isInteractive: false) }
      let (one, two) = (job(9), job(1))
      try await dispatch.put(one, isInteractive: true)
      try await dispatch.put(two, isInteractive: true)
      for expected in [one, two] + background { #expect(try await dispatch.take(owner: "a") == expected) }
    }
  }

  @Test("a run that somebody works on isn't put in, until it is let go by its owner or its lease ends")
  func lease() async throws {
    try await withDispatch { dispatch, redis, name in
      let job = job(1)
      try await dispatch.put(job, isInteractive: true)
      #expect(try await dispatch.take(owner: "a") == job)
      #expect(try await !dispatch.put(job, isInteractive: true))
      try await dispatch.release(job.run, owner: "b")
      #expect(try await !dispatch.put(job, isInteractive: true))
      try await dispatch.release(job.run, owner: "a")
      #expect(try await dispatch.put(job, isInteractive: true))
      #expect(try await dispatch.take(owner: "b") == job)
      let left = try #require(number(try await redis.send("PTTL", "{\(name)}:lease:\(job.run)")))
      #expect((25_000...30_000).contains(left))
      #expect(try await redis.send("PEXPIRE", "{\(name)}:lease:\(job.run)", "0") == .integer(1))
      #expect(try await dispatch.put(job, isInteractive: true))
    }
  }

  @Test("a lease is renewed by its owner alone, and taken again when it is gone")
  func renewal() async throws {
    try await withDispatch { dispatch, redis, name in
      let job = job(1)
      try await dispatch.put(job, isInteractive: true)
      _ = try await dispatch.take(owner: "a", lease: .seconds(5))
      #expect(try await !dispatch.renew(job.run, owner: "b"))
      #expect(try await dispatch.renew(job.run, owner: "a", lease: .seconds(60)))
      let left = try #require(number(try await redis.send("PTTL", "{\(name)}:lease:\(job.run)")))
      #expect((50_000...60_000).contains(left))
      _ = try await redis.send("DEL", "{\(name)}:lease:\(job.run)")
      #expect(try await dispatch.renew(job.run, owner: "a"))
      #expect(try await !dispatch.renew(job.run, owner: "b"))
      #expect(try await !dispatch.put(job, isInteractive: true))
    }
  }

  @Test("a Redis that was wiped has no runs, and takes them again")
  func wiped() async throws {
    let redis = try await PrivateRedis.start()
    try await withRedis(url: redis.url) { client, namespace, _ in
      let dispatch = JobDispatch(redis: client, namespace: namespace)
      let (atWork, waiting) = (job(1), job(2))
      try await dispatch.put(atWork, isInteractive: true)
      _ = try await dispatch.take(owner: "a")
      try await dispatch.put(waiting, isInteractive: true)
      // The scripts are gone as well.
      _ = try await client.send("FLUSHALL")
      _ = try await client.send("SCRIPT", "FLUSH")
      #expect(try await dispatch.take(owner: "b") == nil)
      #expect(try await dispatch.renew(atWork.run, owner: "a"))
      #expect(try await !dispatch.put(atWork, isInteractive: true))
      #expect(try await dispatch.put(waiting, isInteractive: true))
      #expect(try await dispatch.take(owner: "b") == waiting)
    }
    await redis.stop()
  }

  @Test("a Redis that is killed and comes back has what it acknowledged")
  func killed() async throws {
    let redis = try await PrivateRedis.start(["--appendfsync", "always"])
    let waiting = job(1)
    let name = try await withRedis(url: redis.url) { client, namespace, name -> String in
      let dispatch = JobDispatch(redis: client, namespace: namespace)
      try await dispatch.put(waiting, isInteractive: true)
      await redis.kill()
      #expect(await coordinationCode { try await dispatch.take(owner: "a") } == .unavailable)
      return name
    }
    try await redis.restart()
    try await withRedis(url: redis.url) { client, _, _ async throws in
      let dispatch = JobDispatch(redis: client, namespace: Namespace(name))
      #expect(try await dispatch.take(owner: "a") == waiting)
    }
    await redis.stop()
  }

  @Test("eight takers get each of a thousand runs exactly once")
  func takers() async throws {
    try await withDispatch { dispatch, redis, name in
      let jobs = (0..<1_000).map { job(Int64($0 % 37)) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for job in jobs {
          group.addTask { try await dispatch.put(job, isInteractive: job.user.rawValue % 2 == 0) }
        }
        try await group.waitForAll()
      }
      let url = try TestRedis.url
      let taken = try await withThrowingTaskGroup(of: [RunID].self) { group in
        for number in 0..<8 {
          group.addTask {
            try await onReactor { reactor in
              let client = RedisClient(reactor: reactor, configuration: try RedisConfiguration(url: url))
              defer { client.close() }
              let dispatch = JobDispatch(redis: client, namespace: Namespace(name))
              var taken: [RunID] = []
              while let job = try await dispatch.take(owner: "\(number)") {
                taken.append(job.run)
                try await dispatch.release(job.run, owner: "\(number)")
              }
              return taken
            }
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(taken.count == 1_000)
      #expect(Set(taken) == Set(jobs.map(\.run)))
      #expect(try await redis.send("KEYS", "{\(name)}:*").elements == [])
    }
  }

  @Test("two deployments on one Redis have queues of their own")
  func namespaces() async throws {
    try await withRedis { redis, namespace, name in
      let other = JobDispatch(redis: redis, namespace: Namespace(name + "-other"))
      let dispatch = JobDispatch(redis: redis, namespace: namespace)
      let job = job(1)
      try await dispatch.put(job, isInteractive: true)
      #expect(try await other.take(owner: "a") == nil)
      #expect(try await other.put(job, isInteractive: true))
      #expect(try await dispatch.take(owner: "a") == job)
      #expect(try await other.take(owner: "a") == job)
    }
  }

  @Test("what is not ours in the queue is an error, not a crash")
  func foreign() async throws {
    try await withDispatch { dispatch, redis, name in
      _ = try await redis.send("RPUSH", "{\(name)}:ring:interactive", "somebody")
      _ = try await redis.send("RPUSH", "{\(name)}:jobs:interactive:somebody", "something")
      #expect(await coordinationCode { try await dispatch.take(owner: "a") } == .unexpected)
      #expect(try await dispatch.take(owner: "a") == nil)
    }
  }
}
