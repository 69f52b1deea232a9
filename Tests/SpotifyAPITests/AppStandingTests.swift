import Reactor
import Secrets
import Testing

@testable import SpotifyAPI

@Suite("An app that Spotify refuses")
struct AppStandingTests {
  private static let refusal = SpotifyError(.invalidClient, status: 400, "Invalid client secret")

  @Test("isn't asked for again for a while, and that is told once")
  func coolDown() throws {
    let told = Locked(0)
    let clock = Locked(ContinuousClock.now)
    let standing = AppStanding(
      onRefusal: { _ in told.withLock { $0 += 1 } }, now: { clock.withLock { $0 } })
    try standing.check()
    for _ in 0..<10 { standing.refused(Self.refusal) }
    let error = #expect(throws: SpotifyError.self) { try standing.check() }
    #expect(error?.code == .invalidClient && error?.isOurs == true)
    #expect(told.withLock { $0 } == 1)
    clock.withLock { $0 += AppStanding.coolDown }
    try standing.check()
    standing.refused(Self.refusal)
    #expect(told.withLock { $0 } == 2)
  }

  @Test("costs one request for all kinds of tokens together")
  func requests() async throws {
    try await withCannedSpotify(400, #"{"error":"invalid_client"}"#) { spotify in
      for _ in 0..<5 {
        let codes = [
          await Self.code { _ = try await spotify.accounts.appToken() },
          await Self.code { _ = try await spotify.accounts.refresh(SecretBytes(copying: "r".utf8)) },
          await Self.code {
            _ = try await spotify.accounts.exchange(code: SecretBytes(copying: "c".utf8), verifier: "v")
          },
        ]
        #expect(codes == [.invalidClient, .invalidClient, .invalidClient])
      }
      #expect(spotify.requests.withLock { $0.count } == 1)
    }
  }

  private static func code(_ request: () async throws -> Void) async -> SpotifyError.Code? {
    do { try await request() } catch { return (error as? SpotifyError)?.code }
    return nil
  }
}
