import FoundationEssentials
import Secrets
import TestSupport

@testable import HTTPClient
@testable import SpotifyAPI

extension FuzzTarget {
  /// `Retry-After`: seconds or nothing; never negative, never for ever.
  static let retryAfter = FuzzTarget(
    "retry-after",
    seeds: [
      "0", "7", "86400", "-1", "+5", "99999999999", "9223372036854775808", "Fri, 20 Nov 2026 06:00:00 GMT",
      "1.5",
    ],
    words: ["9223372036854775807", "-", "+", "0x", "e9", " ", "Fri, ", "GMT", "\u{661}"]
  ) { input in
    let text = input.fieldValue
    guard let wait = RetryAfter.parse(text) else {
      let isNumber = (1...12).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
      return try hold(!isNumber, "seconds are understood: \(text)")
    }
    try hold((.zero ... .seconds(7 * 86_400)).contains(wait), "\(text) is a wait of \(wait)")
    try hold(wait.components.attoseconds == 0, "\(text) is whole seconds")
  }

  /// Refusals of the Web API and of the token endpoint, whatever stands in them.
  static let spotifyRefusals = FuzzTarget(
    "spotify-refusals",
    seeds: [
      "429\n3\n{\"error\":{\"status\":429,\"message\":\"API rate limit exceeded\"}}",
      "403\n\nUser not registered",
      "403\n\n{\"error\":{\"message\":\"x\",\"reason\":\"PREMIUM_REQUIRED\"}}", "500\n\n<html>", "401\n\n{}",
      "400\n\n{\"error\":\"invalid_grant\",\"error_description\":\"Refresh token revoked\"}",
      "400\n\n{\"error\":\"BQC4YmI4NzYtMDhkMS00NzM2LWE4\"}", "401\n\nBearer BQC4YmI4NzYtMDhkMS00NzM2LWE4",
      "503\n7\n", "400\n\n{\"error\":\"invalid_client\"}",
      "404\n\n{\"error\":{\"reason\":\"NO_ACTIVE_DEVICE\"}}",
    ],
    words: [
      "\"error\":", "\"message\":", "\"reason\":", "\"QUOTA_EXCEEDED\"", "\"invalid_grant\"",
      "\"invalid_client\"",
      "\"error_description\":", "Restriction violated", "scope", "429", "400", "503", "\u{301}", "\u{a0}",
      "BQC4YmI4NzYtMDhkMS00NzM2LWE4",
    ]
  ) { input in
    let status = 400 + abs((Int(input.line()) ?? 0) % 200)
    var head = ResponseHead()
    for line in ["HTTP/1.1 \(status)\r\n", "Retry-After: \(input.line())\r\n", "\r\n"] {
      _ = Array(line.utf8).withUnsafeBytes { head.take($0) }
    }
    let response = HTTPClientResponse(status: status, head: head, body: input.rest)
    for error in [SpotifyError(answer: response), TokenRefusal.error(response)] {
      try hold(error.status == status && !error.isOurs, "it is Spotify's refusal")
      try hold(error.message.unicodeScalars.count <= 200, "its words are shortened")
      try hold(error.message.utf8.count <= 1_000, "its words have an end in bytes")
      let longest = error.message.unicodeScalars.split(whereSeparator: \.properties.isWhitespace)
        .map(\.count).max()
      try hold(longest ?? 0 <= 20, "no word is long enough for a token: \(error.message)")
      try hold((.zero ... .seconds(7 * 86_400)).contains(error.retryAfter ?? .zero), "its wait has an end")
    }
    let refusal = TokenRefusal.error(response)
    let isWish = status == 503 && refusal.retryAfter != nil
    try hold(
      isWish == (status >= 500 && refusal.code == .rateLimited), "a wish to wait is told from an outage")
    try hold(
      (refusal.code == .unavailable) == (status >= 500 && !isWish),
      "an outage is told from a refusal: \(status)")
    if status == 429 || isWish {
      try hold(
        (.seconds(1) ... .seconds(3_600)).contains(refusal.retryAfter ?? .seconds(1)), "it is believed")
    }
  }

  /// The token endpoint's answer: usable tokens, and the very ones that any reader of JSON finds.
  static let spotifyTokens = FuzzTarget(
    "spotify-tokens",
    seeds: [
      Recorded.token, #"{"access_token":"a","token_type":"bearer","expires_in":3600.0,"refresh_token":null}"#,
      #"{"access_token":"a\r\n","token_type":"Bearer","expires_in":1e308}"#,
    ],
    words: [
      "\"access_token\":", "\"refresh_token\":", "\"expires_in\":", "\"token_type\":\"Bearer\"", "\"scope\":",
      "1e308",
      "-1", "0", "\\n", "\\u0000", "null",
    ]
  ) { input in
    let told = try? JSONDecoder().decode(ToldTokens.self, from: Data(input.rest))
    do throws(SpotifyError) {
      let answer = try TokenAnswer(body: input.rest)
      let isTold = answer.accessToken.withUnsafeBytes { $0.elementsEqual((told?.access ?? "").utf8) }
      let isRefreshTold = answer.refreshToken.withUnsafeBytes { $0.elementsEqual((told?.refresh ?? "").utf8) }
      if !isTold || !isRefreshTold { throw SpotifyError(.badRequest, "its tokens are others") }
      let isPrintable = answer.accessToken.withUnsafeBytes { $0.allSatisfy { $0 > 0x20 && $0 < 0x7f } }
      if !isPrintable || answer.accessToken.count == 0 {
        throw SpotifyError(.badRequest, "no header holds it")
      }
      if !(.seconds(1) ... .seconds(31_536_000)).contains(answer.lifetime) {
        throw SpotifyError(.badRequest, "it lives for \(answer.lifetime)")
      }
    } catch { try hold(error.code == .malformed, "an answer is a usable token: \(error)") }
  }

  private struct ToldTokens: Decodable {
    let access: String
    let refresh: String?

    private enum CodingKeys: String, CodingKey {
      case access = "access_token"
      case refresh = "refresh_token"
    }
  }

  /// `application/x-www-form-urlencoded` as we send it: with a secret at its end, which nothing breaks out of.
  static let forms = FuzzTarget(
    "forms",
    seeds: ["code\nvalue", "a&b=c\n&=%+ \u{e9}", "\n"],
    words: ["&", "=", "%", "+", "%26", "\u{0}"]
  ) { input in
    let name = input.line()
    let secret = input.rest
    let body = FormEncoding.body([(name, "x y")], name: "secret", secret: SecretBytes(copying: secret))
    let text = body.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    try hold(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }, "a form is printable: \(text)")
    let fields = text.split(separator: "&", omittingEmptySubsequences: false)
    try hold(
      fields.count == 2 && fields[1].hasPrefix("secret="), "a form has the fields it was given: \(text)")
    try hold(unescaped(fields[1].dropFirst(7)) == secret, "a secret comes back: \(text)")
    try hold(unescaped(fields[0].prefix { $0 != "=" }) == Array(name.utf8), "a name comes back: \(text)")
  }

  private static func unescaped(_ text: Substring) -> [UInt8] {
    var pieces = text.split(separator: "%", omittingEmptySubsequences: false).map(String.init)
    let first = Array(pieces.removeFirst().utf8)
    return pieces.reduce(into: first) { bytes, piece in
      bytes.append(UInt8(piece.prefix(2), radix: 16) ?? 0)
      bytes.append(contentsOf: piece.dropFirst(2).utf8)
    }
  }
}
