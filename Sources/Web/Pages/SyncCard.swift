import Domain

/// How the newest runs stand, and the button for the next.
enum SyncCard {
  static func html(_ content: HomeEndpoint.Content) -> HTML {
    let isConnected = !["dead", "disconnected"].contains(content.connectionStatus)
    guard isConnected || !content.runs.isEmpty else { return "" }
    let nothing: HTML = content.runs.isEmpty ? "<p>Nothing has been synced yet.</p>" : ""
    return """
      <section class="card" aria-labelledby="sync">
      <h2 id="sync">Sync</h2>
      \(nothing)\(content.runs.map(run))\
      \(isConnected ? button(content.runs) : "")</section>

      """
  }

  private static func button(_ runs: [SyncRun]) -> HTML {
    let isBusy = runs.contains(where: \.status.isOpen)
    return """
      <form method="post" action="/spotify/sync/"><button\(isBusy ? " disabled" : "")>Sync now</button></form>

      """
  }

  private static func run(_ run: SyncRun) -> HTML {
    // The script follows what has `data-run`, until it ends.
    """
    <div class="run"\(run.status.isOpen ? following(run) : "")>
    <p class="words" role="status">\(words(run))</p>
    \(run.status.isOpen ? bar(run) : "")</div>

    """
  }

  private static func following(_ run: SyncRun) -> HTML {
    #" data-run="/spotify/sync/\#(run.id.description)/""#
  }

  /// Without a total it only shows that something happens.
  private static func bar(_ run: SyncRun) -> HTML {
    guard let total = run.progress.total, total > 0 else {
      return #"<progress aria-label="Progress of the sync"></progress>"#
    }
    return """
      <progress aria-label="Progress of the sync" max="\(plain: total)" value="\(plain: run.progress.done)"></progress>
      """
  }

  /// A run in a sentence. `app.js` says the same.
  static func words(_ run: SyncRun) -> HTML {
    let kind = things(run.kind)
    switch run.status {
    case .queued: return "Your \(kind) wait for a free worker."
    case .running:
      guard let total = run.progress.total else { return "Your \(kind) are being read." }
      return "Your \(kind) are being read: \(run.progress.done) of \(total) \(run.progress.unit)."
    case .waiting: return "Your \(kind) wait\(until(run)). \(run.failure?.detail ?? "")"
    case .succeeded:
      return """
        Your \(kind) were synced\(at(run)): \(run.changes.added) added, \(run.changes.removed) removed,
        with \(run.requests.made) requests to Spotify.
        """
    case .failed: return "Syncing your \(kind) failed\(at(run)). \(run.failure?.detail ?? "")"
    case .cancelled: return "Syncing your \(kind) was stopped\(at(run))."
    }
  }

  private static func things(_ kind: SyncKind) -> String {
    switch kind {
    case .tracks: "saved tracks"
    case .playlists: "playlists"
    case .following: "followed artists"
    case .releases: "artists’ releases"
    }
  }

  private static func until(_ run: SyncRun) -> HTML {
    guard let until = run.waitingUntil else { return "" }
    return #" until <time datetime="\#(Timestamp.text(until))">\#(Timestamp.text(until))</time>"#
  }

  private static func at(_ run: SyncRun) -> HTML {
    guard let at = run.finishedAt else { return "" }
    return #" at <time datetime="\#(Timestamp.text(at))">\#(Timestamp.text(at))</time>"#
  }
}
