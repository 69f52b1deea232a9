import Foundation

/// The body of `PUT /v1/me/player/play`.
struct PlayOrder: Decodable {
  struct Offset: Decodable {
    var position: Int?
    var uri: String?
  }

  var contextUri: String?
  var uris: [String]?
  var offset: Offset?
  var positionMs: Int?

  /// - Returns: nil for no body, which means: go on.
  static func read(_ body: [UInt8]) throws(APIRefusal) -> PlayOrder? {
    guard !body.isEmpty else { return nil }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let order = try? decoder.decode(PlayOrder.self, from: Data(body))
    // `{}` is refused too: who only wants to go on sends nothing.
    guard let order, order.contextUri != nil || order.uris != nil || order.positionMs != nil else {
      throw APIRefusal(400, "Malformed json")
    }
    guard order.contextUri == nil || order.uris == nil else {
      throw APIRefusal(400, "Only one of either \"context_uri\" or \"uris\" can be specified")
    }
    return order
  }
}
