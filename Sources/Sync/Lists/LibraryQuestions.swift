import Accounts
import Domain
import SpotifyAPI

/// Asks Spotify whether things that a list doesn't show are in somebody's library all the same.
struct LibraryQuestions: Sendable {
  /// What a person has of some things.
  struct Answer<ID: Hashable & Sendable>: Sendable {
    /// What isn't in the library, in the order of the question.
    let denied: [ID]
    /// Whether Spotify answered for all of them.
    let isComplete: Bool
  }

  let access: UserAccess
  let spotify: SpotifyClient
  let pacer: RequestPacer
  let requests: RequestCounter

  /// How many uris a request takes.
  static let urisPerRequest = 40

  /// Whether each of some uris, as many as a request takes, is in the library.
  func contains(_ uris: [String]) async throws -> [Bool] {
    try await pacer.send(counting: requests) {
      try await access.perform(onRepeat: requests.increment) { token throws(SpotifyError) in
        try await spotify.contains(uris: uris, token: token)
      }
    }
  }

  /// Which of some things aren't in the library. Where Spotify refuses to say, nothing more is asked.
  func denied<ID: Hashable & Sendable>(of things: [ID], uri: (ID) -> String) async throws -> Answer<ID> {
    var denied: [ID] = []
    for start in stride(from: 0, to: things.count, by: LibraryQuestions.urisPerRequest) {
      let part = things[start..<min(start + LibraryQuestions.urisPerRequest, things.count)]
      do {
        denied += zip(part, try await contains(part.map(uri))).filter { !$0.1 }.map(\.0)
      } catch let error as SpotifyError where error.isRefusal || error.code == .insufficientScope {
        return Answer(denied: denied, isComplete: false)
      }
    }
    return Answer(denied: denied, isComplete: true)
  }
}
