import CPostgreSQL
import Glibc
import Reactor

/// Makes one connection: looks the host up and starts on the thread pool, then polls libpq on the reactor, then
/// runs `onConnect`. Ends with a connection or an error, once, within the configured time.
// @unchecked: touched on the reactor alone, but for the handle that the thread pool hands over.
final class ConnectAttempt: @unchecked Sendable {
  typealias Outcome = Result<Connection, PostgreSQLError>

  private let reactor: Reactor
  private let configuration: PostgreSQLConfiguration
  private let isExclusive: Bool
  private var done: ((Outcome) -> Void)?
  private var timer: ReactorTimer?
  private var watcher: DescriptorWatcher?
  private var handle: OpaquePointer?
  private var connection: Connection?

  init(
    on reactor: Reactor, _ configuration: PostgreSQLConfiguration, isExclusive: Bool,
    _ done: @escaping (Outcome) -> Void
  ) {
    self.reactor = reactor
    self.configuration = configuration
    self.isExclusive = isExclusive
    self.done = done
  }

  func start() {
    timer = reactor.schedule(after: configuration.connectTimeout) {
      self.end(.failure(PostgreSQLError(.connection, "the database did not accept a connection in time")))
    }
    let (options, name) = (configuration.options, configuration.applicationName)
    reactor.spawn {
      do throws(PostgreSQLError) {
        self.began(
          try await self.reactor.offload { () throws(PostgreSQLError) in
            try StartedConnection(options, applicationName: name)
          }.handle)
      } catch { self.end(.failure(error)) }
    }
  }

  private func began(_ handle: OpaquePointer) {
    guard done != nil else { return PQfinish(handle) }
    self.handle = handle
    // Verbose messages carry the SQLSTATE, which libpq 15 keeps nowhere else for a refusal.
    PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
    PQsetNoticeReceiver(handle, { _, _ in }, nil)
    guard PQstatus(handle) != CONNECTION_BAD else { return end(.failure(PostgreSQLError(handle))) }
    wait(for: .writable)
  }

  /// A watcher for each step: libpq may go on with another socket.
  private func wait(for events: DescriptorWatcher.Events) {
    do {
      watcher = try reactor.watch(PQsocket(handle), for: events) { _ in
        self.watcher?.stop()
        self.watcher = nil
        self.poll()
      }
    } catch { end(.failure(PostgreSQLError(.connection, error.description))) }
  }

  private func poll() {
    guard let handle else { return }
    switch PQconnectPoll(handle) {
    case PGRES_POLLING_READING: wait(for: .readable)
    case PGRES_POLLING_WRITING: wait(for: .writable)
    case PGRES_POLLING_OK: prepare(handle)
    default: end(.failure(PostgreSQLError(handle)))
    }
  }

  private func prepare(_ handle: OpaquePointer) {
    PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
    do {
      let connection = try Connection(
        handle, on: reactor, isExclusive: isExclusive, preparedStatements: configuration.preparedStatements)
      self.handle = nil
      self.connection = connection
      let setUp = [ConnectAttempt.noticeLostClients] + configuration.onConnect
      connection.submit(
        Submission(setUp, allowance: configuration.connectTimeout.clampedNanoseconds) { outcome in
          switch outcome {
          case .success: self.end(.success(connection))
          case .failure(let error): self.end(.failure(error))
          }
        })
    } catch { end(.failure(error)) }
  }

  private func end(_ outcome: Outcome) {
    guard let done else { return }
    self.done = nil
    timer?.cancel()
    watcher?.stop()
    if let handle { PQfinish(handle) }
    handle = nil
    if case .failure(let error) = outcome { connection?.close(error) }
    connection = nil
    done(outcome)
  }

  /// The server looks every second whether its client is still there, also while it runs a statement: closing
  /// the connection is enough to end what was given up. A client whose machine has gone without a word is noticed
  /// within half a minute; by itself the server would keep its locks for two hours.
  private static let noticeLostClients: SQL = """
    SELECT set_config('client_connection_check_interval', '1s', false),
           set_config('tcp_keepalives_idle', '15', false),
           set_config('tcp_keepalives_interval', '5', false),
           set_config('tcp_keepalives_count', '3', false),
           set_config('tcp_user_timeout', '30s', false)
    """
}

/// What `PQconnectStartParams` made; it may read files and, without an address, look names up.
// @unchecked: handed from a pool thread to the reactor, never used by both.
private struct StartedConnection: @unchecked Sendable {
  let handle: OpaquePointer

  init(_ options: [String: String], applicationName: String) throws(PostgreSQLError) {
    var options = try HostLookup.resolve(options)
    options["client_encoding"] = "UTF8"
    if !applicationName.isEmpty { options["application_name"] = applicationName }
    // `strdup`ed because libpq wants two arrays of C strings side by side.
    var keywords: [UnsafePointer<CChar>?] = options.keys.map { UnsafePointer(strdup($0)) }
    var values: [UnsafePointer<CChar>?] = options.values.map { UnsafePointer(strdup($0)) }
    defer { for string in keywords + values { free(UnsafeMutablePointer(mutating: string)) } }
    keywords.append(nil)
    values.append(nil)
    guard let handle = PQconnectStartParams(keywords, values, 0) else {
      throw PostgreSQLError(.connection, "out of memory")
    }
    self.handle = handle
  }
}
