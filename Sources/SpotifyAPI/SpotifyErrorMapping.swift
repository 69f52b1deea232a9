import FoundationEssentials
import HTTPClient

extension SpotifyError {
  /// The Web API's envelope: `{"error":{"status":Int,"message":String[,"reason":String]}}`. Not every answer
  /// has it: some refusals are plain text.
  private struct Envelope: Decodable {
    struct Refusal: Decodable {
      let message: String?
      let reason: String?
    }
    let error: Refusal
  }

  init(transport error: HTTPClientError) {
    self.init(error.code == .cancelled ? .cancelled : .unavailable, "\(error)")
  }

  /// Reads a refusal.
  init(answer: HTTPClientResponse) {
    let refusal = (try? JSONDecoder().decode(Envelope.self, from: Data(answer.body)))?.error
    let message = refusal?.message ?? SpotifyWords.beginning(of: answer.body)
    let code: Code =
      switch answer.status {
      case 401: .unauthorized
      case 403 where refusal?.reason == "PREMIUM_REQUIRED": .premiumRequired
      case 403 where message.contains("Restriction violated"): .playerRestricted
      case 403: message.lowercased().contains("scope") ? .insufficientScope : .forbidden
      case 404: refusal?.reason == "NO_ACTIVE_DEVICE" ? .noActiveDevice : .notFound
      case 429: refusal?.reason == "QUOTA_EXCEEDED" ? .quotaExceeded : .rateLimited
      case 400..<500: .badRequest
      default: .unavailable
      }
    self.init(
      code, status: answer.status, SpotifyWords.harmless(message),
      retryAfter: RetryAfter.parse(answer.header("Retry-After")))
  }
}

/// `Retry-After` in seconds. Spotify sends whole seconds; dates and nonsense count as absent.
enum RetryAfter {
  /// Longer than any seen (86,236 s): what is above is cut to it, so that a wrong number parks nothing for ever.
  private static let longest = 7 * 86_400

  static func parse(_ value: String?) -> Duration? {
    guard let value, !value.isEmpty, value.utf8.count <= 12, let seconds = Int(value), seconds >= 0 else {
      return nil
    }
    return .seconds(min(seconds, longest))
  }
}
