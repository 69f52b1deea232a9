import Glibc
import SpotifySimulator

/// A command line that can't be understood.
struct ArgumentError: Error, CustomStringConvertible {
  let description: String
}

/// What the command line asks for.
enum Arguments {
  enum Wish {
    case help
    case run(SimulatorConfiguration)
  }

  static func parse(_ arguments: [String]) throws(ArgumentError) -> Wish {
    var configuration = SimulatorConfiguration()
    configuration.port = 9_090
    configuration.today = today()
    var (clients, users): ([SimulatorConfiguration.Client], [SimulatorConfiguration.User]) = ([], [])
    var rest = arguments[...]
    while let option = rest.popFirst() {
      if option == "--help" || option == "-h" { return .help }
      if option == "--no-oddities" {
        configuration.hasOddities = false
        continue
      }
      guard let value = rest.popFirst() else { throw ArgumentError(description: "\(option) needs a value") }
      switch option {
      case "--listen": (configuration.host, configuration.port) = try address(value)
      case "--mode":
        guard let mode = QuotaMode(rawValue: value) else {
          throw ArgumentError(description: "--mode is development or extended, not \(value)")
        }
        configuration.mode = mode
      case "--client": clients.append(try client(value))
      case "--user": users.append(try user(value))
      case "--seed": configuration.seed = try number(option, value, UInt64.self)
      case "--today": configuration.today = value
      case "--latency": configuration.latency = .milliseconds(try number(option, value, UInt32.self))
      case "--page-bytes": configuration.pageBytes = Int(try number(option, value, UInt32.self))
      case "--public-url": configuration.publicURL = String(value.reversed().drop { $0 == "/" }.reversed())
      case "--refresh-answer":
        guard let answer = RefreshAnswer(rawValue: value) else {
          throw ArgumentError(description: "--refresh-answer is absent, new, null or empty, not \(value)")
        }
        configuration.refreshAnswer = answer
      default: throw ArgumentError(description: "unknown option \(option)")
      }
    }
    if !clients.isEmpty { configuration.clients = clients }
    if !users.isEmpty { configuration.users = users }
    return .run(configuration)
  }

  static let help = """
    spotify-simulator: a Spotify to run against, over real HTTP

    usage: spotify-simulator [options]

      --listen HOST:PORT      where to listen (default 127.0.0.1:9090; port 0: any free one)
      --mode MODE             development (default) or extended: what the app may call and see
      --client ID:SECRET:URI[,URI…]
                              a registered app and its redirect addresses, compared exactly; may be repeated
                              (default cratekeeper-demo:cratekeeper-demo-secret, any port of 127.0.0.1)
      --user ID:NAME:TRACKS[:SEED[:ARTISTS[:PLAYLISTS]]]
                              a user and the numbers of saved tracks, followed artists (30) and playlists (12);
                              an empty SEED is one that depends on the id; may be repeated (default: three users)
      --seed N                which catalogue (default 1); tokens outlive a restart with the same seed
      --today YYYY-MM-DD      the day of the newest releases (default: today)
      --latency MS            what each answer waits (default 0)
      --page-bytes N          a page of 50 saved tracks has at least about this many bytes
      --public-url URL        where browsers find the covers, if that isn't where the API is asked
      --refresh-answer KIND   refresh_token in the answer to a refresh: absent (default), new, null, empty
      --no-oddities           no local files among the saved tracks
      --help                  this text

    Controls: http://HOST:PORT/_simulator/…; see docs/simulator.md. Ends with SIGTERM or Ctrl-C.
    """

  private static func address(_ text: String) throws(ArgumentError) -> (String, Int) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw ArgumentError(description: "--listen takes HOST:PORT, not \(text)")
    }
    let host = text[..<colon].filter { $0 != "[" && $0 != "]" }
    return (host.isEmpty ? "127.0.0.1" : host, Int(port))
  }

  private static func client(_ text: String) throws(ArgumentError) -> SimulatorConfiguration.Client {
    let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, !parts.contains("") else {
      throw ArgumentError(description: "--client takes ID:SECRET:REDIRECT_URI[,REDIRECT_URI…]")
    }
    return SimulatorConfiguration.Client(
      id: parts[0], secret: parts[1], redirectURIs: parts[2].split(separator: ",").map(String.init))
  }

  private static func user(_ text: String) throws(ArgumentError) -> SimulatorConfiguration.User {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (3...6).contains(parts.count), !parts[0].isEmpty else {
      throw ArgumentError(
        description: "--user takes ID:NAME:TRACKS[:SEED[:ARTISTS[:PLAYLISTS]]], not \(text)")
    }
    var user = SimulatorConfiguration.User(
      id: parts[0], name: parts[1], tracks: Int(try number("--user", parts[2], UInt32.self)),
      seed: parts.count > 3 && !parts[3].isEmpty ? try number("--user", parts[3], UInt64.self) : nil)
    if parts.count > 4 { user.artists = Int(try number("--user", parts[4], UInt32.self)) }
    if parts.count > 5 { user.playlists = Int(try number("--user", parts[5], UInt32.self)) }
    return user
  }

  private static func number<Number: FixedWidthInteger>(
    _ option: String, _ text: String, _ type: Number.Type
  ) throws(ArgumentError) -> Number {
    guard let number = Number(text) else {
      throw ArgumentError(description: "\(option) takes a number, not \(text)")
    }
    return number
  }

  private static func today() -> String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    var buffer = [CChar](repeating: 0, count: 16)
    let length = strftime(&buffer, buffer.count, "%Y-%m-%d", &parts)
    return String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
