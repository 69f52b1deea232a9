import Glibc
import HTTPServer
import Reactor
import SpotifySimulator

/// `spotify-simulator`: a Spotify to run against, until SIGTERM or SIGINT.
@main
struct Program {
  static func main() async {
    do {
      switch try Arguments.parse(Array(CommandLine.arguments.dropFirst())) {
      case .help: say(Arguments.help)
      case .run(let configuration): try await run(configuration)
      }
    } catch let error as ArgumentError {
      fail("\(error)\nTry --help.", code: 2)
    } catch let error as HTTPServerError {
      fail("can't listen: \(error)", code: 1)
    } catch {
      fail("\(error)", code: 1)
    }
  }

  private static func run(_ configuration: SimulatorConfiguration) async throws {
    let reactor = try Reactor.start(name: "simulator")
    let simulator = try await Simulator.start(on: reactor, configuration: configuration)
    let end = try await reactor.run { try Signals(on: reactor, [SIGTERM, SIGINT]) }
    say("spotify-simulator listens on \(simulator.baseURL)")
    await end.received()
    await simulator.stop()
  }

  private static func fail(_ message: String, code: Int32) -> Never {
    say("spotify-simulator: \(message)", to: STDERR_FILENO)
    exit(code)
  }

  /// At once, also into a pipe: whoever started the program waits for this line.
  private static func say(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
    let bytes = Array((text + "\n").utf8)
    _ = write(descriptor, bytes, bytes.count)
  }
}
