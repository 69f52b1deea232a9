import Domain
import Testing

@Suite("What a refused refresh token says")
struct RefusalJudgementTests {
  private static let (hour, day) = (3_600, 86_400)

  private func judge(
    refusals: Int = 2, after seconds: Int = 4 * hour, ended: Bool = false, worked: Int = 0, refused: Int = 0,
    asking: Int = 0
  ) -> RefusalJudgement {
    RefusalJudgement(
      RefusalJudgement.Own(refusals: refusals, refusedFor: .seconds(seconds), hasEnded: ended),
      among: RefusalJudgement.Others(worked: worked, refused: refused, asking: asking))
  }

  @Test("After the six months it is the end, whatever others hear")
  func ended() {
    for worked in [0, 1, 1_000] {
      for refused in [0, 3, 1_000] {
        #expect(judge(refusals: 1, after: 0, ended: true, worked: worked, refused: refused) == .dead)
      }
    }
  }

  @Test("The first is never the end")
  func first() {
    for worked in [0, 1, 1_000] {
      for refused in [0, 1, 2] {
        #expect(
          judge(refusals: 1, after: 0, worked: worked, refused: refused)
            == (worked < 2 * refused ? .outage : .suspect))
      }
    }
  }

  @Test("The second within three hours isn't, either; from then on it is, if one other's worked")
  func second() {
    #expect(judge(after: 3 * Self.hour - 1, worked: 1) == .suspect)
    #expect(judge(after: 3 * Self.hour, worked: 1) == .dead)
    #expect(judge(after: 3 * Self.hour, worked: 0) == .suspect)
    #expect(judge(after: 3 * Self.hour, worked: 4, refused: 2) == .dead)
  }

  @Test(
    "Others who are refused make an outage, unless twice as many worked",
    arguments: [(1, 0), (1, 1), (2, 0), (2, 3), (3, 0), (3, 5), (4, 7), (100, 1), (100, 199)])
  func outage(_ refused: Int, _ worked: Int) {
    for (refusals, seconds) in [(1, 0), (2, 4 * Self.hour), (50, 6 * Self.day)] {
      #expect(
        judge(refusals: refusals, after: seconds, worked: worked, refused: refused) == .outage)
    }
    #expect(judge(worked: 2 * refused, refused: refused) == .dead)
    #expect(judge(refusals: 1, after: 0, worked: 2 * refused, refused: refused) == .suspect)
  }

  @Test("An outage in which some work, or of two or three, lasts no longer than a week; any other may")
  func longOutage() {
    for (worked, refused) in [(0, 1), (0, 2), (1, 1)] {
      #expect(
        judge(refusals: 50, after: 7 * Self.day - 1, worked: worked, refused: refused) == .outage)
      #expect(judge(refusals: 50, after: 7 * Self.day, worked: worked, refused: refused) == .dead)
    }
    #expect(judge(refusals: 50, after: 7 * Self.day - 1, worked: 1, refused: 9) == .outage)
    #expect(judge(refusals: 50, after: 7 * Self.day, worked: 1, refused: 9) == .dead)
    #expect(judge(refusals: 500, after: 70 * Self.day, worked: 0, refused: 3) == .outage)
  }

  @Test("Who may be the first of many is spared")
  func firstOfMany() {
    #expect(judge(worked: 5, asking: 3) == .suspect)
    #expect(judge(worked: 5, refused: 1, asking: 2) == .suspect)
    #expect(judge(worked: 6, asking: 3) == .dead)
    #expect(judge(worked: 5, asking: 2) == .dead)
    #expect(judge(worked: 1, asking: 1) == .suspect)
    #expect(judge(worked: 2, asking: 1) == .dead)
    #expect(judge(refusals: 50, after: 7 * Self.day, worked: 5, asking: 3) == .dead)
  }

  @Test("Without anybody to compare with it takes three refusals and a week")
  func alone() {
    #expect(judge(refusals: 3, after: 7 * Self.day) == .dead)
    #expect(judge(refusals: 2, after: 7 * Self.day) == .suspect)
    #expect(judge(refusals: 60, after: 7 * Self.day - 1) == .suspect)
    #expect(judge(refusals: 3, after: 7 * Self.day, refused: 2) == .dead)
    #expect(judge(refusals: 3, after: 7 * Self.day, refused: 3) == .outage)
  }

  @Test("Who is refused more, or for longer, or sees more others at work, never comes off better")
  func monotonous() {
    func badness(_ judgement: RefusalJudgement) -> Int { judgement == .dead ? 1 : 0 }
    let times = [0, 3 * Self.hour, Self.day, 7 * Self.day]
    for refused in 0...8 {
      for asking in 0...4 {
        for refusals in 1...4 {
          for (time, later) in zip(times, times.dropFirst()) {
            for worked in 0...18 {
              let now = judge(
                refusals: refusals, after: time, worked: worked, refused: refused, asking: asking)
              for worse in [
                judge(refusals: refusals + 1, after: time, worked: worked, refused: refused, asking: asking),
                judge(refusals: refusals, after: later, worked: worked, refused: refused, asking: asking),
                judge(refusals: refusals, after: time, worked: worked + 1, refused: refused, asking: asking),
              ] {
                #expect(badness(worse) >= badness(now))
              }
            }
          }
        }
      }
    }
  }

  @Test("Who needn't wait for others' refusals is judged the same with more of them")
  func moreRefusals() {
    for worked in 0...18 {
      for refused in 0...9 {
        for asking in 0...4 {
          let now = judge(worked: worked, refused: refused, asking: asking)
          #expect(now.withstandsMoreRefusals == (now == .outage))
          guard now.withstandsMoreRefusals else { continue }
          // Somebody else is refused who wasn't asking yet, who was, or who worked before.
          for later in [
            judge(worked: worked, refused: refused + 1, asking: asking),
            judge(worked: worked, refused: refused + 1, asking: max(0, asking - 1)),
            judge(worked: max(0, worked - 1), refused: refused + 1, asking: asking),
          ] { #expect(later == now) }
        }
      }
    }
  }

  @Test(
    "More that worked than twice those who didn't make no difference, nor more than ten where none worked")
  func enough() {
    for refused in 0...20 {
      for asking in 0...20 {
        for worked in [0, 1, 2 * refused, 2 * (refused + asking), 2 * (refused + asking) + 1, 1_000] {
          for (refusals, time) in [(1, 0), (2, 4 * Self.hour), (9, 8 * Self.day)] {
            let all = judge(
              refusals: refusals, after: time, worked: worked, refused: refused, asking: asking)
            let most = worked == 0 ? 10 : 1_000
            let counted = judge(
              refusals: refusals, after: time, worked: min(worked, 2 * (refused + asking) + 1),
              refused: min(refused, most), asking: min(asking, most))
            #expect(counted == all)
          }
        }
      }
    }
  }

  @Test("It is asked again after three hours, sooner in an outage, and never when dead")
  func patience() {
    #expect(RefusalJudgement.suspect.patience == .seconds(3 * Self.hour))
    #expect(RefusalJudgement.outage.patience == .seconds(1_800))
    #expect(RefusalJudgement.dead.patience == nil)
  }
}
