import HTTPClient
import HTTPServer
import Reactor
import Secrets
import SpotifyAPI
import TestSupport

/// A Spotify that always gives the same answer, over real HTTP, and remembers what it was asked.
struct CannedSpotify: Sendable {
  let api: SpotifyClient
  let accounts: SpotifyAccounts
  let requests: Locked<[HTTPRequest]>
}

func withCannedSpotify<R: Sendable>(
  _ status: Int, _ body: String, headers: [String: String] = [:], secret: String = "a+secret/ü",
  scopes: [String] = ["user-library-read"],
  _ test: @escaping @Sendable (CannedSpotify) async throws -> R
) async throws -> R {
  try await onReactor { reactor in
    let requests = Locked<[HTTPRequest]>([])
    var answer = HTTPResponse(status: status, body: .bytes(Array(body.utf8)))
    for (name, value) in headers { answer.headers.append(name, value) }
    let server = try await HTTPServer.start(on: reactor, HTTPServerConfiguration(host: "127.0.0.1", port: 0))
    {
      [answer] request in
      requests.withLock { $0.append(request) }
      return answer
    }
    let client = try HTTPClient(
      reactor: reactor, configuration: HTTPClient.Configuration(userAgent: "tests/1"))
    let configuration = Spotify.configuration(
      base: "http://127.0.0.1:\(server.port)", secret: secret, scopes: scopes)
    let outcome: Result<R, any Error>
    do {
      outcome = .success(
        try await test(
          CannedSpotify(
            api: SpotifyClient(client: client, configuration: configuration, admission: .unlimited),
            accounts: SpotifyAccounts(client: client, configuration: configuration, admission: .unlimited),
            requests: requests)))
    } catch { outcome = .failure(error) }
    client.close()
    await server.stop(grace: .zero)
    return try outcome.get()
  }
}

enum Spotify {
  static func configuration(
    base: String, api: String = "", id: String = "an id", secret: String,
    redirect: String = "http://127.0.0.1:8080/spotify/callback/", scopes: [String]
  ) -> SpotifyConfiguration {
    SpotifyConfiguration(
      apiURL: base + api, accountsURL: base, clientID: id, clientSecret: SecretBytes(copying: secret.utf8),
      redirectURI: redirect, scopes: scopes)
  }

  static func text(_ secret: borrowing SecretBytes) -> String {
    secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}

/// The error that `body` throws; nil when it throws none.
func spotifyError<R: ~Copyable>(_ body: () async throws(SpotifyError) -> R) async -> SpotifyError? {
  do {
    _ = try await body()
    return nil
  } catch { return error }
}
