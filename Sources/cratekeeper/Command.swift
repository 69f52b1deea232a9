/// What the command line asks for.
enum Command: Equatable {
  case serve, worker, all, migrate, ready, quota, keysGenerate, version
  case keys(KeyReport.Kind)
  case doctor(asJSON: Bool)
  case help(String)

  /// - Throws: ``UsageError`` for what can't be understood.
  init(arguments: [String]) throws(UsageError) {
    let wantsHelp = arguments.contains("--help") || arguments.contains("-h")
    let words = arguments.filter { $0 != "--help" && $0 != "-h" }
    let command: Command
    switch words {
    case _ where words.first == "help" && words.count == 2: command = .help(words[1])
    case [], ["help"]: command = .help("")
    case ["serve"]: command = .serve
    case ["worker"]: command = .worker
    case ["all"]: command = .all
    case ["migrate"]: command = .migrate
    case ["doctor"]: command = .doctor(asJSON: false)
    case ["doctor", "--json"]: command = .doctor(asJSON: true)
    case ["ready"]: command = .ready
    case ["quota"]: command = .quota
    case ["keys", "generate"]: command = .keysGenerate
    case ["keys", "list"]: command = .keys(.list)
    case ["keys", "rotate"]: command = .keys(.rotate)
    case ["keys", "verify"]: command = .keys(.verify)
    case ["keys"] where wantsHelp: command = .help("keys")
    case ["version"], ["--version"]: command = .version
    default: throw UsageError(words: words)
    }
    if case .help(let topic) = command {
      guard Help.text(topic) != nil else { throw UsageError(words: words) }
      self = command
    } else {
      self = wantsHelp ? .help(words.first ?? "") : command
    }
  }
}

struct UsageError: Error, Equatable, CustomStringConvertible {
  let words: [String]

  var description: String {
    "cratekeeper: don't know how to `\(words.joined(separator: " "))`; `cratekeeper help` lists the commands"
  }
}

/// What the program ends with.
enum ExitCode: Int32 {
  case success = 0
  /// Something it needs is missing or away; the message says what.
  case failure = 1
  /// The command line or the configuration is wrong.
  case usage = 2
}

enum Help {
  /// The text for a command; nil for a word that is none.
  static func text(_ topic: String) -> String? {
    switch topic {
    case "": overview
    case "serve":
      """
      usage: cratekeeper serve

      Serves the JSON API and the pages on LISTEN, and health on OPS_LISTEN. Any number may run.
      Needs a migrated database and Redis; waits for them (STARTUP_PATIENCE_SECONDS), then ends with 1.
      SIGTERM: takes no more connections, answers what is under way, ends with 0.
      """
    case "worker":
      """
      usage: cratekeeper worker

      Does the syncs. Any number may run.
      Needs a migrated database and Redis; waits for them (STARTUP_PATIENCE_SECONDS), then ends with 1.
      SIGTERM: takes no more runs, hands back what it can't finish in a few seconds, ends with 0.
      """
    case "all":
      """
      usage: cratekeeper all

      `serve` and `worker` in one process, each on reactors of its own: for one machine.
      """
    case "migrate":
      """
      usage: cratekeeper migrate

      Brings the database of DATABASE_URL to this program's schema: forward only, one migrator at a time, safe to
      repeat. The role must be allowed to create a schema and a role. A newer database is refused.
      Reads DATABASE_URL and STARTUP_PATIENCE_SECONDS alone.
      """
    case "doctor":
      """
      usage: cratekeeper doctor [--json]

      Looks at all that the service needs: configuration, redirect address, clock, Postgres, Redis, keys, Spotify,
      and what your app may call there. A line for each, and below what is wrong what to do. Changes nothing, prints
      no secret, asks Spotify about six times. Ends with 0 when nothing is a problem (a warning isn't), else with 1.
      """
    case "ready":
      """
      usage: cratekeeper ready

      Asks the serve, worker or all that answers on OPS_LISTEN whether it can work, and prints what it says: ends
      with 0 if it can, with 1 if not or if nobody answers within 4 s. For health checks of containers.
      Reads OPS_LISTEN alone.
      """
    case "quota":
      """
      usage: cratekeeper quota

      Prints how many requests to Spotify were sent in the last 30 s and 24 h, by developer account and group of
      endpoints, what is set as ceilings, and what Spotify wants to be left alone until when.
      Reads DATABASE_URL, REDIS_URL, REDIS_NAMESPACE, SPOTIFY_LIMIT_30S and SPOTIFY_LIMIT_DAY alone.
      """
    case "keys":
      """
      usage: cratekeeper keys generate | list | rotate | verify

      generate  prints a new key for TOKEN_KEYS, as id:base64. The first key of TOKEN_KEYS seals, all of them open.
      list      prints the keys of TOKEN_KEYS and of the stored tokens: what each does, and how many tokens name it.
                Ends with 1 when tokens name a key that TOKEN_KEYS lacks.
      rotate    puts every stored token under the first key, while the service runs; to be ended at any moment and
                started again, also twice at once. Ends with 0 when no token is left under another key: then it
                says which keys may be taken out of TOKEN_KEYS. Ends with 1 and says why when one is left.
      verify    opens every stored token, changes nothing, and says which keys no token needs. Ends with 1 and
                says whose token it is when one doesn't open.

      All but generate need the migrated database and read DATABASE_URL and TOKEN_KEYS alone. In which order the
      instances learn of a new key: docs/operations.md.
      """
    case "version": "usage: cratekeeper version\n\nPrints the version and the newest migration it knows."
    case "help": "usage: cratekeeper help [COMMAND]\n\nPrints this list, or what a command does."
    default: nil
    }
  }

  private static let overview = """
    cratekeeper: keeps people's Spotify libraries in your own Postgres

    usage: cratekeeper COMMAND [--help]

      serve           serve the JSON API and the pages
      worker          do the syncs
      all             both in one process
      migrate         bring the database to this program's schema
      doctor          look at all that it needs, and say what to do
      ready           ask a running process whether it can work
      quota           print how much of Spotify's limits is used
      keys generate   print a new key for TOKEN_KEYS
      keys list       print what each key has sealed
      keys rotate     put every stored token under the first key
      keys verify     open every stored token
      version         print the version
      help            print this, or `help COMMAND`

    Configuration is by environment variables; env.sample says what each is.
    Exit codes: 0 well, 1 something needed is missing or away, 2 wrong usage or configuration.
    """
}
