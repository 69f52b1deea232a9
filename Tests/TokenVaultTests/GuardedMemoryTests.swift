import Foundation
import Secrets
import Testing

/// What the kernel says about the memory that keys live in.
@Suite struct GuardedMemoryTests {
  @Test func `A key's page is locked, left out of dumps, read-only, and stands between guard pages`() throws {
    let key = GuardedBytes(copying: SecretBytes(copying: [UInt8](repeating: 7, count: 32)))
    let address = key.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    let ordinary = [UInt8](repeating: 7, count: 1 << 20)
    let heap = ordinary.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    let map = try withExtendedLifetime((key, ordinary)) { try Mapping.all() }
    let index = try #require(map.firstIndex { $0.range.contains(address) })
    #expect(map[index].rights == "r--p")
    // lo: locked, so never in swap; dd: not in core dumps.
    #expect(map[index].flags.isSuperset(of: ["lo", "dd"]))
    #expect(map[index - 1].rights == "---p" && map[index - 1].range.upperBound == map[index].range.lowerBound)
    #expect(map[index + 1].rights == "---p" && map[index + 1].range.lowerBound == map[index].range.upperBound)
    // Other memory is neither: the flags tell.
    let other = try #require(map.first { $0.range.contains(heap) })
    #expect(other.flags.isDisjoint(with: ["lo", "dd"]))
  }
}

/// A line of `/proc/self/smaps` with what belongs to it.
private struct Mapping {
  let range: Range<UInt>
  let rights: String
  var flags: Set<String> = []

  static func all() throws -> [Mapping] {
    var found: [Mapping] = []
    // String's own reading takes the first piece for the whole: such a file says that it is empty.
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
    let text = String(decoding: try #require(try file.readToEnd()), as: UTF8.self)
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      if words[0] == "VmFlags:", !found.isEmpty {
        found[found.count - 1].flags = Set(words.dropFirst())
        continue
      }
      let bounds = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      if bounds.count == 2, words.count > 1 {
        found.append(Mapping(range: bounds[0]..<bounds[1], rights: words[1]))
      }
    }
    return found
  }
}
