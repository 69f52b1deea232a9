import Accounts
import Coordination
import Domain
import FoundationEssentials
import Glibc
import HTTPServer
import Logging
import Reactor
import Redis
import Storage
import Sync
import Web
import Worker

/// The running service: starts the parts that a command names, and ends them in order.
struct Service: Sendable {
  enum Part { case web, worker }

  private let configuration: Configuration
  private let process: ProcessScope
  private let logger: Logger

  /// How long requests that are under way may take when the service ends.
  private static let grace = Duration.seconds(10)
  /// How often the catalogue's version is looked up, for when a hint gets lost.
  private static let catalogueLook = Duration.milliseconds(500)

  init(configuration: Configuration, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
    process = ProcessScope(configuration: configuration, logger: logger)
  }

  /// Runs until SIGTERM or SIGINT.
  func run(_ parts: Set<Part>) async throws {
    if parts.contains(.web) { try Startup.checkFree(configuration.listen, variable: "LISTEN") }
    let operations = try Startup.operationsAddress(configuration)
    let control = try await ReactorScope.start(.control, 0, of: process)
    let endings = try await Endings.listen(on: control.reactor, logger)
    let app: RegisteredApp?
    do {
      app = try await withEnding(endings) {
        try await Startup(scope: control, patience: configuration.startupPatience, logger: logger)
          .prepare(clientID: configuration.spotify.clientID, keyRing: configuration.keyRing)
      }
    } catch {
      await control.close()
      throw error
    }
    if let app {
      let running = try await start(parts, control, app, operations)
      await endings.first()
      // What begins now might not be stored any more.
      process.refreshTraffic.close()
      logger.info("ending")
      await stop(running)
      logger.info("ended")
    }
    await control.close()
  }

  /// What has to be ended, in the order of its fields.
  private struct Running: Sendable {
    var follower: Task<Void, Never>?
    var renewer: Task<Void, Never>?
    var subscriber: RedisSubscriber
    var worker: Worker?
    var servers: [HTTPServer]
    var scopes: [ReactorScope]
    let control: ReactorScope
  }

  private func start(
    _ parts: Set<Part>, _ control: ReactorScope, _ app: RegisteredApp, _ operations: ListenAddress
  ) async throws -> Running {
    var (web, lanes): ([ReactorScope], [ReactorScope]) = ([], [])
    var servers = [try await serveOperations(control, app, operations)]
    if parts.contains(.web) {
      for number in 0..<configuration.reactors {
        let scope = try await ReactorScope.start(.web, number, of: process)
        web.append(scope)
        servers.append(try await serve(scope, app))
      }
    }
    if parts.contains(.worker) {
      for number in 0..<configuration.reactors {
        lanes.append(try await ReactorScope.start(.lane, number, of: process))
      }
    }
    let worker = lanes.isEmpty ? nil : startWorker(control, app, lanes.map { $0.workLane(app: app) })
    let running = Running(
      follower: web.first.map(followCatalogue), renewer: web.first.map(renewPlaces),
      subscriber: await subscribe(control, worker: worker, web: web.first), worker: worker,
      servers: servers, scopes: web + lanes, control: control)
    announce(parts)
    return running
  }

  private func stop(_ running: Running) async {
    running.follower?.cancel()
    // Streams have no end of their own that the servers could wait for.
    process.runWatchers.close()
    await running.control.reactor.spawn { running.subscriber.close() }.value
    async let isWorkerDone: Void? = running.worker?.stop()
    await withTaskGroup(of: Void.self) { group in
      for server in running.servers { group.addTask { await server.stop(grace: Service.grace) } }
    }
    _ = await isWorkerDone
    await running.follower?.value
    running.renewer?.cancel()
    await running.renewer?.value
    await awaitTokens(on: running.control.reactor)
    for scope in running.scopes { await scope.close() }
  }

  /// Lets token requests end that are under way, whether anybody still waits for them or not: the answer may be the only
  /// copy of a new refresh token.
  private func awaitTokens(on reactor: Reactor) async {
    guard !process.refreshTraffic.isIdle else { return }
    logger.info("waiting for a token that is on its way")
    let end = ContinuousClock.now + RefreshAccessToken.longest
    while !process.refreshTraffic.isIdle, .now < end {
      do { try await reactor.sleep(for: .milliseconds(20)) } catch { return }
    }
    if !process.refreshTraffic.isIdle { logger.error("ending without a token that is on its way") }
  }

  // MARK: Parts

  private func serve(_ scope: ReactorScope, _ app: RegisteredApp) async throws -> HTTPServer {
    let application = WebApplication(scope.webServices(app: app))
    var settings = HTTPServerConfiguration(host: configuration.listen.host, port: configuration.listen.port)
    settings.refusal = application.refuse
    return try await HTTPServer.start(on: scope.reactor, settings) { await application.handle($0) }
  }

  private func serveOperations(
    _ scope: ReactorScope, _ app: RegisteredApp, _ address: ListenAddress
  ) async throws -> HTTPServer {
    let application = OperationsApplication(scope.webServices(app: app))
    var settings = HTTPServerConfiguration(host: address.host, port: address.port)
    settings.refusal = application.refuse
    settings.connectionLimit = 64
    let server = try await HTTPServer.start(on: scope.reactor, settings) { await application.handle($0) }
    logger.info(
      "answering operations", ["address": "\(ListenAddress(host: address.host, port: server.port))"])
    return server
  }

  private func startWorker(_ control: ReactorScope, _ app: RegisteredApp, _ lanes: [WorkLane]) -> Worker {
    var settings = WorkerSettings()
    settings.concurrency = configuration.workerConcurrency
    settings.lease = configuration.workerLease
    let worker = Worker(
      control: control.reactor, app: app.id, dispatch: control.dispatch, runs: control.runs,
      keepLedger: control.keepLedger(app), sessions: control.sessions, lanes: lanes, settings: settings,
      logger: logger)
    worker.start()
    return worker
  }

  /// Looks for a new version of the catalogue, hint or no hint.
  private func followCatalogue(_ scope: ReactorScope) -> Task<Void, Never> {
    scope.reactor.spawn {
      while !Task.isCancelled {
        await process.releaseCache.update(from: scope.releases, logger: logger)
        do { try await scope.reactor.sleep(for: Service.catalogueLook) } catch { return }
      }
    }
  }

  /// Keeps the places of callers' requests, and gives them back at the end.
  private func renewPlaces(_ scope: ReactorScope) -> Task<Void, Never> {
    let limits = scope.limitCallers
    return scope.reactor.spawn {
      while !Task.isCancelled {
        do { try await scope.reactor.sleep(for: configuration.callerLimits.lease / 3) } catch { break }
        await limits.renew()
      }
      // Not cancelled with this task.
      await scope.reactor.spawn { await limits.renew(isLast: true) }.value
    }
  }

  private func subscribe(_ control: ReactorScope, worker: Worker?, web: ReactorScope?) async
    -> RedisSubscriber
  {
    let catalogueChannel = control.catalogueSignal.channel
    let runChannel = control.runSignal.channel
    let newVersion: @Sendable () -> Void = {
      guard let web else { return }
      web.reactor.spawn { await process.releaseCache.update(from: web.releases, logger: logger) }
    }
    return await control.reactor.spawn {
      RedisSubscriber(
        reactor: control.reactor, configuration: configuration.redis,
        channels: [control.dispatch.channel, catalogueChannel, control.catalogueSignal.requestChannel]
          + (web == nil ? [] : [runChannel]),
        onMessage: { channel, payload in
          switch channel {
          case catalogueChannel: newVersion()
          case runChannel: RunSignal.run(of: payload).map(process.runWatchers.wake)
          default: worker?.wake()
          }
        },
        onSubscribed: {
          newVersion()
          process.runWatchers.wakeAll()
          worker?.wake()
        })
    }.value
  }

  private func announce(_ parts: Set<Part>) {
    if parts.contains(.web) {
      if configuration.publicURL.isSecure, configuration.trustedProxies.isEmpty {
        logger.warning(
          "no proxy is believed, so all callers are one address in the limits",
          ["advice": "set TRUSTED_PROXIES to the address of the proxy that ends TLS"])
      }
      logger.info(
        "listening",
        [
          "address": "\(configuration.listen)",
          "public_url": configuration.publicURL.text, "redirect_uri": configuration.spotify.redirectURI,
        ])
    }
    if parts.contains(.worker) {
      logger.info("working", ["concurrency": configuration.workerConcurrency])
    }
  }

  /// Runs the start-up, unless the service is told to end first.
  private func withEnding<Value: Sendable>(
    _ endings: Endings, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value? {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        await endings.first()
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }
}
