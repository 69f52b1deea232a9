import Secrets

/// An answer's body on its way in. Of a secret one nothing is left in memory that is given back: not when it
/// outgrows its place, and not when it ends before it was taken.
struct IncomingBody {
  private(set) var bytes: [UInt8] = []
  private let isSecret: Bool

  init(isSecret: Bool) { self.isSecret = isSecret }

  mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

  mutating func append(_ part: UnsafeRawBufferPointer) {
    // An array that grows by itself gives its old place back as it is.
    if isSecret, bytes.count + part.count > bytes.capacity { move(for: part.count) }
    bytes.append(contentsOf: part)
  }

  mutating func take() -> [UInt8] { exchange(&bytes, with: []) }

  mutating func wipe() {
    guard isSecret else { return }
    bytes.withUnsafeMutableBytes { SecretBytes.wipe($0) }
    bytes = []
  }

  private mutating func move(for more: Int) {
    var larger: [UInt8] = []
    larger.reserveCapacity(max(2 * bytes.capacity, bytes.count + more))
    larger.append(contentsOf: bytes)
    wipe()
    bytes = larger
  }
}
