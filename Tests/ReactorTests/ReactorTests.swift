import Foundation
import Reactor
import TestSupport
import Testing

@Suite("A reactor")
struct ReactorTests {
  @Test("keeps a task, its children and its continuations on its own thread")
  func staysOnThread() async throws {
    try await onReactor { reactor in
      reactor.preconditionOwned()
      try await reactor.sleep(for: .milliseconds(1))
      reactor.preconditionOwned()
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<10 { group.addTask { reactor.preconditionOwned() } }
      }
      async let child: Bool = reactor.isCurrent
      #expect(await child)
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        Thread.detachNewThread { continuation.resume() }
      }
      #expect(reactor.isCurrent)
    }
  }

  @Test("runs what other threads post, in order")
  func posts() async throws {
    let reactor = TestReactors.any()
    let seen = Locked<[Int]>([])
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      for number in 0..<1_000 {
        reactor.post {
          seen.withLock { $0.append(number) }
          if number == 999 { continuation.resume() }
        }
      }
    }
    #expect(seen.withLock { $0 } == Array(0..<1_000))
  }

  @Test("ends a sleep at once when its task is cancelled, before and during")
  func cancelledSleep() async throws {
    let reactor = TestReactors.any()
    let (asleep, signal) = AsyncStream<Void>.makeStream()
    let task = reactor.spawn {
      signal.yield()
      do {
        try await reactor.sleep(for: .seconds(3_600))
        return false
      } catch { return error is CancellationError }
    }
    for await _ in asleep { break }
    task.cancel()
    #expect(await task.value)
  }

  @Test("fires timers in the order of their deadlines, repeats, and not after cancel")
  func timers() async throws {
    try await onReactor { reactor in
      let order = Locked<[String]>([])
      let (ticks, tick) = AsyncStream<Void>.makeStream()
      let cancelled = reactor.schedule(after: .milliseconds(1)) { order.withLock { $0.append("cancelled") } }
      cancelled.cancel()
      reactor.schedule(after: .milliseconds(9)) { order.withLock { $0.append("late") } }
      reactor.schedule(after: .milliseconds(3)) { order.withLock { $0.append("early") } }
      let repeating = reactor.schedule(after: .milliseconds(12), repeating: .milliseconds(1)) { tick.yield() }
      var count = 0
      for await _ in ticks {
        count += 1
        if count == 3 { break }
      }
      repeating.cancel()
      #expect(order.withLock { $0 } == ["early", "late"])
    }
  }

  @Test("does blocking work elsewhere and goes on meanwhile")
  func offload() async throws {
    try await onReactor { reactor in
      let (gate, open) = AsyncStream<Void>.makeStream()
      var descriptors: [Int32] = [0, 0]
      #expect(pipe(&descriptors) == 0)
      let (reading, writing) = (descriptors[0], descriptors[1])
      async let blocked = reactor.offload { () -> Bool in
        var byte: UInt8 = 0
        let onReactor = reactor.isCurrent
        _ = read(reading, &byte, 1)
        return onReactor
      }
      reactor.spawn {
        var byte: UInt8 = 1
        _ = write(writing, &byte, 1)
        open.yield()
      }
      for await _ in gate { break }
      #expect(await blocked == false)
      close(reading)
      close(writing)
    }
  }

  @Test("tells when a descriptor is readable and when its peer has gone")
  func watches() async throws {
    try await onReactor { reactor in
      var pair: [Int32] = [0, 0]
      #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
      let (mine, theirs) = (pair[0], pair[1])
      let (events, event) = AsyncStream<DescriptorWatcher.Events>.makeStream()
      let watcher = try reactor.watch(mine, for: .readable) { event.yield($0) }
      var byte: UInt8 = 7
      #expect(write(theirs, &byte, 1) == 1)
      var iterator = events.makeAsyncIterator()
      #expect(await iterator.next() == .readable)
      #expect(read(mine, &byte, 1) == 1)
      watcher.update(.disconnected)
      close(theirs)
      while let next = await iterator.next() { if next.contains(.disconnected) { break } }
      watcher.stop()
      close(mine)
    }
  }

  @Test("runs a deferred action once per turn, however often it was armed")
  func deferred() async throws {
    try await onReactor { reactor in
      let runs = Locked(0)
      let action = DeferredAction(on: reactor) { runs.withLock { $0 += 1 } }
      for _ in 0..<5 { action.arm() }
      try await reactor.sleep(for: .milliseconds(1))
      #expect(runs.withLock { $0 } == 1)
    }
  }

  @Test("hears signals")
  func signals() async throws {
    try await onReactor { reactor in
      let (signals, signal) = AsyncStream<Void>.makeStream()
      let watcher = try reactor.onSignal(SIGUSR2) { signal.yield() }
      kill(getpid(), SIGUSR2)
      for await _ in signals { break }
      watcher.stop()
    }
  }

  @Test("ends with all of its handles closed, and says so")
  func stops() async throws {
    let reactor = try Reactor.start(name: "stopped")
    try await reactor.run { @Sendable in
      _ = reactor.schedule(after: .seconds(3_600), repeating: .seconds(1)) {}
    }
    await reactor.stop()
  }

  @Test("runs a hundred thousand jobs from many threads without losing one")
  func manyJobs() async throws {
    let reactor = TestReactors.any()
    let sum = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<100 {
        group.addTask {
          var own = 0
          for _ in 0..<1_000 { own += await reactor.spawn { 1 }.value }
          return own
        }
      }
      return await group.reduce(0, +)
    }
    #expect(sum == 100_000)
  }
}
