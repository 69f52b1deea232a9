/// What a Redis says about itself, as far as it matters here.
package struct RedisFacts: Sendable {
  /// Such as `7.0.15`; nil when it doesn't say.
  package let version: String?
  /// Nil when it doesn't say.
  package let keepsAppendOnlyFile: Bool?
  /// Its last write of that file failed: what it acknowledged since is in memory alone.
  package let failsToAppend: Bool
  /// `maxmemory-policy`; nil when it doesn't say.
  package let evictionPolicy: String?
  /// It follows another one and takes no writes.
  package let isReplica: Bool

  /// Reads the answer to `INFO`: `name:value` lines under headings.
  init(info: String) {
    var facts: [Substring: Substring] = [:]
    for line in info.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { facts[parts[0]] = parts[1] }
    }
    version = facts["redis_version"].map(String.init)
    keepsAppendOnlyFile = facts["aof_enabled"].map { $0 != "0" }
    failsToAppend = facts["aof_last_write_status"].map { $0 != "ok" } ?? false
    evictionPolicy = facts["maxmemory_policy"].map(String.init)
    isReplica = facts["role"] == "slave"
  }

  /// Each as a sentence with what to do.
  package var warnings: [String] {
    var warnings: [String] = []
    if keepsAppendOnlyFile == false {
      warnings.append(
        "Redis has `appendonly no`: when it is killed, sign-ins under way are lost; set it to yes")
    }
    if let evictionPolicy, evictionPolicy != "noeviction" {
      warnings.append(
        "Redis has `maxmemory-policy \(evictionPolicy)` and may drop keys; set it to noeviction")
    }
    return warnings
  }

  /// Whether it is at least `major.minor`; nil when it says no version that can be read.
  package func isAtLeast(_ major: Int, _ minor: Int) -> Bool? {
    guard let numbers = version?.split(separator: ".").prefix(2).map({ Int($0) }), numbers.count == 2,
      let first = numbers[0], let second = numbers[1]
    else { return nil }
    return (first, second) >= (major, minor)
  }
}
