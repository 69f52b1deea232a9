import Coordination
import Domain
import FoundationEssentials
import Storage

/// How much of Spotify's limits is used, for whoever runs the service.
package struct ReadQuota: Sendable {
  /// A developer account, its apps and what they have sent.
  package struct Account: Sendable {
    package let id: DeveloperAccountID
    package let clientIDs: [String]
    package let ceilings: RequestCeilings
    package let usedInWindow: Int
    package let pausedUntil: Date?
    /// Until when nobody may ask for a token.
    package let tokensPausedUntil: Date?
    /// Every group that is counted, in one order.
    package let groups: [Group]
  }

  package struct Group: Sendable {
    package let group: EndpointGroup
    package let usedInWindow: Int
    package let usedInDay: Int
    package let parkedUntil: Date?
  }

  private let ledger: RequestLedger
  private let copy: LedgerCopy
  private let ceilings: RequestCeilings

  package init(ledger: RequestLedger, copy: LedgerCopy, ceilings: RequestCeilings) {
    self.ledger = ledger
    self.copy = copy
    self.ceilings = ceilings
  }

  /// One account after the other, by name. Of what Redis doesn't know, the copy in Postgres.
  package func callAsFunction() async throws(SyncError) -> [Account] {
    var result: [Account] = []
    for account in try await stored({ () throws(StorageError) in try await copy.accounts() }) {
      result.append(try await read(account))
    }
    return result
  }

  private func read(_ account: LedgerCopy.Account) async throws(SyncError) -> Account {
    let reading: LedgerReading?
    do { reading = try await ledger.of(account.id).reading() } catch { throw SyncError(error) }
    guard let reading else { return try await remembered(account) }
    return Account(
      id: account.id, clientIDs: account.clientIDs, ceilings: ceilings, usedInWindow: reading.usedInWindow,
      pausedUntil: reading.pausedUntil, tokensPausedUntil: reading.groups[.token]?.parkedUntil,
      groups: EndpointGroup.counted.map { group in
        let counted = reading.groups[group]
        return Group(
          group: group, usedInWindow: counted?.usedInWindow ?? 0, usedInDay: counted?.usedInDay ?? 0,
          parkedUntil: counted?.parkedUntil)
      })
  }

  private func remembered(_ account: LedgerCopy.Account) async throws(SyncError) -> Account {
    let content = try await stored { () throws(StorageError) in try await copy.content(of: account.id) }
    return Account(
      id: account.id, clientIDs: account.clientIDs, ceilings: ceilings, usedInWindow: 0,
      pausedUntil: content.pauses.first { $0.group == nil }?.until, tokensPausedUntil: nil,
      groups: EndpointGroup.counted.map { group in
        Group(
          group: group, usedInWindow: 0,
          usedInDay: content.counts.filter { $0.group == group }.reduce(0) { $0 + $1.requests },
          parkedUntil: content.pauses.first { $0.group == group }?.until)
      })
  }
}
