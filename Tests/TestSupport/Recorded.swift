/// Excerpts of recorded answers, with other names, ids and addresses.
package enum Recorded {
  /// A page of saved tracks of six: whole, local, relinked, null twice, and one without a time.
  package static let savedTracks = #"""
    {
      "href": "https://api.spotify.com/v1/me/tracks?offset=0&limit=6",
      "items": [
        {
          "added_at": "2016-10-24T15:03:07Z",
          "track": {
            "album": {
              "album_type": "album",
              "artists": [{"external_urls": {"spotify": "https://open.spotify.com/artist/aR1"},
                "href": "https://api.spotify.com/v1/artists/aR1", "id": "aR1", "name": "The Walnut Zephyrs",
                "type": "artist", "uri": "spotify:artist:aR1"}],
              "available_markets": ["AD", "AR"],
              "external_urls": {"spotify": "https://open.spotify.com/album/aL1"},
              "href": "https://api.spotify.com/v1/albums/aL1",
              "id": "aL1",
              "images": [
                {"height": 640, "url": "https://i.example/640", "width": 640},
                {"height": 300, "url": "https://i.example/300", "width": 300},
                {"height": 64, "url": "https://i.example/64", "width": 64}
              ],
              "name": "The Best of The Walnut Zephyrs",
              "release_date": "2002-01-01", "release_date_precision": "day", "total_tracks": 17.0,
              "type": "album", "uri": "spotify:album:aL1"
            },
            "artists": [{"id": "aR1", "name": "The Walnut Zephyrs", "type": "artist", "uri": "spotify:artist:aR1"}],
            "disc_number": 1, "duration_ms": 204053.0, "explicit": false,
            "external_ids": {"isrc": "XX0000000001"},
            "external_urls": {"spotify": "https://open.spotify.com/track/tR1"},
            "href": "https://api.spotify.com/v1/tracks/tR1", "id": "tR1", "is_local": false, "is_playable": true,
            "name": "A Lantern in the Loft", "popularity": 40, "preview_url": null, "track_number": 1,
            "type": "track", "uri": "spotify:track:tR1"
          }
        },
        {
          "added_at": "2016-10-24T15:03:06Z",
          "track": {
            "album": {"album_type": null, "artists": [], "available_markets": [], "external_urls": {},
              "href": null, "id": null, "images": [], "name": "Demo Tape", "release_date": null,
              "release_date_precision": null, "type": "album", "uri": null},
            "artists": [{"external_urls": {}, "href": null, "id": null, "name": "Garage Nobodies",
              "type": "artist", "uri": null}],
            "available_markets": [], "disc_number": 0, "duration_ms": 121000, "explicit": false,
            "external_ids": {}, "external_urls": {}, "href": null, "id": null, "is_local": true,
            "name": "Track 01", "popularity": 0, "preview_url": null, "track_number": 0, "type": "track",
            "uri": "spotify:local:Garage+Nobodies:Demo+Tape:Track+01:121"
          }
        },
        {
          "added_at": "2016-10-24T15:03:05Z",
          "track": {
            "album": {"id": "aL2", "name": "", "artists": [null, {"id": "aR2", "name": "Ida Fenn"}],
              "images": [{"height": null, "url": "https://i.example/only", "width": null}],
              "album_type": "ep", "release_date": "0000", "release_date_precision": "year"},
            "artists": [{"id": "aR2", "name": "Ida Fenn"}],
            "duration_ms": 1, "explicit": true, "id": "shown", "is_playable": false, "name": "Under Glass",
            "linked_from": {"id": "saved", "type": "track", "uri": "spotify:track:saved"},
            "uri": "spotify:track:shown"
          }
        },
        null,
        {"added_at": "2016-10-24T15:03:03Z", "track": null},
        {"added_at": null, "track": {"id": "tR6", "name": "Late", "uri": "spotify:track:tR6"}}
      ],
      "limit": 6.0, "next": null, "offset": 0.0, "previous": null, "total": 6.0
    }
    """#

  /// Two new releases, and what stood between them.
  package static let newReleases = #"""
    {
      "albums": {
        "href": "https://api.spotify.com/v1/browse/new-releases?offset=0&limit=4",
        "items": [
          {"album_type": "single", "artists": [{"id": "aR1", "name": "The Walnut Zephyrs"}], "id": "aL1",
            "images": [{"height": 64, "url": "https://i.example/64", "width": 64},
              {"height": 640, "url": "https://i.example/640", "width": 640}, null],
            "name": "Attic", "release_date": "2026-11-20", "release_date_precision": "day", "total_tracks": 1},
          null,
          {"album_type": "album", "artists": "nonsense", "id": "aL3", "name": "Broken"},
          {"album_type": "album", "artists": [], "id": "aL4", "images": [], "name": "Cellar",
            "release_date": "2026-11", "release_date_precision": "month"}
        ],
        "limit": 4, "next": "https://api.spotify.com/v1/browse/new-releases?offset=4&limit=4", "offset": 0,
        "previous": null, "total": 100
      }
    }
    """#

  package static let token = #"""
    {"access_token":"an-access-token","token_type":"Bearer","expires_in":3600,
     "refresh_token":"a-refresh-token","scope":"user-library-read user-follow-read"}
    """#

  /// An answer with one element, for tests of what a single field may hold.
  package static func page(of element: String, total: String = "1", offset: String = "0") -> String {
    #"{"items":[\#(element)],"limit":50,"offset":\#(offset),"total":\#(total)}"#
  }
}
