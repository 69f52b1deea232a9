import Domain
import FoundationEssentials
import Redis

/// What a ledger has counted, at one moment.
package struct LedgerReading: Sendable {
  package struct Group: Sendable {
    package fileprivate(set) var usedInWindow = 0
    package fileprivate(set) var usedInDay = 0
    package fileprivate(set) var parkedUntil: Date?
    /// Requests by the begin of their bucket of the day.
    package fileprivate(set) var buckets: [Date: Int] = [:]
  }

  package private(set) var usedInWindow = 0
  package private(set) var pausedUntil: Date?
  package private(set) var groups: [EndpointGroup: Group] = [:]

  /// Above every count, moment and bucket's number that we write, and so that sums and products of it don't
  /// overflow.
  private static let most: Int64 = 1 << 44

  /// - Parameter fields: names and values of the account's hash, one after the other.
  init?(fields: [RedisValue], now: Int64, windows: LedgerWindows) {
    var isSeeded = false
    for index in stride(from: 0, to: fields.count - 1, by: 2) {
      guard let name = fields[index].text else { continue }
      if name == "seeded" { isSeeded = true }
      guard let number = fields[index + 1].int else { continue }
      take(name, number, now, windows)
    }
    guard isSeeded else { return nil }
  }

  private mutating func take(_ name: String, _ number: Int64, _ now: Int64, _ windows: LedgerWindows) {
    // `stream:GROUP.BUCKET`; only buckets are taken, as the sums may not have been brought up to date.
    let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let group = path.count == 2 ? EndpointGroup(rawValue: String(path[1])) : nil
    let bucket = parts.count == 2 ? Int64(parts[1]) : nil
    guard number.magnitude <= LedgerReading.most, (0...LedgerReading.most).contains(bucket ?? 0) else {
      return
    }
    switch (path[0], bucket, group) {
    case ("paused", nil, nil) where parts.count == 1 && number > now: pausedUntil = Date(milliseconds: number)
    case ("parked", nil, let group?) where parts.count == 1 && number > now:
      groups[group, default: Group()].parkedUntil = Date(milliseconds: number)
    case ("w", let bucket?, nil) where path.count == 1 && windows.short.counts(bucket, now, windows.margin):
      usedInWindow += Int(number)
    case ("w", let bucket?, let group?) where windows.short.counts(bucket, now, windows.margin):
      groups[group, default: Group()].usedInWindow += Int(number)
    case ("d", let bucket?, let group?) where windows.day.counts(bucket, now, windows.margin):
      groups[group, default: Group()].usedInDay += Int(number)
      groups[group, default: Group()].buckets[
        Date(milliseconds: bucket * windows.day.bucket.milliseconds)] = Int(number)
    default: break
    }
  }
}

extension LedgerWindows.Window {
  fileprivate func counts(_ index: Int64, _ now: Int64, _ margin: Duration) -> Bool {
    (index + 1) * bucket.milliseconds + length.milliseconds + margin.milliseconds > now
  }
}

extension Date {
  init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1_000) }

  var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1_000).rounded()) }
}
