import HTTPServer
import Reactor

/// A Spotify to run against, over real HTTP: accounts host, Web API and covers on one address.
///
/// Everything it does can be ordered and asked over HTTP below `/_simulator/`, or by the methods here, which
/// may be called from any thread.
package final class Simulator: Sendable {
  /// Where it listens, such as `http://127.0.0.1:9090`.
  package let baseURL: String
  /// What goes before `/me/tracks`.
  package var apiURL: String { baseURL + "/v1" }
  /// What goes before `/authorize` and `/api/token`.
  package var accountsURL: String { baseURL }

  let reactor: Reactor
  let state: Locked<SimulatorState>
  let parking: ParkingLot
  private let server: HTTPServer

  private init(baseURL: String, reactor: Reactor, engine: Engine, server: HTTPServer) {
    self.baseURL = baseURL
    self.reactor = reactor
    self.server = server
    state = engine.state
    parking = engine.parking
  }

  /// Starts to listen.
  ///
  /// - Throws: ``SimulatorError`` for a configuration that makes no sense, `HTTPServerError` when the address
  ///   can't be had.
  package static func start(
    on reactor: Reactor, configuration: SimulatorConfiguration = SimulatorConfiguration()
  ) async throws -> Simulator {
    if configuration.port != 0 {
      try await reactor.offload { () throws(HTTPServerError) in
        try HTTPServer.probe(host: configuration.host, port: configuration.port)
      }
    }
    let engine = Engine(
      reactor: reactor, state: Locked(try SimulatorState(configuration)), parking: ParkingLot())
    var settings = HTTPServerConfiguration(host: configuration.host, port: configuration.port)
    // Requests may be held for as long as a test thinks, and a big edit has a big body.
    settings.responseDeadline = .seconds(3_600)
    settings.bodyLimit = 4 << 20
    let server = try await HTTPServer.start(on: reactor, settings) { await engine.handle($0) }
    let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
    return Simulator(
      baseURL: "http://\(host):\(server.port)", reactor: reactor, engine: engine, server: server)
  }

  /// Lets go what is held, ends what is under way, and frees the port.
  package func stop() async {
    parking.release(nil, count: nil, keepsHolding: false)
    await server.stop(grace: .zero)
  }
}
