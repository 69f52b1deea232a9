import Domain
import HTTPServer
import Sync

/// How much of Spotify's limits is used.
enum QuotaEndpoint {
  static func show(_ call: Call) async throws -> HTTPResponse {
    let accounts = try await call.services.readQuota()
    return Answer.json(
      JSONWriter.object { writer in
        writer.array("accounts", accounts) { writer, account in
          writer.object { QuotaEndpoint.write(account, &$0) }
        }
      })
  }

  private static func write(_ account: ReadQuota.Account, _ writer: inout JSONWriter) {
    writer.field("developer_account", account.id.rawValue)
    writer.field("client_ids", account.clientIDs)
    writer.field("limit_30s", account.ceilings.perWindow)
    writer.field("limit_day", account.ceilings.perDay)
    writer.field("used_30s", account.usedInWindow)
    writer.field("paused_until", account.pausedUntil)
    writer.field("tokens_paused_until", account.tokensPausedUntil)
    writer.array("groups", account.groups) { writer, group in
      writer.object {
        $0.field("group", group.group.rawValue)
        $0.field("used_30s", group.usedInWindow)
        $0.field("used_day", group.usedInDay)
        $0.field("parked_until", group.parkedUntil)
      }
    }
  }
}
