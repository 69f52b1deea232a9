import Domain
import Foundation
import Testing

@Suite("Ids")
struct IdentifierTests {
  @Test("a run's id is written in lower case and read back")
  func runID() throws {
    let text = "0190a6d2-7c3f-7abc-8def-0123456789ab"
    let id = try #require(RunID(text))
    #expect(id.description == text)
    #expect(RunID(text.uppercased()) == id)
    #expect("\(id)" == text)
  }

  @Test(
    "what is no id is nil",
    arguments: [
      "", "1", "0190a6d2-7c3f-7abc-8def-0123456789a", "2c5ea4c0-4067-11e9-8bad-8bad-9b1de7d", "../../etc",
      "null",
    ])
  func notARunID(_ text: String) { #expect(RunID(text) == nil) }

  @Test("other ids are what they hold, whatever it is")
  func raw() {
    #expect(UserID(-7).description == "-7")
    #expect(AppID(3).description == "3")
    #expect(SpotifyUserID("mx$kestrel [archive]").description == "mx$kestrel [archive]")
    #expect(
      SessionID(UUID(uuid: (0xab, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1))).description
        == "ab000000-0000-0000-0000-000000000001")
    #expect(TrackKey("a") != TrackKey("A"))
  }

  @Test("only runs that may still change are open")
  func open() {
    #expect(SyncStatus.allCases.filter(\.isOpen) == [.queued, .running, .waiting])
  }
}
