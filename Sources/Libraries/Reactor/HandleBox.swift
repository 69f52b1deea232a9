import CLibuv

/// Keeps a libuv handle and whoever it calls back alive until libuv has let go of it.
///
/// libuv owns a handle until its close callback has run, which is after `close()` returns; so the memory is
/// freed there and nowhere else.
final class HandleBox<Handle> {
  let pointer: UnsafeMutablePointer<Handle>
  private(set) var isClosed = false

  /// Allocates the handle; `owner` is what the callbacks find in `data`. Unretained: the owner holds the box
  /// and closes it before it goes.
  init(owner: AnyObject) {
    pointer = .allocate(capacity: 1)
    asHandle.pointee.data = Unmanaged.passUnretained(owner).toOpaque()
  }

  var asHandle: UnsafeMutablePointer<uv_handle_t> {
    UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: uv_handle_t.self)
  }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    HandleBox<uv_handle_t>.close(asHandle)
  }
}

extension HandleBox where Handle == uv_handle_t {
  /// Closes any handle that a box made or the loop owns. The memory of the loop's own five handles belongs to
  /// the reactor, which carries its own address in their loop and leaves their `data` empty.
  static func close(_ handle: UnsafeMutablePointer<uv_handle_t>) {
    let isBoxed = handle.pointee.data != nil
    uv_close(handle, isBoxed ? { UnsafeMutableRawPointer($0!).deallocate() } : nil)
  }
}
