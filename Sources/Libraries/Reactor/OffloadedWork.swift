import CLibuv

/// Blocking work on libuv's thread pool.
// @unchecked: libuv hands it from the owner to a pool thread and back; never two at once.
final class OffloadedWork: @unchecked Sendable {
  private let request: UnsafeMutablePointer<uv_work_t>
  private let work: () -> Void
  private let finish: () -> Void

  private init(_ work: @escaping () -> Void, _ finish: @escaping () -> Void) {
    request = .allocate(capacity: 1)
    self.work = work
    self.finish = finish
  }

  deinit { request.deallocate() }

  static func start<Success, Failure: Error>(
    on reactor: Reactor, _ work: @escaping () throws(Failure) -> Success,
    _ finish: @escaping (Result<Success, Failure>) -> Void
  ) {
    var result: Result<Success, Failure>?
    let offloaded = OffloadedWork({ result = Result(catching: work) }, { finish(result!) })
    offloaded.request.pointee.data = Unmanaged.passRetained(offloaded).toOpaque()
    let code = uv_queue_work(
      reactor.loop, offloaded.request,
      { Unmanaged<OffloadedWork>.fromOpaque($0!.pointee.data).takeUnretainedValue().work() },
      { request, _ in
        Unmanaged<OffloadedWork>.fromOpaque(request!.pointee.data).takeRetainedValue().finish()
      })
    // It only fails for a nil callback.
    precondition(code == 0)
  }
}
