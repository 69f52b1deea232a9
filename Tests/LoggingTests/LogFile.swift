import Foundation
import Logging

/// A file that a logger of one test writes to.
struct LogFile {
  let url = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)")
  let descriptor: Int32
  let sink: LogSink

  init() throws {
    descriptor = open(url.path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
    sink = LogSink(descriptor: descriptor)
  }

  /// What `body` logs at `level`, line by line.
  static func lines(
    _ format: LogFormat, _ level: LogLevel = .debug, _ body: (Logger) -> Void
  ) throws -> [String] {
    let file = try LogFile()
    defer { try? FileManager.default.removeItem(at: file.url) }
    let logger = Logger(level: level, format: format, to: file.sink)
    body(logger)
    guard logger.flush() else { throw CocoaError(.fileWriteUnknown) }
    let text = try String(contentsOf: file.url, encoding: .utf8)
    close(file.descriptor)
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }
}

/// A line in JSON as Foundation reads it.
func parsed(_ line: String) throws -> [String: Any] {
  try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
}
