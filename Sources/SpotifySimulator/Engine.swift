import HTTPServer
import Reactor

/// Takes a request through its stations: arrival, hold, delay, answer, departure.
struct Engine: Sendable {
  let reactor: Reactor
  let state: Locked<SimulatorState>
  let parking: ParkingLot

  func handle(_ request: HTTPRequest) async -> HTTPResponse {
    let endpoint: Endpoint
    var parameters: [String: String] = [:]
    switch Routes.table.match(request.method, request.path) {
    case .found(let value, let found): (endpoint, parameters) = (value, found)
    case .methodNotAllowed(let allow):
      var response = HTTPResponse.apiError(405, "Method not allowed")
      response.headers.set("allow", allow.map(\.rawValue).joined(separator: ", "))
      return response
    case .notFound: endpoint = .unknown
    }
    let call = Call(request, endpoint, parameters)
    if case .control(let control) = endpoint {
      return await ControlDesk(engine: self).answer(control, call)
    }
    if lacksLength(request) { return .html(411, Engine.lengthRequired) }
    return await serve(call)
  }

  private func serve(_ call: Call) async -> HTTPResponse {
    let arrival = state.withLock { $0.arrive(call) }
    if let group = call.group { await parking.pass(group, user: arrival.user) }
    if arrival.delay > .zero {
      // Cancelled: the client has gone, which is told from the task below.
      try? await reactor.sleep(for: arrival.delay)
    }
    let isGone = Task.isCancelled
    return state.withLock { state in
      let response = isGone ? HTTPResponse(status: 499) : state.answer(call, arrival)
      state.leave(call, arrival, status: response.status)
      return response
    }
  }

  /// Spotify's edge wants a `Content-Length` where a body may come, also for an empty one.
  private func lacksLength(_ request: HTTPRequest) -> Bool {
    guard request.method == .post || request.method == .put else { return false }
    return request.headers["content-length"] == nil && request.headers["transfer-encoding"] == nil
  }

  private static let lengthRequired = """
    <!DOCTYPE html><html lang=en><title>Error 411 (Length Required)</title>
    <p><b>411.</b> POST requests require a <code>Content-length</code> header.

    """
}
