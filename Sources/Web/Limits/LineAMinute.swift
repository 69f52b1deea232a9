/// Whether something is worth a line of the log: one a minute at most.
struct LineAMinute: Sendable {
  private var told: Duration?

  mutating func isDue(at time: Duration) -> Bool {
    if let told, time - told < .seconds(60) { return false }
    told = time
    return true
  }
}
