/// A path of this site that a browser may be sent to after a sign-in.
///
/// What browsers read as another host is refused: `//host`, `/\host`, and the same with tabs or line breaks in
/// between, which they leave out.
enum SameSitePath {
  /// In bytes. Each sign-in that anybody begins keeps its path for ten minutes.
  private static let longest = 512

  static func isSafe(_ path: String) -> Bool {
    let bytes = path.utf8
    guard bytes.first == UInt8(ascii: "/"), bytes.count <= longest else { return false }
    guard bytes.dropFirst().first != UInt8(ascii: "/") else { return false }
    return path.unicodeScalars.allSatisfy { $0 != "\\" && $0.properties.generalCategory != .control }
  }
}
