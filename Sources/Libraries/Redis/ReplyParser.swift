import CHiredis

/// Turns bytes into replies with hiredis' reader, under limits of our own.
///
/// The reader builds our values through its object functions: hiredis' own ones allocate what the peer claims
/// an array to hold (CVE-2021-32765). Owner only; useless after it has thrown.
final class ReplyParser {
  private static let lineLimit = 64 << 10

  private let reader: UnsafeMutablePointer<redisReader>
  private let limit: Int
  /// Bytes of a reply that isn't complete yet.
  private var pendingBytes = 0
  fileprivate var builder = ReplyBuilder()
  fileprivate var violation: String?

  init(limit: Int) {
    self.limit = limit
    guard let reader = redisReaderCreateWithFunctions(objectFunctions) else {
      preconditionFailure("out of memory")
    }
    self.reader = reader
    reader.pointee.privdata = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit { redisReaderFree(reader) }

  func feed(_ bytes: UnsafeRawBufferPointer) throws(RedisError) {
    pendingBytes += bytes.count
    let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
    guard redisReaderFeed(reader, start, bytes.count) == REDIS_OK else { throw failure() }
  }

  /// The next complete reply, or nil until more is fed.
  func next() throws(RedisError) -> RedisValue? {
    var reply: UnsafeMutableRawPointer?
    guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw failure() }
    if reply != nil {
      pendingBytes = reader.pointee.len - reader.pointee.pos
      guard let value = builder.take() else { throw failure() }
      return value
    }
    try checkIncomplete()
    return nil
  }

  /// Refuses early what would never end: hiredis itself waits for any length.
  private func checkIncomplete() throws(RedisError) {
    let unread = reader.pointee.len - reader.pointee.pos
    let index = Int(reader.pointee.ridx)
    guard pendingBytes <= limit else { throw tooLong() }
    guard index >= 0, unread > 0 else { return }
    let type = withUnsafeBytes(of: &reader.pointee.rstack) {
      $0.bindMemory(to: redisReadTask.self)[index].type
    }
    let line = UnsafeBufferPointer(start: reader.pointee.buf + reader.pointee.pos, count: unread)
    let isBulk = type == REDIS_REPLY_STRING
    guard isBulk, let end = line.prefix(24).firstIndex(of: CChar(13)) else {
      guard unread <= (isBulk ? 24 : Self.lineLimit) else { throw tooLong() }
      return
    }
    let digits = String(decoding: line[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let length = Int(digits), length <= limit else { throw tooLong() }
  }

  private func tooLong() -> RedisError {
    RedisError(code: .protocolViolation, message: "a reply is longer than allowed")
  }

  private func failure() -> RedisError {
    let words = withUnsafeBytes(of: &reader.pointee.errstr) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return RedisError(code: .protocolViolation, message: violation ?? words)
  }

  fileprivate static func of(_ task: UnsafePointer<redisReadTask>?) -> ReplyParser {
    Unmanaged<ReplyParser>.fromOpaque(task!.pointee.privdata).takeUnretainedValue()
  }

  /// hiredis wants an object for each part and only asks whether it is nil.
  fileprivate var token: UnsafeMutableRawPointer { UnsafeMutableRawPointer(reader) }
}

// nonisolated(unsafe): written here once, only read by hiredis afterwards.
private nonisolated(unsafe) let objectFunctions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
  let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
  functions.initialize(
    to: redisReplyObjectFunctions(
      createString: { task, start, count in
        let parser = ReplyParser.of(task)
        let bytes = UnsafeRawBufferPointer(start: start, count: count)
        switch task!.pointee.type {
        case REDIS_REPLY_ERROR: parser.builder.add(.error(String(decoding: bytes, as: UTF8.self)))
        case REDIS_REPLY_STRING where start![count] != 13 || start![count + 1] != 10:
          // hiredis skips two bytes after a bulk string, whatever they are.
          parser.violation = "a bulk string doesn't end where it says"
          return nil
        default: parser.builder.add(.string(Array(bytes)))
        }
        return parser.token
      },
      createArray: { task, count in
        let parser = ReplyParser.of(task)
        parser.builder.beginArray(Int(count))
        return parser.token
      },
      createInteger: { task, value in
        let parser = ReplyParser.of(task)
        parser.builder.add(.integer(value))
        return parser.token
      },
      createNil: { task in
        let parser = ReplyParser.of(task)
        parser.builder.add(.null)
        return parser.token
      },
      freeObject: { _ in }))
  return functions
}()
