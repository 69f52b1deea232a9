import CLibuv
import Glibc

/// One thread with a libuv loop that is at the same time a Swift task executor.
///
/// Whatever is spawned with ``spawn(_:)`` is born, lives and ends on this thread: nonisolated async
/// functions, task groups, `async let` and continuations come back to it. `Task {}`, `Task.detached` and
/// actors leave it. Handles that a reactor owns (``ReactorTimer``, ``DescriptorWatcher``, …) are made and
/// used on its thread alone, which they assert; every other thread may only ``post(_:)``.
// @unchecked: `shared` is behind its lock, `thread` is written before the thread starts to work and read only
// afterwards, and all else is touched on the reactor's own thread, as `preconditionOwned()` asserts.
package final class Reactor: TaskExecutor, @unchecked Sendable {
  /// What other threads hand in.
  private struct Shared {
    var jobs: [UnownedJob] = []
    var posts: [@Sendable () -> Void] = []
    var wakeIsPending = false
    var isEnded = false
  }

  package let name: String
  let loop: UnsafeMutablePointer<uv_loop_t>
  private let wake: UnsafeMutablePointer<uv_async_t>
  private let prepare: UnsafeMutablePointer<uv_prepare_t>
  private let check: UnsafeMutablePointer<uv_check_t>
  private let idle: UnsafeMutablePointer<uv_idle_t>
  private var thread = pthread_t()
  private let shared = Locked(Shared())

  private var jobs = JobQueue()
  private var armed: [DeferredAction] = []
  private var isStopping = false
  private var endWaiters: [CheckedContinuation<Void, Never>] = []

  /// Jobs that one turn runs before it looks at its sockets again.
  private static let jobsPerTurn = 2_048

  /// Makes the loop and starts its thread.
  ///
  /// - Parameter name: shown by `ps -T`, cut to 15 bytes.
  package static func start(name: String) throws(ReactorError) -> Reactor {
    let reactor = try Reactor(name: name)
    try reactor.startThread()
    return reactor
  }

  private init(name: String) throws(ReactorError) {
    self.name = name
    loop = .allocate(capacity: 1)
    wake = .allocate(capacity: 1)
    prepare = .allocate(capacity: 1)
    check = .allocate(capacity: 1)
    idle = .allocate(capacity: 1)
    // Empty `data` tells the loop's own handles from boxed ones; libuv doesn't initialize it.
    wake.pointee.data = nil
    prepare.pointee.data = nil
    check.pointee.data = nil
    idle.pointee.data = nil
    try ReactorError.check("uv_loop_init", uv_loop_init(loop))
    let this = Unmanaged.passUnretained(self).toOpaque()
    loop.pointee.data = this
    try ReactorError.check("uv_async_init", uv_async_init(loop, wake) { Reactor.of($0).takeOver() })
    uv_prepare_init(loop, prepare)
    uv_prepare_start(prepare) { Reactor.of($0).beforePoll() }
    uv_check_init(loop, check)
    uv_check_start(check) { Reactor.of($0).runJobs() }
    uv_idle_init(loop, idle)
  }

  deinit {
    loop.deallocate()
    wake.deallocate()
    prepare.deallocate()
    check.deallocate()
    idle.deallocate()
  }

  // MARK: Owner

  /// Whether the caller is on this reactor's thread.
  package var isCurrent: Bool { pthread_equal(pthread_self(), thread) != 0 }

  /// Traps when the caller is on another thread: a handle is about to be touched by somebody else.
  package func preconditionOwned(file: StaticString = #fileID, line: UInt = #line) {
    precondition(isCurrent, "not on reactor \(name)", file: file, line: line)
  }

  // MARK: Work

  /// Starts a task that stays on this reactor. From any thread.
  @discardableResult
  package func spawn<Success: Sendable>(
    _ operation: @escaping @Sendable () async -> Success
  ) -> Task<Success, Never> {
    Task(executorPreference: self, operation: operation)
  }

  /// Runs `operation` on this reactor and returns to the caller's executor.
  package func run<Success: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Success
  ) async throws -> Success {
    try await withTaskExecutorPreference(self) { try await operation() }
  }

  /// Runs `work` on the reactor's thread, soon. From any thread; the only thing other threads may do.
  package func post(_ work: @escaping @Sendable () -> Void) {
    wakeAfter { $0.posts.append(work) }
  }

  /// Runs blocking `work` (a file, a name look-up) on libuv's thread pool, so that the reactor doesn't wait.
  package func offload<Success: Sendable, Failure: Error>(
    _ work: @escaping @Sendable () throws(Failure) -> Success
  ) async throws(Failure) -> Success {
    let result: Result<Success, Failure> = await withCheckedContinuation { continuation in
      post { OffloadedWork.start(on: self, work) { continuation.resume(returning: $0) } }
    }
    return try result.get()
  }

  /// Suspends for `duration`; ends early with `CancellationError` when the task is cancelled.
  package func sleep(for duration: Duration) async throws {
    try await Sleep(reactor: self).wait(duration)
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      jobs.append(job)
    } else {
      wakeAfter { $0.jobs.append(job) }
    }
  }

  /// Ends the loop once what is queued has run, closes every handle and returns when the thread is gone.
  ///
  /// Whoever stops a reactor has ended what runs on it: work handed in afterwards traps.
  package func stop() async {
    await withCheckedContinuation { continuation in
      post {
        self.endWaiters.append(continuation)
        self.isStopping = true
      }
    }
  }

  func arm(_ action: DeferredAction) { armed.append(action) }

  // MARK: The loop

  private func startThread() throws(ReactorError) {
    let this = Unmanaged.passRetained(self).toOpaque()
    // The thread must know itself before anybody asks `isCurrent`: it waits for this lock.
    let code = shared.withLock { _ in
      pthread_create(
        &thread, nil,
        { argument in
          Unmanaged<Reactor>.fromOpaque(argument!).takeRetainedValue().main()
          return nil
        }, this)
    }
    guard code == 0 else {
      Unmanaged<Reactor>.fromOpaque(this).release()
      throw ReactorError("pthread_create", -code)
    }
    pthread_detach(thread)
  }

  private func main() {
    shared.withLock { _ in }
    reactor_name_thread(name)
    while !isStopping || !jobs.isEmpty {
      uv_run(loop, UV_RUN_ONCE)
    }
    closeAll()
    for waiter in endWaiters { waiter.resume() }
  }

  private func closeAll() {
    shared.withLock { $0.isEnded = true }
    uv_walk(loop, { handle, _ in if uv_is_closing(handle) == 0 { HandleBox.close(handle!) } }, nil)
    uv_run(loop, UV_RUN_DEFAULT)
    uv_loop_close(loop)
  }

  private func wakeAfter(_ change: (inout Shared) -> Void) {
    shared.withLock { shared in
      precondition(!shared.isEnded, "work for reactor \(name), which has ended")
      change(&shared)
      if !shared.wakeIsPending {
        shared.wakeIsPending = true
        uv_async_send(wake)
      }
    }
  }

  /// Takes what other threads handed in.
  private func takeOver() {
    let posts = shared.withLock { shared in
      shared.wakeIsPending = false
      for job in shared.jobs { jobs.append(job) }
      shared.jobs.removeAll(keepingCapacity: true)
      return shared.posts.isEmpty ? [] : exchange(&shared.posts, [])
    }
    for post in posts { post() }
  }

  private func runJobs() {
    var budget = Reactor.jobsPerTurn
    while budget > 0, let job = jobs.popFirst() {
      job.runSynchronously(on: asUnownedTaskExecutor())
      budget -= 1
    }
  }

  private func beforePoll() {
    runJobs()
    while !armed.isEmpty {
      for action in exchange(&armed, []) { action.fire() }
      runJobs()
    }
    // The idle handle makes the next poll return at once: what is left must not wait for a socket.
    if jobs.isEmpty, !isStopping { uv_idle_stop(idle) } else { uv_idle_start(idle) { _ in } }
  }

  private static func of<Handle>(_ handle: UnsafeMutablePointer<Handle>?) -> Reactor {
    let handle = UnsafeMutableRawPointer(handle!).assumingMemoryBound(to: uv_handle_t.self)
    return Unmanaged<Reactor>.fromOpaque(handle.pointee.loop.pointee.data).takeUnretainedValue()
  }
}
