/// Writes lines about what happens, with fields, without ever blocking the caller.
///
/// A value to pass around: ``with(_:)`` makes one that carries a request's or a run's id. Message and fields
/// are only built when the level is wanted.
package struct Logger: Sendable {
  package let level: LogLevel
  private let sink: LogSink?
  private let writer: LineWriter
  private var context: LogFields = [:]
  /// `context` as it goes into every line.
  private var renderedContext: [UInt8] = []

  /// - Parameter level: the least that is written.
  package init(level: LogLevel = .info, format: LogFormat = .json, to sink: LogSink = .standardError) {
    self.init(level, format, sink)
  }

  private init(_ level: LogLevel, _ format: LogFormat, _ sink: LogSink?) {
    self.level = level
    self.sink = sink
    writer = LineWriter(format: format)
  }

  /// One that writes nothing.
  package static let silent = Logger(.error, .json, nil)

  /// A logger whose lines all carry `fields` too; one of the same name replaces what was there.
  package func with(_ fields: LogFields) -> Logger {
    var child = self
    child.context = context.merging(fields)
    child.renderedContext = writer.fields(child.context)
    return child
  }

  package func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
    log(.debug, message(), fields())
  }

  package func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
    log(.info, message(), fields())
  }

  package func notice(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
    log(.notice, message(), fields())
  }

  package func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
    log(.warning, message(), fields())
  }

  package func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
    log(.error, message(), fields())
  }

  package func log(
    _ level: LogLevel, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) {
    guard level >= self.level, let sink else { return }
    let fields = fields()
    let line =
      context.sharesName(with: fields)
      ? writer.line(level, message(), context: [], context.merging(fields))
      : writer.line(level, message(), context: renderedContext, fields)
    sink.append(line, writer)
  }

  /// Waits until all lines so far are written. For the end of the program: it blocks.
  @discardableResult
  package func flush(within timeout: Duration = .seconds(5)) -> Bool { sink?.flush(within: timeout) ?? true }
}
