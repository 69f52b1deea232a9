import Reactor
import TestSupport
import Testing

@Suite("A semaphore")
struct SemaphoreTests {
  @Test("lets so many through at once, and everybody in the end, also after errors")
  func limits() async throws {
    struct Trouble: Error {}
    let semaphore = Semaphore(permits: 3)
    let (now, most) = (Locked(0), Locked(0))
    let through = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<200 {
        group.addTask {
          do {
            try await semaphore.withPermit {
              let inside = now.withLock { count in
                count += 1
                return count
              }
              most.withLock { $0 = max($0, inside) }
              await Task.yield()
              now.withLock { $0 -= 1 }
              if number.isMultiple(of: 5) { throw Trouble() }
            }
            return true
          } catch { return false }
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(through == 160)
    #expect(most.withLock { $0 } <= 3)
  }

  @Test("hands its permits on in the order of arrival")
  func order() async throws {
    try await onReactor { reactor in
      let semaphore = Semaphore(permits: 1)
      let order = Locked<[Int]>([])
      let waiters = await semaphore.withPermit {
        var waiters: [Task<Void, Never>] = []
        for number in 0..<20 {
          waiters.append(
            reactor.spawn { await semaphore.withPermit { order.withLock { $0.append(number) } } })
        }
        // One reactor: behind this task's turn all of them stand in the line.
        await reactor.spawn {}.value
        return waiters
      }
      for waiter in waiters { await waiter.value }
      #expect(order.withLock { $0 } == Array(0..<20))
    }
  }
}
