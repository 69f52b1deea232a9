import Coordination
import Domain
import Reactor
import Sync
import TestSupport

/// Workers that share a ledger and a schedule, on a clock of their own. Times are milliseconds since the beginning.
///
/// The plan, the pace and the ledger, its scripts in Redis included, are the program's; the queue stands for the rows
/// of the schedule. The same seed gives the same days.
struct SimulatedDeployment {
  struct Admission {
    let at: Int64
    let isPerson: Bool
  }

  private struct Entry {
    let at: Int64
    let person: Int
    let ticket: Int
    let trigger: SyncTrigger
  }

  private struct Worker {
    let ledger: RequestLedger
    var person: Int?
    var wakesAt: Int64 = 0
  }

  static let day: Int64 = 86_400_000

  let seed: UInt64
  let ceilings: RequestCeilings
  private let clock: Locked<Int64>
  private let start: Int64
  private var random: SeededRandom
  private var workers: [Worker]
  private(set) var people: [SimulatedPerson]
  /// What is due when, the next one last.
  private var queue: [Entry] = []
  /// Nobody works meanwhile.
  private let outage: Range<Int64>

  private(set) var admissions: [Admission] = []
  private(set) var refusals = 0
  private(set) var checks = 0
  private(set) var audits = 0
  /// The longest that something due waited for a worker that had room for it.
  private(set) var latest: Int64 = 0
  private(set) var tooEarly = 0

  init(
    seed: UInt64, people: [SimulatedPerson], asking: [(at: Int64, person: Int)], ledgers: [RequestLedger],
    clock: Locked<Int64>, ceilings: RequestCeilings, outage: Range<Int64>
  ) {
    self.seed = seed
    self.people = people
    self.ceilings = ceilings
    self.clock = clock
    self.outage = outage
    random = SeededRandom(seed: seed)
    start = clock.withLock { $0 }
    workers = ledgers.map { Worker(ledger: $0) }
    // All connected before; spread over half an hour, as the first schedule does it.
    for person in people.indices {
      enqueue(Entry(at: Int64(self.random.below(1_800_000)), person: person, ticket: 0, trigger: .schedule))
    }
    for (at, person) in asking { enqueue(Entry(at: at, person: person, ticket: 0, trigger: .manual)) }
  }

  /// Works until `end`, and then until everybody has been looked at once more.
  mutating func work(until end: Int64) async throws {
    var steps = 0
    while let next = workers.indices.min(by: { workers[$0].wakesAt < workers[$1].wakesAt }) {
      let now = workers[next].wakesAt
      // Rarely: it looks at everybody.
      if now >= end, steps % 256 == 0, people.allSatisfy({ $0.lastBegan >= end && $0.run == nil }) { return }
      steps += 1
      clock.withLock { $0 = start + now }
      if outage.contains(now) {
        workers[next].wakesAt = outage.upperBound
      } else {
        try await turn(of: next, at: now)
      }
    }
  }

  private mutating func turn(of worker: Int, at now: Int64) async throws {
    guard let person = workers[worker].person else { return take(worker, at: now) }
    switch people[person].step() {
    case .request: try await request(worker, person, at: now)
    case .finished(let result): end(worker, person, result, at: now)
    case .gaveUp, nil: end(worker, person, nil, at: now)
    }
  }

  private mutating func take(_ worker: Int, at now: Int64) {
    while let entry = queue.last, entry.at <= now {
      queue.removeLast()
      guard begin(entry, at: now) else { continue }
      workers[worker].person = entry.person
      return
    }
    workers[worker].wakesAt = max(now + 1, queue.last?.at ?? now + 60_000)
  }

  /// - Returns: false when there is nothing to do: another entry is the one that counts.
  private mutating func begin(_ entry: Entry, at now: Int64) -> Bool {
    let person = people[entry.person]
    if person.run != nil {
      // Goes on where it was; who asks gets the open run.
      return entry.trigger == .schedule && entry.ticket == person.ticket
        && !workers.contains { $0.person == entry.person }
    }
    guard entry.trigger == .manual || entry.ticket == person.ticket else { return false }
    if entry.trigger == .schedule {
      latest = max(latest, now - entry.at)
      if person.lastBegan >= 0, now - person.lastEnded < person.pace.shortest.inMilliseconds { tooEarly += 1 }
    }
    people[entry.person].ticket += 1
    people[entry.person].begin(entry.trigger, at: now, &random)
    return true
  }

  private mutating func request(_ worker: Int, _ person: Int, at now: Int64) async throws {
    let isPerson = people[person].run?.trigger == .manual
    let answer = try await workers[worker].ledger.admit(
      .library, isPerson ? .person : .background, ceilings: ceilings)
    switch answer {
    case .go:
      admissions.append(Admission(at: now, isPerson: isPerson))
      people[person].answer(at: now, &random)
      workers[worker].wakesAt = now + 60 + Int64(random.below(140))
    case .wait(let time, _) where time <= .seconds(60):
      refusals += 1
      workers[worker].wakesAt = now + time.inMilliseconds
    case .wait(let time, _):
      // No worker waits for that: the run does.
      refusals += 1
      workers[worker].person = nil
      enqueue(
        Entry(
          at: now + time.inMilliseconds, person: person, ticket: people[person].ticket, trigger: .schedule))
    case .unknown: throw Broken(seed: seed, promise: "the ledger knows its account")
    }
  }

  private mutating func end(
    _ worker: Int, _ person: Int, _ result: SavedTracksPlan.Result?, at now: Int64
  ) {
    checks += 1
    if people[person].run?.audits == true { audits += 1 }
    workers[worker].person = nil
    let next = people[person].end(result, at: now, &random)
    enqueue(Entry(at: next, person: person, ticket: people[person].ticket, trigger: .schedule))
  }

  private mutating func enqueue(_ entry: Entry) {
    var (low, high) = (0, queue.count)
    while low < high {
      let middle = (low + high) / 2
      if queue[middle].at > entry.at { low = middle + 1 } else { high = middle }
    }
    queue.insert(entry, at: low)
    for worker in workers.indices where workers[worker].person == nil {
      workers[worker].wakesAt = min(workers[worker].wakesAt, entry.at)
    }
  }
}
