import Domain
import Secrets
import SpotifyAPI
import SpotifySimulator
import Testing

@Suite("The client and a Spotify")
struct SimulatorTests {
  @Test("a code is traded once, with its verifier, and the refresh token works")
  func tokens() async throws {
    try await withSimulatedSpotify { spotify in
      let answer = try await spotify.tokens()
      #expect(answer.hasRefreshToken && answer.lifetime == .seconds(3_600))
      #expect(answer.scopes == ["user-library-read"])
      let profile = try await spotify.api.profile(token: answer.accessToken)
      #expect(profile.id == SpotifyUserID("ada.quill") && profile.displayName == "Ada Quill")
      #expect(profile.imageURL?.contains("/image/300-") == true)
      let refreshed = try await spotify.accounts.refresh(answer.refreshToken)
      #expect(refreshed.hasRefreshToken == false)
      _ = try await spotify.api.profile(token: refreshed.accessToken)
      let app = try await spotify.accounts.appToken()
      #expect(!app.hasRefreshToken && app.scopes == nil)
    }
  }

  @Test("a used code, a wrong verifier and a wrong secret are what they are")
  func refusals() async throws {
    try await withSimulatedSpotify { spotify in
      let code = try await spotify.code()
      for _ in 0..<2 {
        let error = await spotifyError { () async throws(SpotifyError) in
          try await spotify.accounts.exchange(
            code: SecretBytes(copying: code.utf8), verifier: String(repeating: "v", count: 43))
        }
        #expect(error?.code == .invalidGrant)
      }
      let unknown = await spotifyError { () async throws(SpotifyError) in
        try await spotify.accounts.refresh(SecretBytes(copying: "nonsense".utf8))
      }
      #expect(unknown?.code == .invalidGrant)
    }
    try await withSimulatedSpotify(secret: "wrong") { spotify in
      let error = await spotifyError { () async throws(SpotifyError) in try await spotify.accounts.appToken()
      }
      #expect(error?.code == .invalidClient)
    }
  }

  @Test("every slot of a library comes, page by page, as the simulator has it")
  func savedTracks() async throws {
    try await withSimulatedSpotify { spotify in
      try spotify.simulator.edit("ada.quill", LibraryEdit(save: 3, insertNullAt: [2, 60]))
      let token = try await spotify.token()
      let truth = try spotify.simulator.library(of: "ada.quill")
      var keys: [String?] = []
      var times: [String?] = []
      for offset in stride(from: 0, to: truth.total, by: 50) {
        let page = try await spotify.api.savedTracks(
          offset: offset, limit: 50, token: SecretBytes(copying: token.utf8))
        #expect(page.total == truth.total && page.offset == offset)
        for slot in page.slots {
          switch slot {
          case .track(let track, let addedAt, _):
            keys.append(track.uri)
            times.append(Timestamp.text(addedAt))
            #expect(!track.artists.isEmpty && track.isLocal == (track.spotifyID == nil))
          case .null:
            keys.append(nil)
            times.append(nil)
          case .malformed: Issue.record("malformed")
          }
        }
      }
      #expect(keys == truth.uris)
      #expect(zip(times, truth.addedAt).allSatisfy { $0 == nil || $0 == $1 })
      let behind = try await spotify.api.savedTracks(
        offset: truth.total + 50, limit: 50, token: SecretBytes(copying: token.utf8))
      #expect(behind.slots.isEmpty && behind.total == truth.total)
    }
  }

  @Test("contains knows what is saved and what isn't, forty at once and no more")
  func contains() async throws {
    try await withSimulatedSpotify { spotify in
      let token = try await spotify.token()
      let saved = try spotify.simulator.library(of: "ada.quill").uris.compactMap { $0 }
        .filter { $0.hasPrefix("spotify:track:") }
      try spotify.simulator.edit("ada.quill", LibraryEdit(unsave: [.id(saved[1]), .id(saved[39])]))
      let uris = Array(saved.prefix(40))
      let answers = try await spotify.api.contains(uris: uris, token: SecretBytes(copying: token.utf8))
      #expect(answers == uris.indices.map { $0 != 1 && $0 != 39 })
      let tooMany = await spotifyError { () async throws(SpotifyError) in
        try await spotify.api.contains(uris: Array(saved.prefix(41)), token: SecretBytes(copying: token.utf8))
      }
      #expect(tooMany?.code == .badRequest)
    }
  }

  @Test("new releases are forbidden in Development Mode and listed in Extended, a search works in both")
  func catalogue() async throws {
    try await withSimulatedSpotify { spotify in
      let answer = try await spotify.accounts.appToken()
      let token = Spotify.text(answer.accessToken)
      let forbidden = await spotifyError { () async throws(SpotifyError) in
        try await spotify.api.newReleases(offset: 0, limit: 50, token: SecretBytes(copying: token.utf8))
      }
      #expect(forbidden?.code == .forbidden && forbidden?.status == 403)
      let small = try await spotify.api.searchAlbums(
        query: "tag:new", offset: 0, limit: 10, token: SecretBytes(copying: token.utf8))
      #expect(small.received == 10 && small.albums.count == 10 && small.total > 10)
      let large = await spotifyError { () async throws(SpotifyError) in
        try await spotify.api.searchAlbums(
          query: "tag:new", offset: 0, limit: 50, token: SecretBytes(copying: token.utf8))
      }
      #expect(large?.code == .badRequest)
      spotify.simulator.setMode(.extended)
      let listed = try await spotify.api.newReleases(
        offset: 0, limit: 50, token: SecretBytes(copying: token.utf8))
      #expect(listed.albums.count == 50)
      let artistID = try #require(listed.albums.first?.artists.first?.id)
      let artist = try await spotify.api.artist(ArtistID(artistID), token: SecretBytes(copying: token.utf8))
      #expect(artist.name == listed.albums.first?.artists.first?.name)
      let unknown = await spotifyError { () async throws(SpotifyError) in
        try await spotify.api.artist(
          ArtistID("0000000000000000000000"), token: SecretBytes(copying: token.utf8))
      }
      #expect(unknown?.code == .notFound || unknown?.code == .badRequest)
    }
  }

  @Test(
    "what goes wrong on the way has its name",
    arguments: [
      (Fault(.rateLimit, retryAfter: 5), .rateLimited), (Fault(.quotaExceeded), .quotaExceeded),
      (Fault(.plainText), .rateLimited), (Fault(.status, status: 503), .unavailable),
      (Fault(.status, status: 401), .unauthorized), (Fault(.cut), .unavailable), (Fault(.html), .malformed),
      (Fault(.truncated), .malformed),
    ] as [(Fault, SpotifyError.Code)])
  func faults(_ fault: Fault, _ code: SpotifyError.Code) async throws {
    try await withSimulatedSpotify { spotify in
      let token = try await spotify.token()
      var fault = fault
      fault.group = .savedTracks
      spotify.simulator.add(fault)
      let error = await spotifyError { () async throws(SpotifyError) in
        try await spotify.api.savedTracks(offset: 0, limit: 50, token: SecretBytes(copying: token.utf8))
      }
      #expect(error?.code == code)
      let page = try await spotify.api.savedTracks(
        offset: 0, limit: 50, token: SecretBytes(copying: token.utf8))
      #expect(page.slots.count == 50)
    }
  }

  @Test("odd elements on order keep their places")
  func oddElements() async throws {
    try await withSimulatedSpotify { spotify in
      let token = try await spotify.token()
      spotify.simulator.add(
        Fault(.nullElement, group: .savedTracks, index: 3),
        Fault(.malformedElement, group: .savedTracks, nth: 2, index: 4))
      for index in [3, 4] {
        let page = try await spotify.api.savedTracks(
          offset: 0, limit: 50, token: SecretBytes(copying: token.utf8))
        #expect(page.slots.count == 50)
        switch page.slots[index] {
        case .null: #expect(index == 3)
        case .malformed: #expect(index == 4)
        case .track: Issue.record("a track at \(index)")
        }
      }
    }
  }

  @Test("an access token that has ended is unauthorized, a refresh token that has ended an invalid grant")
  func ends() async throws {
    try await withSimulatedSpotify { spotify in
      let answer = try await spotify.tokens()
      let (access, refresh) = (Spotify.text(answer.accessToken), Spotify.text(answer.refreshToken))
      spotify.simulator.advanceClock(seconds: 3_601)
      let ended = await spotifyError { () async throws(SpotifyError) in
        try await spotify.api.profile(token: SecretBytes(copying: access.utf8))
      }
      #expect(ended?.code == .unauthorized)
      let fresh = try await spotify.accounts.refresh(SecretBytes(copying: refresh.utf8))
      _ = try await spotify.api.profile(token: fresh.accessToken)
      spotify.simulator.advanceClock(seconds: 183 * 86_400)
      let dead = await spotifyError { () async throws(SpotifyError) in
        try await spotify.accounts.refresh(SecretBytes(copying: refresh.utf8))
      }
      #expect(dead?.code == .invalidGrant)
    }
  }
}
