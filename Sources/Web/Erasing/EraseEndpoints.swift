import Domain
import HTTPServer
import Storage

/// Erasing what is kept of the caller: the connection's, or everything.
enum EraseEndpoints {
  static func disconnect(_ call: Call) async throws -> HTTPResponse {
    let receipt = try await call.services.eraseAccount.disconnect(try await call.user())
    if call.prefersPage { return Answer.redirect(303, to: "/") }
    return Answer.json(
      JSONWriter.object { writer in
        writer.field("disconnected", true)
        writer.receipt(receipt, kept: KeptThings.afterDisconnecting)
      })
  }

  /// Erases the account, and with it the session that asks.
  static func deleteAccount(_ call: Call) async throws -> HTTPResponse {
    let receipt = try await call.services.eraseAccount(try await call.user())
    return SessionEndpoints.forgetting(
      Answer.json(
        JSONWriter.object { writer in
          writer.field("deleted", true)
          writer.receipt(receipt, kept: KeptThings.afterDeletion)
        }), call)
  }

  /// The same for the page's form.
  static func deleteByForm(_ call: Call) async throws -> HTTPResponse {
    _ = try await call.services.eraseAccount(try await call.user())
    return SessionEndpoints.forgetting(Answer.redirect(303, to: "/"), call)
  }
}

extension JSONWriter {
  fileprivate mutating func receipt(_ receipt: ErasureReceipt, kept: [String]) {
    object("erased") { writer in
      for (thing, count) in receipt.counts { writer.field(thing.name, count) }
    }
    field("kept", kept)
  }
}

extension ErasureReceipt.Thing {
  fileprivate var name: StaticString {
    switch self {
    case .tokens: "tokens"
    case .tracks: "tracks"
    case .artists: "artists"
    case .playlists: "playlists"
    case .playlistItems: "playlist_items"
    case .runs: "runs"
    case .stagedPages: "staged_pages"
    case .schedules: "schedules"
    case .listNotes: "list_notes"
    case .apiTokens: "api_tokens"
    case .sessions: "sessions"
    case .connections: "connections"
    case .accounts: "accounts"
    }
  }
}
