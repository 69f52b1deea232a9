import Foundation

/// The forms that a secret takes by accident on its way into a log, a row or an answer.
enum SecretForms {
  /// Every form of `piece` as it stands in whatever holds it, each with its name. Base64 has three of them: where a
  /// group of three bytes begins depends on what comes before.
  static func all(of piece: [UInt8]) -> [(name: String, bytes: [UInt8])] {
    var forms: [(name: String, bytes: [UInt8])] = [("plain", piece)]
    func add(_ name: String, _ text: String) { forms.append((name, Array(text.utf8))) }
    for isUpper in [true, false] {
      let hex = piece.map { self.hex($0, isUpper) }
      add("hex", hex.joined())
      add("percent", zip(piece, hex).map { isUnreserved($0) ? character($0) : "%" + $1 }.joined())
      add(
        "percent, all but letters and digits",
        zip(piece, hex).map { isLetterOrDigit($0) ? character($0) : "%" + $1 }.joined())
      add("percent, every byte", hex.map { "%" + $0 }.joined())
      add("JSON, every byte", hex.map { "\\u00" + $0 }.joined())
    }
    add("JSON", piece.map { $0 == UInt8(ascii: "/") ? "\\/" : character($0) }.joined())
    add("a list of numbers", piece.map(String.init).joined(separator: ", "))
    for skipped in 0..<3 {
      let base64 = Data(piece.dropFirst(skipped).prefix((piece.count - skipped) / 3 * 3))
        .base64EncodedString()
      add("Base64 from byte \(skipped)", base64)
      add("Base64url from byte \(skipped)", base64.replacing("+", with: "-").replacing("/", with: "_"))
      add(
        "Base64 from byte \(skipped), percent",
        base64.replacing("+", with: "%2B").replacing("/", with: "%2F"))
    }
    forms.append(("UTF-16, low byte first", piece.flatMap { [$0, 0] }))
    forms.append(("UTF-16, high byte first", piece.flatMap { [0, $0] }))
    return forms
  }

  private static func hex(_ byte: UInt8, _ isUpper: Bool) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: isUpper)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || [0x2d, 0x2e, 0x5f, 0x7e].contains(byte)
  }

  private static func character(_ byte: UInt8) -> String { String(UnicodeScalar(byte)) }
}
