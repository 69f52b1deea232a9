import Foundation
import Testing

@testable import Logging

@Suite("A timestamp")
struct TimestampTests {
  @Test("agrees with the calendar on every day from 1970 to 2110")
  func days() {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    var wrong: [Int] = []
    for day in 0..<51_134 {
      let seconds = day * 86_400 + day * 7_919 % 86_400
      var line: [UInt8] = []
      Timestamp.append(seconds: seconds, milliseconds: 0, to: &line)
      let expected = Date(timeIntervalSince1970: Double(seconds)).formatted(style)
      if String(decoding: line, as: UTF8.self) != expected { wrong.append(day) }
    }
    #expect(wrong.isEmpty)
  }

  @Test("pads its milliseconds")
  func padding() {
    var line: [UInt8] = []
    Timestamp.append(seconds: 951_782_399, milliseconds: 7, to: &line)
    #expect(String(decoding: line, as: UTF8.self) == "2000-02-28T23:59:59.007Z")
  }
}
