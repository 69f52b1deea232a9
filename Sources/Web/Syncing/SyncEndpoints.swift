import Domain
import HTTPServer

/// `/spotify/sync/…`: asking for runs, looking at them, stopping them.
enum SyncEndpoints {
  /// Asks for one kind.
  static func request(_ kind: SyncKind) -> Handler {
    { call in
      let user = try await call.user()
      let run = try await call.services.requestSync(kind, for: user)
      if call.prefersPage { return Answer.redirect(303, to: "/") }
      var response = answer(202, run)
      response.headers.append("location", "/spotify/sync/\(run.id)/")
      return response
    }
  }

  /// Asks for one of each kind that the person allowed.
  static func requestAll(_ call: Call) async throws -> HTTPResponse {
    let user = try await call.user()
    let runs = try await call.services.requestSync.everything(for: user)
    if call.prefersPage { return Answer.redirect(303, to: "/") }
    return Answer.json(JSONWriter.object { $0.array("items", runs) { $0.run($1) } }, status: 202)
  }

  static func list(_ call: Call) async throws -> HTTPResponse {
    let query = Query(call.request)
    let limit = try query.limit()
    let kind: SyncKind? = try query.word("kind")
    let status: SyncStatus? = try query.word("status")
    let cursor = RunsCursor(kind, status)
    let position = try cursor.position(query)
    let user = try await call.user()
    let runs = try await call.services.runs.list(
      of: user, kind: kind, status: status, after: position, limit: limit + 1)
    return ListPage.answer(
      runs, limit: limit, to: call, bytesPerElement: 700,
      cursor: cursor.after, write: { $0.run($1) })
  }

  static func show(_ call: Call) async throws -> HTTPResponse {
    let run = try run(call)
    let user = try await call.user()
    guard let found = try await call.services.runs.load(run, of: user) else { throw noSuchRun }
    return Answer.personal(JSONWriter.bytes { $0.run(found) }, to: call)
  }

  static func cancel(_ call: Call) async throws -> HTTPResponse {
    let run = try run(call)
    let user = try await call.user()
    guard let found = try await call.services.runs.cancel(run, of: user) else { throw noSuchRun }
    return answer(202, found)
  }

  static let noSuchRun = Problem(404, "run_not_found", "you have no run of this id")

  private static func answer(_ status: Int, _ run: SyncRun) -> HTTPResponse {
    Answer.json(JSONWriter.bytes { $0.run(run) }, status: status)
  }

  static func run(_ call: Call) throws(Problem) -> RunID {
    guard let run = RunID(call.parameter("id")) else { throw noSuchRun }
    return run
  }
}

/// Where pages of runs go on.
struct RunsCursor {
  private let list: String

  /// - Parameters: what the list is narrowed to.
  init(_ kind: SyncKind?, _ status: SyncStatus?) {
    list = "runs \(kind?.rawValue ?? "*") \(status?.rawValue ?? "*")"
  }

  func after(_ run: SyncRun) -> String { Cursor.encode(Cursor.bytes(run.id.rawValue), list: list) }

  /// Nil where the list begins.
  func position(_ query: Query) throws(Problem) -> RunID? {
    guard let bytes = try query.cursor(of: list) else { return nil }
    guard let id = Cursor.uuid(bytes[...]) else { throw Cursor.invalid }
    return RunID(id)
  }
}
