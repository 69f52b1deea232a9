import Coordination
import Domain
import FoundationEssentials
import HTTPServer
import Logging
import PostgreSQL
import Redis
import Secrets
import SpotifyAPI
import TokenVault
import Web

/// Everything that the environment decides, read once. `env.sample` says what each variable is for.
struct Configuration: Sendable {
  let database: PostgreSQLConfiguration
  let redis: RedisConfiguration
  let namespace: Namespace
  let publicURL: PublicURL
  let listen: ListenAddress
  let operationsListen: ListenAddress
  /// Unset: another free port will do when the default's is taken, so that two processes work on one machine.
  let mayMoveOperations: Bool
  let trustedProxies: [String]
  let callerLimits: CallerLimits
  let spotify: SpotifyConfiguration
  let ceilings: RequestCeilings
  let keyRing: KeyRing
  let reactors: Int
  let workerConcurrency: Int
  /// How long a worker without a sign of life keeps its runs from the others.
  let workerLease: Duration
  let pagesInParallel: Int
  let catalogue: CatalogueSettings
  let syncIntervals: SyncIntervals
  let sessionLifetime: SessionLifetime
  let startupPatience: Duration
  let logFormat: LogFormat
  let logLevel: LogLevel

  static let defaultDatabaseURL = "postgres://cratekeeper@127.0.0.1:5432/cratekeeper"

  /// The scopes of every sync; nothing that a sync doesn't need.
  static let defaultScopes = [
    "user-library-read", "user-follow-read", "playlist-read-private", "playlist-read-collaborative",
  ]

  /// Reads the environment; every mistake is reported, not only the first.
  init(environment: [String: String]) throws(ConfigurationMistakes) {
    var reader = EnvironmentReader(environment)
    let listen = reader.read("LISTEN", default: "127.0.0.1:8080", ListenAddress.init(setting:))
    // Loopback by its number: Spotify refuses the name.
    let publicURL = reader.read(
      "PUBLIC_URL", default: "http://127.0.0.1:\(listen?.port ?? 8_080)", PublicURL.init(parsing:))
    let database = Configuration.database(&reader)
    let redis = Configuration.redis(&reader)
    let namespace = Configuration.namespace(&reader)
    let operationsListen = Configuration.operationsListen(&reader)
    let trustedProxies = reader.read("TRUSTED_PROXIES", default: "", TrustedProxies.parse)
    let callerLimits = CallerLimits(reading: &reader)
    let reactors = reader.read("REACTORS", default: "\(ProcessInfo.processInfo.activeProcessorCount)") {
      text throws(Mistake) in try Mistake.number(text, in: 1...256)
    }
    let workerConcurrency = reader.read("WORKER_CONCURRENCY", default: "8") { text throws(Mistake) in
      try Mistake.number(text, in: 1...1_000)
    }
    let workerLease = reader.read("WORKER_LEASE_SECONDS", default: "30") { text throws(Mistake) in
      Duration.seconds(try Mistake.number(text, in: 1...3_600))
    }
    let pagesInParallel = reader.read("PAGES_IN_PARALLEL", default: "8") { text throws(Mistake) in
      try Mistake.number(text, in: 1...100)
    }
    let catalogue = CatalogueSettings(reading: &reader)
    let syncIntervals = SyncIntervals(reading: &reader)
    let sessionLifetime = SessionLifetime(reading: &reader)
    let startupPatience = Configuration.startupPatience(&reader)
    let logFormat = reader.read("LOG_FORMAT", default: "json") { text throws(Mistake) in
      guard let format = LogFormat(text) else { throw Mistake("use `json` or `text`") }
      return format
    }
    let logLevel = reader.read("LOG_LEVEL", default: "info") { text throws(Mistake) in
      guard let level = LogLevel(text) else {
        throw Mistake("use `debug`, `info`, `notice`, `warning` or `error`")
      }
      return level
    }
    let keyRing = Configuration.keyRing(&reader)
    let spotify = SpotifySettings(reading: &reader, publicURL: publicURL)
    let ceilings = Configuration.ceilings(&reader)
    guard reader.mistakes.isEmpty, let publicURL, let database, let redis, let namespace, let listen,
      let operationsListen, let trustedProxies, let callerLimits, let reactors, let workerConcurrency,
      let workerLease, let pagesInParallel, let catalogue, let syncIntervals, let sessionLifetime,
      let startupPatience,
      let logFormat,
      let logLevel, let keyRing, let ceilings,
      let spotify = spotify.configuration()
    else { throw ConfigurationMistakes(mistakes: reader.mistakes) }
    self.publicURL = publicURL
    self.database = database
    self.redis = redis
    self.namespace = namespace
    self.listen = listen
    self.operationsListen = operationsListen
    mayMoveOperations = (environment["OPS_LISTEN"] ?? "").isEmpty
    self.trustedProxies = trustedProxies
    self.callerLimits = callerLimits
    self.spotify = spotify
    self.ceilings = ceilings
    self.keyRing = keyRing
    self.reactors = reactors
    self.workerConcurrency = workerConcurrency
    self.workerLease = workerLease
    self.pagesInParallel = pagesInParallel
    self.catalogue = catalogue
    self.syncIntervals = syncIntervals
    self.sessionLifetime = sessionLifetime
    self.startupPatience = startupPatience
    self.logFormat = logFormat
    self.logLevel = logLevel
  }
}

extension Configuration {
  /// What `migrate` reads: it needs neither Spotify nor keys.
  static func forMigration(
    environment: [String: String]
  ) throws(ConfigurationMistakes) -> (database: PostgreSQLConfiguration, patience: Duration) {
    var reader = EnvironmentReader(environment)
    let database = Configuration.database(&reader)
    let patience = Configuration.startupPatience(&reader)
    guard let database, let patience else { throw ConfigurationMistakes(mistakes: reader.mistakes) }
    return (database, patience)
  }

  /// What `ready` reads: where the process that it asks listens for operations.
  static func forOperations(environment: [String: String]) throws(ConfigurationMistakes) -> ListenAddress {
    var reader = EnvironmentReader(environment)
    guard let address = Configuration.operationsListen(&reader) else {
      throw ConfigurationMistakes(mistakes: reader.mistakes)
    }
    return address
  }

  fileprivate static func operationsListen(_ reader: inout EnvironmentReader) -> ListenAddress? {
    reader.read("OPS_LISTEN", default: "127.0.0.1:8081", ListenAddress.init(setting:))
  }

  /// What `quota` reads: it needs neither Spotify nor keys.
  struct ForQuota: Sendable {
    let database: PostgreSQLConfiguration
    let redis: RedisConfiguration
    let namespace: Namespace
    let ceilings: RequestCeilings

    init(environment: [String: String]) throws(ConfigurationMistakes) {
      var reader = EnvironmentReader(environment)
      let database = Configuration.database(&reader)
      let redis = Configuration.redis(&reader)
      let namespace = Configuration.namespace(&reader)
      let ceilings = Configuration.ceilings(&reader)
      guard let database, let redis, let namespace, let ceilings else {
        throw ConfigurationMistakes(mistakes: reader.mistakes)
      }
      self.database = database
      self.redis = redis
      self.namespace = namespace
      self.ceilings = ceilings
    }
  }

  /// What `keys list`, `rotate` and `verify` read.
  struct ForKeys: Sendable {
    let database: PostgreSQLConfiguration
    let keyRing: KeyRing

    init(environment: [String: String]) throws(ConfigurationMistakes) {
      var reader = EnvironmentReader(environment)
      let database = Configuration.database(&reader)
      let keyRing = Configuration.keyRing(&reader)
      guard let database, let keyRing else { throw ConfigurationMistakes(mistakes: reader.mistakes) }
      self.database = database
      self.keyRing = keyRing
    }
  }

  fileprivate static func keyRing(_ reader: inout EnvironmentReader) -> KeyRing? {
    reader.require(
      "TOKEN_KEYS",
      help: "make one with `cratekeeper keys generate` and keep it safe: without it no token opens"
    ) { text throws(Mistake) in
      do throws(KeyRingError) { return try KeyRing(parsing: text) } catch {
        throw Mistake("\(error); use id:key as `cratekeeper keys generate` prints it")
      }
    }
  }

  fileprivate static func redis(_ reader: inout EnvironmentReader) -> RedisConfiguration? {
    reader.read("REDIS_URL", default: "redis://127.0.0.1:6379/0") { text throws(Mistake) in
      do throws(RedisError) { return try RedisConfiguration(url: text) } catch {
        throw Mistake(error.message)
      }
    }
  }

  fileprivate static func namespace(_ reader: inout EnvironmentReader) -> Namespace? {
    reader.read("REDIS_NAMESPACE", default: "cratekeeper") { text throws(Mistake) in
      guard !text.isEmpty, text.utf8.count <= 40,
        text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
      else { throw Mistake("use letters, digits and `-`, at most 40") }
      return Namespace(text)
    }
  }

  /// `SPOTIFY_LIMIT_30S` and `SPOTIFY_LIMIT_DAY`: 0 for none.
  fileprivate static func ceilings(_ reader: inout EnvironmentReader) -> RequestCeilings? {
    let window = reader.read("SPOTIFY_LIMIT_30S", default: "0") { text throws(Mistake) in
      try Mistake.number(text, in: 0...1_000_000)
    }
    let day = reader.read("SPOTIFY_LIMIT_DAY", default: "0") { text throws(Mistake) in
      try Mistake.number(text, in: 0...100_000_000)
    }
    guard let window, let day else { return nil }
    return RequestCeilings(perWindow: window > 0 ? window : nil, perDay: day > 0 ? day : nil)
  }

  fileprivate static func database(_ reader: inout EnvironmentReader) -> PostgreSQLConfiguration? {
    reader.read("DATABASE_URL", default: defaultDatabaseURL) { text throws(Mistake) in
      do throws(PostgreSQLError) { return try PostgreSQLConfiguration(url: text) } catch {
        throw Mistake(error.message)
      }
    }
  }

  fileprivate static func startupPatience(_ reader: inout EnvironmentReader) -> Duration? {
    reader.read("STARTUP_PATIENCE_SECONDS", default: "30") { text throws(Mistake) in
      Duration.seconds(try Mistake.number(text, in: 0...3_600))
    }
  }
}

/// Where Spotify is and who we are there.
private struct SpotifySettings {
  let apiURL: String?
  let accountsURL: String?
  let clientID: String?
  let clientSecret: String?
  let redirectURI: String?
  let scopes: [String]?

  init(reading reader: inout EnvironmentReader, publicURL: PublicURL?) {
    apiURL = reader.read("SPOTIFY_API_URL", default: "https://api.spotify.com/v1", PublicURL.endpoint)
    accountsURL = reader.read(
      "SPOTIFY_ACCOUNTS_URL", default: "https://accounts.spotify.com", PublicURL.endpoint)
    let help = "from your app's page at https://developer.spotify.com/dashboard"
    clientID = reader.require("SPOTIFY_CLIENT_ID", help: help, Mistake.nonEmpty)
    clientSecret = reader.require("SPOTIFY_CLIENT_SECRET", help: help, Mistake.nonEmpty)
    redirectURI = reader.read(
      "SPOTIFY_REDIRECT_URI", default: (publicURL?.text ?? "http://127.0.0.1:8080") + "/spotify/callback/",
      RedirectURI.check)
    scopes = reader.read("SPOTIFY_SCOPES", default: Configuration.defaultScopes.joined(separator: " ")) {
      text throws(Mistake) in
      let scopes = text.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
      guard !scopes.isEmpty, scopes.allSatisfy({ $0.allSatisfy { $0.isASCII && ($0.isLetter || $0 == "-") } })
      else { throw Mistake("name Spotify's scopes, separated by spaces") }
      return scopes
    }
  }

  func configuration() -> SpotifyConfiguration? {
    guard let apiURL, let accountsURL, let clientID, let clientSecret, let redirectURI, let scopes else {
      return nil
    }
    return SpotifyConfiguration(
      apiURL: apiURL, accountsURL: accountsURL, clientID: clientID,
      clientSecret: SecretBytes(copying: clientSecret.utf8), redirectURI: redirectURI, scopes: scopes)
  }
}
