import Domain
import FoundationEssentials
import HTTPServer

/// One version of the copy, ready to be sent: rendered once, shared by all answers.
final class RenderedReleases: Sendable {
  let version: Int64
  let fetchedAt: Date
  let lastModified: String
  let releases: [Album]
  /// The array of all of them.
  let whole: SharedBytes
  let entityTag: String
  /// What goes with `whole`.
  let headers: HTTPHeaders
  /// Each element's JSON.
  private let elements: [[UInt8]]
  /// What a search looks into, element by element.
  private let texts: [[UInt8]]

  init(_ catalogue: ReleaseCatalogue) {
    version = catalogue.version
    fetchedAt = catalogue.fetchedAt
    lastModified = HTTPDate.text(catalogue.fetchedAt)
    releases = catalogue.releases
    elements = catalogue.releases.map { album in JSONWriter.bytes { $0.release(album) } }
    texts = catalogue.releases.map { album in
      let names = [album.name] + album.artists.map(\.name)
      return Array(names.joined(separator: "\n").lowercased().utf8)
    }
    let bytes = RenderedReleases.array(elements)
    whole = SharedBytes(bytes)
    entityTag = EntityTag.of(bytes)
    var headers = RenderedReleases.headers(total: elements.count, lastModified: lastModified)
    headers.append("etag", entityTag)
    self.headers = headers
  }

  var count: Int { elements.count }

  /// The places of the elements whose release or artists contain `search`, without regard to case.
  func places(matching search: String) -> [Int] {
    let wanted = Array(search.lowercased().utf8)
    return texts.indices.filter { RenderedReleases.contains(texts[$0], wanted) }
  }

  /// An array of the elements at `places`.
  func part(_ places: some Collection<Int>) -> [UInt8] {
    RenderedReleases.array(places.map { elements[$0] })
  }

  static func headers(total: Int, lastModified: String) -> HTTPHeaders {
    [
      "content-type": "application/json", "cache-control": "public, no-cache", "x-total-count": "\(total)",
      "last-modified": lastModified,
    ]
  }

  private static func array(_ elements: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = [UInt8(ascii: "[")]
    bytes.reserveCapacity(elements.reduce(2) { $0 + $1.count + 1 })
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: element)
    }
    bytes.append(UInt8(ascii: "]"))
    return bytes
  }

  private static func contains(_ text: [UInt8], _ wanted: [UInt8]) -> Bool {
    guard let first = wanted.first, text.count >= wanted.count else { return wanted.isEmpty }
    return (0...(text.count - wanted.count)).contains { start in
      text[start] == first && text[start..<(start + wanted.count)].elementsEqual(wanted)
    }
  }
}
