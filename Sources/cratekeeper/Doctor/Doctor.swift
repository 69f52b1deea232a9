import FoundationEssentials
import Reactor

/// Looks at everything that the service needs, and says what to do about what is missing. Changes nothing.
///
/// Every check runs, whatever became of the others, and ends within the time it has.
struct Doctor: Sendable {
  let environment: [String: String]
  /// How long a check may take.
  var patience: Duration = .seconds(5)
  var now: @Sendable () -> Date = { Date() }

  func examine(on reactor: Reactor) async throws -> Report {
    let diagnosis = try Diagnosis(environment: environment)
    return try await reactor.run { await examine(diagnosis, Patience(reactor: reactor, limit: patience)) }
  }

  private func examine(_ diagnosis: Diagnosis, _ patience: Patience) async -> Report {
    async let databaseOutcome = examineDatabase(diagnosis, patience)
    async let redisFindings = examineRedis(diagnosis, patience)
    async let spotifyOutcome = examineSpotify(diagnosis, patience)
    let (database, redis, spotify) = (await databaseOutcome, await redisFindings, await spotifyOutcome)
    let findings =
      diagnosis.findings + AddressCheck(diagnosis: diagnosis).findings
      + [ClockCheck(spotify: spotify.clock, postgres: database.clock).finding] + database.findings + redis
      + KeyCheck(diagnosis: diagnosis, stored: database.keys).findings + spotify.findings
    return Report(findings: findings, requestsToSpotify: spotify.requests)
  }

  private func examineDatabase(_ diagnosis: Diagnosis, _ patience: Patience) async -> DatabaseCheck.Outcome {
    if let mistake = diagnosis.mistake(in: "DATABASE_URL") { return DatabaseCheck.notChecked(mistake) }
    return await DatabaseCheck(
      configuration: diagnosis.configuration.database, isDefault: isUnset("DATABASE_URL"),
      keyRing: diagnosis.configuration.keyRing, patience: patience, now: now)()
  }

  private func examineRedis(_ diagnosis: Diagnosis, _ patience: Patience) async -> [Finding] {
    if let mistake = diagnosis.mistake(in: "REDIS_URL") { return RedisCheck.notChecked(mistake) }
    return await RedisCheck(
      configuration: diagnosis.configuration.redis, isDefault: isUnset("REDIS_URL"), patience: patience)()
  }

  private func examineSpotify(_ diagnosis: Diagnosis, _ patience: Patience) async -> SpotifyCheck.Outcome {
    if let mistake = diagnosis.mistake(in: "SPOTIFY_API_URL", "SPOTIFY_ACCOUNTS_URL") {
      return SpotifyCheck.notChecked(mistake)
    }
    return await SpotifyCheck(
      configuration: diagnosis.configuration.spotify,
      lackOfCredentials: diagnosis.mistake(in: "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"),
      ledger: ledger(diagnosis, patience), patience: patience, now: now)()
  }

  private func ledger(_ diagnosis: Diagnosis, _ patience: Patience) -> DoctorLedger? {
    let mistake = diagnosis.mistake(
      in: "DATABASE_URL", "REDIS_URL", "REDIS_NAMESPACE", "SPOTIFY_LIMIT_30S", "SPOTIFY_LIMIT_DAY")
    return mistake == nil ? DoctorLedger(configuration: diagnosis.configuration, patience: patience) : nil
  }

  private func isUnset(_ variable: String) -> Bool { (environment[variable] ?? "").isEmpty }
}
