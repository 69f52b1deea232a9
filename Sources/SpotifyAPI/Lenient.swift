import FoundationEssentials

/// One element of a list, decoded by itself: a null or odd one must not spoil the page.
enum Lenient<Element: Decodable>: Decodable {
  case value(Element)
  case null
  case malformed

  /// What came, if it could be read.
  var content: Element? { if case .value(let element) = self { element } else { nil } }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let element = try? container.decode(Element.self) {
      self = .value(element)
    } else {
      self = .malformed
    }
  }
}

/// A whole number that may come as `204053.0` (seen in March 2024, zmb3/spotify f5f7cf5).
struct LenientInt: Decodable {
  let value: Int

  init(from decoder: any Decoder) throws {
    let number = try decoder.singleValueContainer().decode(Double.self)
    guard number.isFinite, let value = Int(exactly: number.rounded()) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "not a whole number"))
    }
    self.value = value
  }
}
