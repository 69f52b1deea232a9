import Domain
import Foundation
import HTTPServer
import Storage
import TestSupport

@testable import Web

extension SeededRandom {
  /// A text of characters that formats stumble over.
  mutating func text() -> String {
    // No U+FEFF: Foundation's parser leaves it out at a text's beginning.
    let scalars: [Unicode.Scalar] = [
      "\"", "\\", "/", "<", ">", "&", "'", "\u{0}", "\u{1}", "\u{1f}", "\n", "\r", "\t", "\u{7f}", "\u{2028}",
      "é",
      "雨", "🦉", "a", " ", "\u{10ffff}",
    ]
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...24, using: &self) {
      text.append(scalars.randomElement(using: &self) ?? "a")
    }
    return String(text)
  }
}

enum Samples {
  static let date = Date(timeIntervalSince1970: 784_111_777)

  static func album(
    _ id: String = "3t4ZHswZdOfXd6TcZ51uHl", name: String = "Parachute",
    artists: [ArtistCredit] = [ArtistCredit(id: "6gK1Uct5FEdaUWRWpU4Cl2", name: "Petit Biscuit")]
  ) -> Album {
    Album(
      id: AlbumID(id), name: name, type: "album", releaseDate: "2020-10-30", releaseDatePrecision: "day",
      totalTracks: 9, imageURL: "https://i.scdn.co/image/x", artists: artists)
  }

  static func savedTrack(name: String = "Wake Up", isLocal: Bool = false) -> SavedTrack {
    SavedTrack(
      track: Track(
        key: TrackKey("7"), spotifyID: isLocal ? nil : "7", uri: "spotify:track:7", name: name,
        artists: [ArtistCredit(id: nil, name: "Somebody")], album: isLocal ? nil : album(),
        durationMilliseconds: 1_000, isExplicit: false, isrc: nil, isLocal: isLocal),
      addedAt: date, ordinal: 0, isPlayable: nil, removedAt: nil)
  }

  static func playlist(name: String = "Mix", contents: PlaylistContents = .synced) -> HeldPlaylist {
    HeldPlaylist(
      playlist: Playlist(
        id: PlaylistID("37i9"), uri: "spotify:playlist:37i9", name: name, description: "<i>", owner: nil,
        isPublic: nil, isCollaborative: false, snapshotID: "s", totalItems: 1_200, imageURL: nil),
      position: 0, contents: contents, syncedSnapshotID: nil, isPresent: true)
  }

  /// Of a list that one page holds.
  static var pager: Pager {
    Pager([0], limit: 1, Query(HTTPRequest(method: .get, path: "/")), cursor: { "\($0)" })
  }

  static func run(_ status: SyncStatus = .running, failure: RunFailure? = nil) -> SyncRun {
    SyncRun(
      id: RunID(UUID()), user: UserID(1), kind: .tracks, status: status, trigger: .manual, mode: .full,
      requestedAt: date, startedAt: date, finishedAt: nil, attempt: 1,
      progress: SyncRun.Progress(done: 40, total: 200, unit: "pages"),
      requests: SyncRun.Requests(made: 41, saved: 0), changes: SyncRun.Changes(added: 2_000),
      gaps: [Gap(reason: .nullElement, count: 3)], waitingUntil: nil, failure: failure)
  }

  static func session(userAgent: String, isCurrent: Bool = false) -> Session {
    Session(
      id: SessionID(UUID()), isCurrent: isCurrent, createdAt: date, lastSeenAt: date, userAgent: userAgent)
  }

  static func token(name: String) -> IssuedToken {
    IssuedToken(id: APITokenID(UUID()), name: name, scopes: [.read], createdAt: date, lastUsedAt: nil)
  }

  /// What Foundation reads out of JSON.
  static func parse(_ bytes: [UInt8]) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
  }

  static func keys(_ bytes: [UInt8]) throws -> Set<String> {
    Set((try parse(bytes) as? [String: Any])?.keys.map { $0 } ?? [])
  }
}
