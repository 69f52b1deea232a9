import Coordination
import Domain
import Redis
import TestSupport
import Testing

@Suite("Sign-ins under way")
struct SignInStatesTests {
  private static let signIn = SignIn(
    verifier: "verifier", browserHash: "hash/+=", next: "/?a=b&ü=\"x\"", user: UserID(7))

  @Test("a state is given out once, as it was put in")
  func once() async throws {
    try await withRedis { redis, namespace, _ in
      let states = SignInStates(redis: redis, namespace: namespace)
      try await states.put(Self.signIn, state: "one")
      let plain = SignIn(verifier: "v", browserHash: "h", next: nil, user: nil)
      try await states.put(plain, state: "two")
      #expect(try await states.take(state: "one")?.signIn == Self.signIn)
      #expect(try await states.take(state: "one") == nil)
      #expect(try await states.take(state: "two")?.signIn == plain)
      #expect(try await states.take(state: "never") == nil)
      #expect(try await states.take(state: "") == nil)
    }
  }

  @Test("of many who take a state at once one gets it")
  func race() async throws {
    try await withRedis { redis, namespace, _ in
      let states = SignInStates(redis: redis, namespace: namespace)
      try await states.put(Self.signIn, state: "one")
      let taken = try await withThrowingTaskGroup(of: SignIn?.self) { group in
        for _ in 0..<20 { group.addTask { try await states.take(state: "one")?.signIn } }
        var taken: [SignIn] = []
        for try await signIn in group { if let signIn { taken.append(signIn) } }
        return taken
      }
      #expect(taken == [Self.signIn])
    }
  }

  @Test("a state ends by itself after ten minutes")
  func lifetime() async throws {
    try await withRedis { redis, namespace, name in
      let states = SignInStates(redis: redis, namespace: namespace)
      try await states.put(Self.signIn, state: "one")
      let key = "{\(name)}:sign-in:one"
      let seconds = try #require(number(try await redis.send("TTL", key)))
      #expect((590...600).contains(seconds))
      #expect(try await redis.send("PEXPIRE", key, "0") == .integer(1))
      #expect(try await states.take(state: "one") == nil)
    }
  }

  @Test("one that is given back has no more time than it had left, and is given out once more")
  func givenBack() async throws {
    try await withRedis { redis, namespace, name in
      let states = SignInStates(redis: redis, namespace: namespace)
      try await states.put(Self.signIn, state: "one")
      #expect(try await redis.send("PEXPIRE", "{\(name)}:sign-in:one", "300000") == .integer(1))
      let taken = try #require(try await states.take(state: "one"))
      #expect(taken.timeLeft <= .seconds(300) && taken.timeLeft > .seconds(290))
      try await states.put(taken.signIn, state: "one", for: taken.timeLeft)
      let seconds = try #require(number(try await redis.send("TTL", "{\(name)}:sign-in:one")))
      #expect((290...300).contains(seconds))
      #expect(try await states.take(state: "one")?.signIn == Self.signIn)
      #expect(try await states.take(state: "one") == nil)
    }
  }

  @Test("two deployments on one Redis don't know each other's states")
  func namespaces() async throws {
    try await withRedis { redis, namespace, name in
      try await SignInStates(redis: redis, namespace: namespace).put(Self.signIn, state: "one")
      let other = SignInStates(redis: redis, namespace: Namespace(name + "-other"))
      #expect(try await other.take(state: "one") == nil)
      #expect(
        try await SignInStates(redis: redis, namespace: namespace).take(state: "one")?.signIn == Self.signIn)
    }
  }

  @Test("what is not ours is an error, and gone", arguments: ["", "{}", "[1]", "{\"verifier\":1}", "\u{1}x"])
  func malformed(_ content: String) async throws {
    try await withRedis { redis, namespace, name in
      let states = SignInStates(redis: redis, namespace: namespace)
      _ = try await redis.send("SET", "{\(name)}:sign-in:one", content)
      #expect(await coordinationCode { try await states.take(state: "one") } == .unexpected)
      #expect(try await states.take(state: "one") == nil)
    }
  }

  @Test("a Redis that is away is told from a state that is unknown")
  func away() async throws {
    let redis = try await PrivateRedis.start()
    try await withRedis(url: redis.url) { client, namespace, _ in
      let states = SignInStates(redis: client, namespace: namespace)
      try await states.put(Self.signIn, state: "one")
      await redis.kill()
      #expect(await coordinationCode { try await states.take(state: "one") } == .unavailable)
      #expect(await coordinationCode { try await states.put(Self.signIn, state: "two") } == .unavailable)
    }
    await redis.stop()
  }
}
