/// What was asked of the simulator since the start or the last reset.
package struct RequestCounts: Codable, Sendable, Equatable {
  package struct InFlight: Codable, Sendable, Equatable {
    package var now = 0
    package var max = 0
  }

  /// Everything but covers and the simulator's own controls.
  package var total = 0
  /// Group → method → status → count. Status 499: the client had gone before the answer.
  package var groups: [String: [String: [String: Int]]] = [:]
  /// Grant type → status → count.
  package var token: [String: [String: Int]] = [:]
  /// Requests to the Web API and the token endpoint at the same time.
  package var inFlight = InFlight()

  package init() {}

  /// All requests of a group, or those with one status.
  package func count(_ group: EndpointGroup, status: Int? = nil) -> Int {
    (groups[group.rawValue] ?? [:]).values.reduce(0) { sum, statuses in
      sum + (status.map { statuses["\($0)"] ?? 0 } ?? statuses.values.reduce(0, +))
    }
  }

  package func tokenRequests(_ grantType: String) -> Int { (token[grantType] ?? [:]).values.reduce(0, +) }

  mutating func begin() {
    inFlight.now += 1
    inFlight.max = max(inFlight.max, inFlight.now)
  }

  mutating func end(_ call: Call, status: Int) {
    guard let group = call.group else { return }
    if group != .image {
      inFlight.now -= 1
      total += 1
    }
    groups[group.rawValue, default: [:]][call.request.method.rawValue, default: [:]][
      "\(status)", default: 0] += 1
    if group == .token {
      token[call.form("grant_type") ?? "none", default: [:]]["\(status)", default: 0] += 1
    }
  }

  /// Forgets all but what is in flight at the moment.
  mutating func reset() {
    let now = inFlight.now
    self = RequestCounts()
    inFlight = InFlight(now: now, max: now)
  }
}

/// One request, as it was answered.
package struct LoggedRequest: Codable, Sendable {
  /// Counts up from 1 since the start; requests are logged when they are answered.
  package var number: Int
  package var group: EndpointGroup
  package var method: String
  /// Path and query.
  package var target: String
  package var status: Int
  /// Seconds since 1970, by the machine's clock, which ``Simulator/advanceClock(seconds:)`` doesn't move.
  package var arrivedAt: Double
  package var user: String?
  /// The fault that struck it.
  package var fault: Fault.Kind?
}
