import Coordination
import HTTPServer
import TestSupport
import Testing

@testable import Web

@Suite("What a process knows of its callers")
struct LimitTests {
  @Test("the count of a minute is never short, and ends", arguments: Seeds.chosen(0..<8))
  func minute(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var count = MinuteCount()
    var times: [Duration] = []
    var now = Duration.seconds(random.below(1_000))
    for _ in 0..<500 {
      now += .milliseconds(random.oneIn(50) ? random.below(120_000) : random.below(3_000))
      let lastMinute = times.count { $0 > now - .seconds(60) }
      let lastAndABit = times.count { $0 > now - .seconds(70) }
      let total = count.total(at: now)
      #expect(total >= lastMinute && total <= lastAndABit, "seed \(seed)")
      let limit = 1 + random.below(10)
      if total >= limit {
        let wait = count.wait(at: now, below: limit)
        #expect(wait > .zero && wait <= .seconds(70))
        var (later, almost) = (count, count)
        let totals = (almost.total(at: now + wait - .milliseconds(1)), later.total(at: now + wait))
        #expect(totals.0 >= limit && totals.1 < limit, "seed \(seed)")
      }
      count.add(at: now)
      times.append(now)
    }
  }

  @Test("a block is used here, for a second, and what is left of it is given back")
  func block() {
    var allowance = Allowance()
    func claim(_ time: Duration) -> Allowance.Answer {
      allowance.claim(at: time, limit: 600, block: 10, isAlone: false)
    }
    let first = Allowance.Request(wanted: 10, leftover: .none, isBlock: true)
    #expect(claim(.zero) == .ask(first))
    // Who comes meanwhile asks for itself alone.
    let meanwhile = Allowance.Request(wanted: 1, leftover: .none, isBlock: false)
    #expect(claim(.zero) == .ask(meanwhile))
    let taken = CallerCounts.Taken(granted: 10, bucket: 7, wait: .zero)
    let answer = allowance.settle(
      first, taken, asked: .zero, at: .milliseconds(5), life: .seconds(1))
    #expect(answer == .go)
    for time in 1...6 { #expect(claim(.milliseconds(time * 100)) == .go) }
    // Three are left when their second is over.
    #expect(
      claim(.seconds(1))
        == .ask(.init(wanted: 10, leftover: .init(count: 3, bucket: 7), isBlock: true)))
  }

  @Test("a refusal is believed for a second, and says truly how long it is")
  func refusal() {
    var allowance = Allowance()
    let request = Allowance.Request(wanted: 1, leftover: .none, isBlock: false)
    let none = CallerCounts.Taken(granted: 0, bucket: 0, wait: .seconds(40))
    #expect(allowance.claim(at: .zero, limit: 5, block: 1, isAlone: false) == .ask(request))
    var answer = allowance.settle(request, none, asked: .zero, at: .zero, life: .zero)
    #expect(answer == .refuse(.seconds(40)))
    answer = allowance.claim(at: .milliseconds(900), limit: 5, block: 1, isAlone: false)
    #expect(answer == .refuse(.milliseconds(39_100)))
    #expect(allowance.claim(at: .seconds(1), limit: 5, block: 1, isAlone: false) == .ask(request))
  }

  @Test("without Redis this process' own count is the limit, with what went before")
  func alone() {
    var allowance = Allowance()
    let request = Allowance.Request(wanted: 1, leftover: .none, isBlock: false)
    let one = CallerCounts.Taken(granted: 1, bucket: 0, wait: .zero)
    for _ in 0..<2 {
      _ = allowance.claim(at: .zero, limit: 5, block: 1, isAlone: false)
      #expect(allowance.settle(request, one, asked: .zero, at: .zero, life: .zero) == .go)
    }
    _ = allowance.claim(at: .zero, limit: 5, block: 1, isAlone: false)
    #expect(allowance.settleAlone(request, at: .zero, limit: 5) == .go)
    for _ in 0..<2 {
      #expect(allowance.claim(at: .seconds(1), limit: 5, block: 1, isAlone: true) == .go)
    }
    let refused = allowance.claim(at: .seconds(2), limit: 5, block: 1, isAlone: true)
    #expect(refused == .refuse(.seconds(68)))
    #expect(allowance.claim(at: .seconds(70), limit: 5, block: 1, isAlone: true) == .go)
  }

  @Test("places that are leased need no question, and the lease follows what is used")
  func places() {
    var places = Places()
    func enter(_ time: Duration) -> Places.Answer { places.enter(at: time, limit: 3, isAlone: false) }
    #expect(enter(.zero) == .ask(1))
    #expect(enter(.zero) == .ask(2))
    places.note(held: 2, order: 2, until: .seconds(15))
    places.note(held: 1, order: 1, until: .seconds(15))
    let areIn = [places.settle(wanted: 2, held: 2), places.settle(wanted: 1, held: 2)]
    #expect(areIn == [true, true])
    places.leave()
    #expect(enter(.seconds(1)) == .go)
    #expect(enter(.seconds(1)) == .ask(3))
    let isThird = places.settle(wanted: 3, held: 2)
    #expect(!isThird && places.inUse == 2)
    // Somebody wanted three.
    let renewals = [places.renewal(), places.renewal()]
    #expect(renewals == [3, 2])
    places.leave()
    places.leave()
    // Once too often.
    places.leave()
    #expect(places.inUse == 0)
    let endings = [places.renewal(), places.renewal()]
    #expect(endings == [2, 0])
    // Redis has answered neither, and may have done what it was asked.
    #expect(places.renewal(isLast: true) == 0)
    places.note(held: 0, order: 3, until: .seconds(30))
    #expect(places.renewal(isLast: true) == nil)
    places.note(held: 0, order: 3, until: .seconds(20))
    let last = places.renewal()
    #expect(last == nil)
  }

  @Test("a lease that is over counts for nothing, and without Redis the limit is this process' own")
  func lapse() {
    var places = Places()
    _ = places.enter(at: .zero, limit: 2, isAlone: false)
    places.note(held: 1, order: 1, until: .seconds(15))
    places.leave()
    #expect(places.enter(at: .seconds(15), limit: 2, isAlone: false) == .ask(1))
    #expect(places.enter(at: .seconds(15), limit: 2, isAlone: true) == .go)
    #expect(places.enter(at: .seconds(15), limit: 2, isAlone: true) == .refuse)
  }

  @Test("a table holds two generations and who is in use, whoever comes")
  func table() {
    var table = RecentTable<Int, Int>(generation: 100, isInUse: { $0 > 0 })
    for key in 0..<50 { table.update(key, beginningWith: 1) { _ in } }
    for key in 50..<100_000 {
      table.update(key, beginningWith: 0) { _ in }
      #expect(table.count <= 250, "after \(key)")
    }
    for key in 0..<50 {
      var found = false
      table.updateIfKnown(key) { found = $0 == 1 }
      #expect(found, "\(key) was in use")
    }
    // Who comes again stays.
    for key in 0..<1_000 {
      table.update(200_000 + key, beginningWith: 0) { _ in }
      let isThere = table.touch(99_999)
      #expect(isThere)
    }
    let isThere = table.touch(99_998)
    #expect(!isThere)
  }

  @Test("a process forgets callers who don't come any more, and not their requests under way")
  func book() {
    let book = CallerBook()
    let busy = CallerKey.address("192.0.2.1")
    guard case .ask(let wish) = book.enter(busy, limit: 1) else {
      Issue.record("nobody was asked")
      return
    }
    let isIn = book.settle(wish, held: 1, lease: .seconds(60))
    #expect(isIn)
    for number in 0..<40_000 {
      let caller = CallerKey.address("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)")
      book.noteAlive(caller)
      _ = book.claim(.reads, caller, limit: 10)
    }
    #expect(!book.isAlive(CallerKey.address("10.0.0.0")))
    #expect(book.isAlive(CallerKey.address("10.0.156.63")))
    if case .refuse = book.enter(busy, limit: 1) {} else { Issue.record("the place was forgotten") }
  }

  @Test("at its end a process gives every place back, whoever still holds one")
  func lastRenewal() {
    let book = CallerBook()
    let caller = CallerKey.address("192.0.2.1")
    for number in 1...3 {
      guard case .ask(let wish) = book.enter(caller, limit: 5) else { continue }
      let isIn = book.settle(wish, held: number, lease: .seconds(60))
      #expect(isIn)
    }
    let kept = book.renewals(isLast: false)
    #expect(kept.map(\.count) == [3] && kept.map(\.inUse) == [3])
    let last = book.renewals(isLast: true)
    #expect(last.map(\.count) == [0] && last.map(\.inUse) == [0])
  }

  @Test("Redis is asked once a second while it doesn't answer, and told on once a minute")
  func absence() {
    var redis = RedisAbsence()
    #expect(!redis.isAway(at: .zero))
    func away(_ seconds: Int) -> Bool { redis.noteAway(at: .seconds(seconds)) }
    func back() -> Bool { redis.noteBack() }
    #expect(away(0))
    #expect(redis.isAway(at: .milliseconds(999)) && !redis.isAway(at: .seconds(1)))
    redis.noteAsked(at: .seconds(1))
    #expect(redis.isAway(at: .milliseconds(1_500)), "a second one asked")
    #expect(!away(2))
    #expect(back())
    #expect(!redis.isAway(at: .seconds(2)))
    #expect(!back())
    #expect(!away(3))
    #expect(!back())
    #expect(away(60))
  }

  @Test("an IPv6 network is one caller, an IPv4 address is one however it is written")
  func addresses() {
    let address = CallerKey.address
    #expect(address("2001:db8:1:2::1") == address("2001:DB8:1:2:ffff::9"))
    #expect(address("2001:db8:1:2::1") != address("2001:db8:1:3::1"))
    #expect(address("192.0.2.7") != address("192.0.2.8"))
    #expect(address("192.0.2.7") == address("::ffff:192.0.2.7"))
    let network = CallerKey.network
    #expect(network("2001:db8:1:2::1") == network("2001:db8:1:ffff::9"))
    #expect(network("2001:db8:1:2::1") != network("2001:db8:2:2::1"))
    #expect(network("192.0.2.7") == nil && network("::ffff:192.0.2.7") == nil)
    #expect(network("2001:db8:1::1") != address("2001:db8:1::1"))
    let (one, other) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
    #expect(CallerKey.session(one) != CallerKey.session(other))
    #expect(CallerKey.session(one).bytes != CallerKey.session(other).bytes)
    #expect(CallerKey.session(one).bytes == CallerKey.session(one).bytes)
  }

  @Test("what each route costs")
  func rates() {
    let free = Set(
      Routes.table.all.filter { Rate($0.access, $0.method) == nil }.map(\.path))
    #expect(
      free == [
        "/api/artists/", "/api/artists/{artist}/", "/api/artist/{artist}/", "/healthz", "/readyz",
        "/openapi.json", "/docs", "/assets/{name}", "/favicon.ico", "/robots.txt",
      ])
    for route in Routes.table.all where !free.contains(route.path) {
      let rate = Rate(route.access, route.method)
      if route.path.contains("callback") {
        #expect(rate == .returns)
      } else if route.path.contains("auth/") || route.path.contains("get-auth-url") {
        #expect(rate == (route.method == .get ? .beginnings : .changes), "\(route.path)")
      } else {
        #expect(rate == (route.method == .get ? .reads : .changes), "\(route.path)")
      }
    }
    // What ends the session that calls is kept from no owner by whoever shares it.
    let charged = Routes.table.all.filter { $0.charge == .stranger }.map(\.path)
    #expect(charged == ["/auth/logout/", "/auth/logout/everywhere/"])
    for route in Routes.operations.all { #expect(Rate(route.access, route.method) == nil) }
  }
}
