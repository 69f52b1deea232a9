import Sync
import Testing

@Suite("The pace of artists")
struct ArtistPaceTests {
  private static let day = Duration.seconds(86_400)
  private let pace = ArtistPace(shortest: day, longest: day * 14)
  /// 2026-11-20.
  private static let today = 20_777

  private func days(_ dates: [String?]) -> Double {
    pace.pause(after: dates, today: Self.today) / Self.day
  }

  @Test("who releases weekly is asked for daily, monthly every four days, and who is silent every two weeks")
  func history() {
    #expect(days(["2026-11-20", "2026-11-13", "2026-11-06", "2026-10-30", "2026-10-23"]) == 1)
    #expect(
      (3.5...4.5).contains(days(["2026-11-01", "2026-10-01", "2026-09-01", "2026-08-01", "2026-07-01"])))
    #expect(days(["2020-01-01", "2019-12-25", "2019-12-18"]) == 14)
    #expect(days([]) == 14)
  }

  @Test("a day counts once however much came out on it, and old days not at all")
  func sameDay() {
    let monthly = ["2026-11-01", "2026-10-01", "2026-09-01"]
    #expect(days(monthly + monthly + monthly) == days(monthly))
    let eight = (1...8).map { "2026-10-0\($0)" }
    #expect(days(eight + ["1970-01-01", "1980-01-01"]) == days(eight.reversed()))
  }

  @Test("a silence makes the pauses longer, day by day")
  func silence() {
    let dates = ["2026-06-01", "2026-05-01", "2026-04-01"]
    let pauses = stride(from: 0, through: 700, by: 70).map {
      pace.pause(after: dates, today: Self.today + $0)
    }
    #expect(pauses == pauses.sorted() && pauses[0] < pauses[9] && pauses[10] == Self.day * 14)
  }

  @Test(
    "what is no date says nothing, and one in the future is as good as today",
    arguments: [nil, "", "0000", "soon", "2026-13-01", "2026-11-40", "2026-11-20T00:00:00Z", "-1", "99999"])
  func noDate(_ text: String?) {
    #expect(days([text]) == 14)
    #expect(days([text, "2026-11-20"]) == 1)
    #expect(days(["2027-01-01"]) == 1)
  }

  @Test("a month and a year are their first day")
  func precision() {
    #expect(days(["2026-10"]) == days(["2026-10-01"]) && days(["2026-10"]) > 7)
    #expect(days(["2026"]) == days(["2026-01-01"]))
  }

  @Test("the bounds are the settings'")
  func bounds() {
    let pace = ArtistPace(shortest: .seconds(60), longest: .seconds(120))
    #expect(pace.pause(after: ["2026-11-20"], today: Self.today) == .seconds(60))
    #expect(pace.pause(after: ["2000-01-01"], today: Self.today) == .seconds(120))
  }
}
