/// The faults that are set, in the order in which they came.
struct FaultList: Sendable {
  private struct Rule: Sendable {
    let fault: Fault
    var seen = 0
  }

  private var rules: [Rule] = []

  /// What is set, spent or not.
  var faults: [Fault] { rules.map(\.fault) }

  mutating func add(_ faults: [Fault]) { rules += faults.map { Rule(fault: $0) } }
  mutating func removeAll() { rules = [] }

  /// The first rule that strikes `call`. Every rule that matches counts it.
  mutating func strike(_ call: Call, user: String?) -> Fault? {
    var struck: Fault?
    for index in rules.indices where rules[index].fault.matches(call, user: user) {
      rules[index].seen += 1
      let fault = rules[index].fault
      let (first, times) = (fault.nth ?? 1, fault.times ?? 1)
      let isDue = rules[index].seen >= first && (times == 0 || rules[index].seen < first + times)
      if isDue, struck == nil { struck = fault }
    }
    return struck
  }
}

extension Fault {
  fileprivate func matches(_ call: Call, user: String?) -> Bool {
    if let group, group != call.group { return false }
    if kind == .invalidGrant, call.group != .token { return false }
    if let path, !call.request.path.hasPrefix(path) { return false }
    if let wanted = self.user, wanted != user { return false }
    if let offset, offset != call.query("offset").flatMap(Int.init) ?? 0 { return false }
    if let grantType, grantType != call.form("grant_type") { return false }
    if let limitAbove, call.query("limit").flatMap(Int.init) ?? 20 <= limitAbove { return false }
    return call.group != nil
  }
}
