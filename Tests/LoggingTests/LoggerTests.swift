import Foundation
import Logging
import Testing

@Suite("A logger")
struct LoggerTests {
  @Test("writes a JSON object a line, with every type of value")
  func json() throws {
    let lines = try LogFile.lines(.json) { logger in
      logger.info(
        "done",
        [
          "text": "a\"b\\c/é😀", "int": -7, "big": Int64.max, "number": 1.5, "tiny": 1e-300, "flag": true,
          "took": Duration.milliseconds(12) + .microseconds(345), "never": Double.infinity,
        ])
    }
    let line = try parsed(#require(lines.first))
    #expect(lines.count == 1)
    #expect(line["level"] as? String == "info")
    #expect(line["message"] as? String == "done")
    #expect(line["text"] as? String == "a\"b\\c/é😀")
    #expect(line["int"] as? Int == -7)
    #expect(line["big"] as? Int64 == .max)
    #expect(line["number"] as? Double == 1.5)
    #expect(line["tiny"] as? Double == 1e-300)
    #expect(line["flag"] as? Bool == true)
    #expect(line["took"] as? Double == 12.345)
    #expect(line["never"] as? String == "inf")
  }

  @Test("writes text that people can read")
  func text() throws {
    let lines = try LogFile.lines(.text) { logger in
      logger.warning(
        "slow answer", ["path": "/a", "agent": "x y", "empty": "", "took": Duration.milliseconds(3)])
    }
    let line = try #require(lines.first)
    #expect(line.dropFirst(25) == "warning slow answer path=/a agent=\"x y\" empty=\"\" took=3.0ms")
  }

  @Test("tells the time in UTC with milliseconds")
  func time() throws {
    let before = Date().addingTimeInterval(-0.001)
    let lines = try LogFile.lines(.json) { $0.info("now") }
    let text = try #require(try parsed(lines[0])["time"] as? String)
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    let time = try style.parse(text)
    #expect(time >= before && time <= Date())
    #expect(text.count == 24 && text.hasSuffix("Z"))
  }

  @Test("writes nothing below its level, and doesn't even build it", arguments: LogLevel.allCases)
  func levels(_ level: LogLevel) throws {
    var built = 0
    let lines = try LogFile.lines(.json, level) { logger in
      func message(_ text: String) -> String {
        built += 1
        return text
      }
      logger.debug(message("debug"))
      logger.info(message("info"))
      logger.notice(message("notice"))
      logger.warning(message("warning"))
      logger.error(message("error"))
      Logger.silent.error(message("nowhere"))
    }
    let wanted = LogLevel.allCases.filter { $0 >= level }.map(\.name)
    #expect(try lines.map { try parsed($0)["message"] as? String } == wanted)
    #expect(try lines.map { try parsed($0)["level"] as? String } == wanted)
    #expect(built == wanted.count)
  }

  @Test("carries the fields of its parents; the nearest of a name wins, once")
  func context() throws {
    let lines = try LogFile.lines(.json) { logger in
      let request = logger.with(["request_id": "r1", "user": 1])
      let run = request.with(["run_id": Int64(9), "user": 2])
      request.info("a")
      run.info("b", ["page": 3])
      run.info("c", ["user": 4])
    }
    #expect(lines[0].hasSuffix(#""message":"a","request_id":"r1","user":1}"#))
    #expect(lines[1].hasSuffix(#""message":"b","request_id":"r1","user":2,"run_id":9,"page":3}"#))
    #expect(lines[2].hasSuffix(#""message":"c","request_id":"r1","user":4,"run_id":9}"#))
  }

  @Test("keeps the names of its own")
  func reserved() throws {
    let lines = try LogFile.lines(.json) { $0.info("mine", ["message": "theirs", "level": "x", "time": 0]) }
    let line = try parsed(lines[0])
    #expect(line["message"] as? String == "mine")
    #expect(line["message_"] as? String == "theirs")
    #expect(line["level"] as? String == "info")
  }

  @Test("reads levels and formats by name")
  func names() {
    for level in LogLevel.allCases { #expect(LogLevel(level.name.uppercased()) == level) }
    #expect(LogLevel("verbose") == nil && LogLevel("") == nil)
    #expect(LogFormat("JSON") == .json && LogFormat("text") == .text && LogFormat("xml") == nil)
  }
}
