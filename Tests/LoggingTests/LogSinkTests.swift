import Foundation
import Logging
import Testing

@Suite("A log sink")
struct LogSinkTests {
  @Test("keeps the lines of many threads whole and each thread's in order")
  func concurrent() throws {
    let (threads, count) = (8, 2_000)
    let lines = try LogFile.lines(.json) { logger in
      DispatchQueue.concurrentPerform(iterations: threads) { thread in
        let own = logger.with(["thread": thread])
        for number in 0..<count {
          own.info("line", ["number": number, "pad": String(repeating: "x", count: 99)])
        }
      }
    }
    var next = [Int](repeating: 0, count: threads)
    for line in try lines.map(parsed) {
      let (thread, number) = (try #require(line["thread"] as? Int), try #require(line["number"] as? Int))
      #expect(number == next[thread])
      next[thread] += 1
    }
    #expect(next.allSatisfy { $0 == count })
  }

  @Test("drops lines when nobody reads, never blocks, and tells later how many")
  func dropped() async throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    let logger = Logger(to: LogSink(descriptor: writing, capacity: 10_000))
    let pad = String(repeating: "x", count: 900)
    // Until the thread is stuck in the full pipe; then the queue fills up as well.
    var sent = 0
    repeat {
      logger.info("line", ["pad": pad])
      sent += 1
    } while logger.flush(within: .milliseconds(1))
    for _ in 0..<1_000 { logger.info("line", ["pad": pad]) }
    sent += 1_000
    let output = PipeReader(reading)
    #expect(logger.flush())
    logger.info("after")
    #expect(logger.flush())
    close(writing)
    let lines = try await output.text().split(separator: "\n").map { try parsed(String($0)) }
    let dropped = lines.compactMap { $0["dropped"] as? Int }.reduce(0, +)
    #expect(dropped > 0)
    #expect(lines.filter { $0["message"] as? String == "line" }.count + dropped == sent)
    #expect(lines.last?["message"] as? String == "after")
  }

  @Test("survives a reader that has gone")
  func brokenPipe() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    close(ends[0])
    let logger = Logger(to: LogSink(descriptor: ends[1]))
    logger.error("nobody hears this")
    #expect(logger.flush())
    close(ends[1])
  }

  @Test("waits for a descriptor that somebody made non-blocking")
  func nonBlocking() async throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    try #require(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
    let logger = Logger(to: LogSink(descriptor: ends[1]))
    for number in 0..<2_000 { logger.info("line", ["number": number]) }
    let output = PipeReader(ends[0])
    #expect(logger.flush())
    close(ends[1])
    let numbers = try await output.text().split(separator: "\n").map {
      try parsed(String($0))["number"] as? Int
    }
    #expect(numbers == Array(0..<2_000))
  }
}

/// Reads a descriptor to its end on a thread of its own, from now on.
private struct PipeReader {
  private let whole: AsyncStream<String>

  init(_ descriptor: Int32) {
    let (whole, ended) = AsyncStream<String>.makeStream()
    self.whole = whole
    DispatchQueue(label: "pipe reader").async {
      let data = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).readDataToEndOfFile()
      ended.yield(String(decoding: data, as: UTF8.self))
      ended.finish()
    }
  }

  func text() async -> String {
    for await text in whole { return text }
    return ""
  }
}
