import Domain
import Foundation
import Secrets
import SpotifyAPI
import SpotifySimulator
import Testing

@Suite("Playlists as Spotify sends them")
struct PlaylistPayloadTests {
  private func playlists(_ items: String..., total: String = "9") async throws -> [PlaylistsPage.Slot] {
    let body = #"{"items":[\#(items.joined(separator: ","))],"total":\#(total),"offset":0,"limit":50}"#
    return try await withCannedSpotify(200, body) { spotify in
      let page = try await spotify.api.playlists(
        offset: 0, limit: 50, token: SecretBytes(copying: "t".utf8))
      #expect(page.total == 9)
      #expect(spotify.requests.withLock { $0[0].path } == "/me/playlists")
      return page.slots
    }
  }

  private func items(_ elements: String...) async throws -> [PlaylistItemsPage.Slot] {
    try await items(body: #"{"items":[\#(elements.joined(separator: ","))],"total":9.0,"offset":0}"#).slots
  }

  private func items(status: Int = 200, body: String) async throws -> PlaylistItemsPage {
    try await withCannedSpotify(status, body) { spotify in
      let page = try await spotify.api.playlistItems(
        PlaylistID("a/b?"), offset: 0, limit: 50, token: SecretBytes(copying: "t".utf8))
      #expect(spotify.requests.withLock { $0[0].query }?.contains("additional_types=track%2Cepisode") == true)
      return page
    }
  }

  @Test("a playlist is read in both shapes, whatever is missing of it")
  func shapes() async throws {
    let slots = try await playlists(
      """
      {"id":"p1","uri":"spotify:playlist:p1","name":"One","description":"","collaborative":true,"public":null,
       "owner":{"id":"o[$ ]","display_name":null},"snapshot_id":"s","tracks":{"total":30.0,"href":"x"},
       "images":[{"url":"https://i.example/1","width":null,"height":null}],"type":"playlist"}
      """,
      #"{"id":"p2","name":"Two","items":{"total":3},"tracks":{"total":4},"images":null,"public":true}"#,
      #"{"id":"p3","name":"","owner":{"id":null,"display_name":null},"items":null,"tracks":{"total":null}}"#,
      #"{"id":"p4","name":"Four","owner":null,"images":[null,7],"items":7}"#)
    let read = slots.compactMap { if case .playlist(let playlist) = $0 { playlist } else { nil } }
    #expect(
      read.first
        == Playlist(
          id: PlaylistID("p1"), uri: "spotify:playlist:p1", name: "One", description: "",
          owner: Playlist.Owner(id: SpotifyUserID("o[$ ]"), displayName: nil), isPublic: nil,
          isCollaborative: true, snapshotID: "s", totalItems: 30, imageURL: "https://i.example/1"))
    #expect(read.map(\.totalItems) == [30, 3, nil, nil])
    #expect(read.map(\.name) == ["One", "Two", "", "Four"])
    #expect(read.map { $0.owner?.id.rawValue } == ["o[$ ]", nil, nil, nil])
    #expect(read[1].uri == "spotify:playlist:p2" && read[1].isPublic == true && read[1].snapshotID == nil)
  }

  @Test("what can't be kept is null, malformed, or malformed with its id")
  func odd() async throws {
    let slots = try await playlists("null", #"{"id":"p","tracks":{"total":0}}"#, #"{"name":"x"}"#, "7", "{}")
    #expect(
      slots.map { slot -> String in
        switch slot {
        case .playlist: "playlist"
        case .null: "null"
        case .malformed(let id): "malformed \(id?.rawValue ?? "-")"
        }
      } == ["null", "malformed p", "malformed -", "malformed -", "malformed -"])
  }

  @Test("a place is read under both names, with tracks, episodes, local files and nothing in it")
  func places() async throws {
    let track =
      #"{"type":"track","id":"t","uri":"spotify:track:t","name":"T","track":true,"is_playable":false}"#
    let local = #"{"type":"track","id":null,"uri":"spotify:local:a:b:c:1","name":"L","is_local":true}"#
    let episode = """
      {"type":"episode","id":"e","uri":"spotify:episode:e","name":"E","duration_ms":8.0,"explicit":true,
       "show":{"id":"s","name":"S"},"release_date":"2015","images":[{"url":"u","width":640}],"track":false}
      """
    let slots = try await items(
      #"{"added_at":"2020-02-14T17:31:47Z","item":\#(track),"track":\#(track)}"#,
      #"{"added_at":null,"is_local":true,"item":\#(local)}"#, #"{"track":\#(episode)}"#,
      #"{"added_at":"2020-02-14T17:31:47Z","added_by":{"id":""},"track":null}"#, #"{"item":null}"#, "{}",
      #"{"item":null,"track":\#(track)}"#)
    let date = Timestamp.date("2020-02-14T17:31:47Z")
    guard case .track(let one, date, false) = slots[0], case .track(let two, nil, nil) = slots[1],
      case .episode(let three, nil, nil) = slots[2], case .unavailable(date) = slots[3],
      case .unavailable(nil) = slots[4], case .unavailable(nil) = slots[5],
      case .track(let seven, nil, false) = slots[6]
    else {
      Issue.record("\(slots)")
      return
    }
    #expect(one.key == TrackKey("t") && one == seven)
    #expect(two.isLocal && two.key == TrackKey("spotify:local:a:b:c:1"))
    #expect(
      three
        == Episode(
          id: EpisodeID("e"), uri: "spotify:episode:e", name: "E", showID: "s", showName: "S",
          durationMilliseconds: 8, isExplicit: true, releaseDate: "2015", imageURL: "u"))
  }

  @Test("a place that can't be read still counts")
  func oddPlaces() async throws {
    let slots = try await items(
      "null", "7", #"{"item":7}"#, #"{"item":{"type":"chapter","id":"c"}}"#,
      #"{"item":{"type":"track","id":"t","name":null}}"#, #"{"item":{"type":"episode","id":"e"}}"#,
      #"{"track":{"type":"track"}}"#)
    #expect(
      slots.map { slot -> String in
        switch slot {
        case .null: "null"
        case .malformed(let key): "malformed \(key ?? "-")"
        default: "\(slot)"
        }
      } == [
        "null", "malformed -", "malformed -", "malformed c", "malformed t", "malformed e", "malformed -",
      ])
  }

  @Test("contents that may not be seen are forbidden; unknown and empty answers are not found")
  func refusals() async throws {
    let cases: [(Int, String, SpotifyError.Code)] = [
      (403, #"{"error":{"status":403,"message":"Forbidden"}}"#, .forbidden),
      (404, #"{"error":{"status":404,"message":"Resource not found"}}"#, .notFound),
      (200, "null", .notFound), (200, "{}", .notFound), (200, #"{"items":null,"total":3}"#, .notFound),
      (200, #"{"items":[],"total":3,"offset":50}"#, .malformed), (200, "<html>", .malformed),
    ]
    for (status, body, code) in cases {
      do {
        _ = try await items(status: status, body: body)
        Issue.record("\(body) was taken")
      } catch let error as SpotifyError { #expect(error.code == code, "\(body)") }
    }
  }
}
