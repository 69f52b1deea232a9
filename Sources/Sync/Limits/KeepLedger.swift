import Coordination
import Domain
import FoundationEssentials
import Reactor
import Storage

/// Copies the ledger of requests from Redis to Postgres: what has changed since this process last did.
package struct KeepLedger: Sendable {
  private struct Place: Hashable {
    let group: EndpointGroup
    let start: Date
  }

  private let ledger: RequestLedger
  private let copy: LedgerCopy
  private let account: DeveloperAccountID
  private let kept = Locked<[Place: Int]>([:])

  package init(ledger: RequestLedger, copy: LedgerCopy, account: DeveloperAccountID) {
    self.ledger = ledger
    self.copy = copy
    self.account = account
  }

  /// - Throws: `CoordinationError`, `StorageError`; what was missed is copied the next time.
  package func callAsFunction() async throws {
    // A wiped one is begun by the next request.
    guard let reading = try await ledger.reading() else { return }
    var now: [Place: Int] = [:]
    for (group, counted) in reading.groups {
      for (start, requests) in counted.buckets { now[Place(group: group, start: start)] = requests }
    }
    let before = kept.withLock { $0 }
    let changed = now.filter { before[$0.key] != $0.value }
    guard !changed.isEmpty else { return }
    try await copy.keep(
      changed.map { LedgerCopy.Count(group: $0.key.group, start: $0.key.start, requests: $0.value) },
      of: account)
    kept.withLock { [now] in $0 = now }
  }
}
