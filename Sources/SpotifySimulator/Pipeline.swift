import FoundationEssentials
import HTTPServer

/// What the state decided about a request on its arrival.
struct Arrival: Sendable {
  let at = Date().timeIntervalSince1970
  let fault: Fault?
  let user: String?
  let delay: Duration
}

extension SimulatorState {
  /// Counts a request in, runs the edits that waited for it and finds the fault that strikes it.
  mutating func arrive(_ call: Call) -> Arrival {
    guard let group = call.group, group != .image else { return Arrival(fault: nil, user: nil, delay: .zero) }
    counts.begin()
    trigger(group)
    let user = call.bearer.flatMap { tokens.claims(String($0))?.user }
    let fault = faults.strike(call, user: user)
    let latency = latencies[group] ?? (group == .authorize ? .zero : configuration.latency)
    return Arrival(fault: fault, user: user, delay: latency + (fault?.delay ?? .zero))
  }

  mutating func answer(_ call: Call, _ arrival: Arrival) -> HTTPResponse {
    if let response = arrival.fault?.replacement(for: call) { return response }
    let response: HTTPResponse
    switch call.endpoint {
    case .home: response = homePage(call)
    case .authorize: response = authorize(call)
    case .decide: response = decide(call)
    case .token: response = token(call)
    case .image: response = image(call)
    case .api(let apiCall): response = api(apiCall, call, arrival.fault)
    case .unknown: response = .apiError(404, "Service not found")
    case .control: return .text(500, "a control is not answered here")
    }
    return arrival.fault?.damage(response) ?? response
  }

  mutating func leave(_ call: Call, _ arrival: Arrival, status: Int) {
    counts.end(call, status: status)
    guard let group = call.group, group != .image else { return }
    logged += 1
    if log.count == SimulatorState.logCapacity { log.removeFirst(SimulatorState.logCapacity / 2) }
    log.append(
      LoggedRequest(
        number: logged, group: group, method: call.request.method.rawValue,
        target: call.request.path + (call.request.query.map { "?\($0)" } ?? ""), status: status,
        arrivedAt: arrival.at, user: arrival.user, fault: arrival.fault?.kind))
  }

  private mutating func trigger(_ group: EndpointGroup) {
    guard !triggers.isEmpty else { return }
    for index in triggers.indices where triggers[index].group == group { triggers[index].remaining -= 1 }
    let due = triggers.filter { $0.remaining <= 0 }
    triggers.removeAll { $0.remaining <= 0 }
    for trigger in due {
      do { _ = try perform(trigger.change) } catch { failedEdits.append(error.description) }
    }
  }
}
