import HTTPServer

/// Everything the simulator answers, on one screen.
enum Routes {
  static let table: Router<Endpoint> = {
    var routes = Router<Endpoint>()
    routes.add(.get, "/", .home)
    routes.add(.get, "/image/{name}", .image)

    routes.add(.get, "/authorize", .authorize)
    routes.add(.post, "/authorize/decide", .decide)
    routes.add(.post, "/api/token", .token)

    routes.add(.get, "/v1/me", .api(.me))
    routes.add(.get, "/v1/me/tracks", .api(.savedTracks))
    routes.add(.get, "/v1/me/following", .api(.following))
    routes.add(.get, "/v1/me/playlists", .api(.myPlaylists))
    routes.add(.get, "/v1/playlists/{id}", .api(.playlist))
    routes.add(.get, "/v1/playlists/{id}/items", .api(.playlistItems))
    routes.add(.get, "/v1/playlists/{id}/tracks", .api(.playlistTracks))
    routes.add(.get, "/v1/me/library/contains", .api(.libraryContains))
    routes.add(.get, "/v1/browse/new-releases", .api(.newReleases))
    routes.add(.get, "/v1/search", .api(.search))
    routes.add(.get, "/v1/artists/{id}", .api(.artist))
    routes.add(.get, "/v1/artists/{id}/albums", .api(.artistAlbums))

    routes.add(.get, "/_simulator/requests", .control(.requests))
    routes.add(.get, "/_simulator/log", .control(.log))
    routes.add(.post, "/_simulator/reset_counts", .control(.resetCounts))
    routes.add(.post, "/_simulator/latency", .control(.latency))
    routes.add(.get, "/_simulator/faults", .control(.faults))
    routes.add(.post, "/_simulator/faults", .control(.addFaults))
    routes.add(.delete, "/_simulator/faults", .control(.dropFaults))
    routes.add(.get, "/_simulator/library", .control(.library))
    routes.add(.post, "/_simulator/edit", .control(.edit))
    routes.add(.post, "/_simulator/edit/following", .control(.editFollowing))
    routes.add(.post, "/_simulator/edit/playlists", .control(.editPlaylists))
    routes.add(.post, "/_simulator/edit/releases", .control(.editReleases))
    routes.add(.get, "/_simulator/users", .control(.users))
    routes.add(.post, "/_simulator/users", .control(.addUser))
    routes.add(.post, "/_simulator/mode", .control(.mode))
    routes.add(.post, "/_simulator/clock", .control(.clock))
    routes.add(.post, "/_simulator/tokens", .control(.tokens))
    routes.add(.post, "/_simulator/revoke", .control(.revoke))
    routes.add(.post, "/_simulator/hold", .control(.hold))
    routes.add(.post, "/_simulator/release", .control(.release))
    routes.add(.get, "/_simulator/held", .control(.held))
    return routes
  }()
}
