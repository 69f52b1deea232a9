import CCurl
import Secrets

/// A request's headers as the list that curl reads, in two pieces of memory of our own that are wiped at the
/// end: `curl_slist_append` would leave a copy of every line in the heap.
struct HeaderList: ~Copyable {
  private let text: UnsafeMutableRawBufferPointer
  private let nodes: UnsafeMutableBufferPointer<curl_slist>

  /// - Parameter secretLine: comes last.
  init(_ lines: [String], secretLine: UnsafeRawBufferPointer? = nil) {
    let secretCount = secretLine.map { $0.count + 1 } ?? 0
    text = .allocate(byteCount: lines.reduce(secretCount) { $0 + $1.utf8.count + 1 }, alignment: 1)
    nodes = .allocate(capacity: lines.count + (secretLine == nil ? 0 : 1))
    var writer = Writer(text: text, nodes: nodes)
    for var line in lines { line.withUTF8 { writer.append(UnsafeRawBufferPointer($0)) } }
    if let secretLine { writer.append(secretLine) }
  }

  deinit {
    SecretBytes.wipe(text)
    text.deallocate()
    nodes.deallocate()
  }

  /// Valid as long as this list.
  var first: UnsafeMutablePointer<curl_slist>? { nodes.isEmpty ? nil : nodes.baseAddress }

  private struct Writer {
    let text: UnsafeMutableRawBufferPointer
    let nodes: UnsafeMutableBufferPointer<curl_slist>
    var written = 0
    var node = 0

    mutating func append(_ line: UnsafeRawBufferPointer) {
      let start = text.baseAddress! + written
      start.copyMemory(from: line.baseAddress!, byteCount: line.count)
      start.storeBytes(of: 0, toByteOffset: line.count, as: UInt8.self)
      let next = node + 1 < nodes.count ? nodes.baseAddress! + node + 1 : nil
      (nodes.baseAddress! + node).initialize(
        to: curl_slist(data: start.assumingMemoryBound(to: CChar.self), next: next))
      written += line.count + 1
      node += 1
    }
  }
}
