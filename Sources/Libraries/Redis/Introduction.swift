/// What a new connection says first, and whether the server agrees.
struct Introduction {
  let commands: [[RedisArgument]]
  private var answered = 0

  init(_ configuration: RedisConfiguration) {
    var commands: [[RedisArgument]] = []
    if let password = configuration.password {
      let user = configuration.user.map { [RedisArgument($0)] } ?? []
      commands.append(["AUTH"] + user + [RedisArgument(password)])
    }
    if configuration.database != 0 { commands.append(["SELECT", RedisArgument(configuration.database)]) }
    if let name = configuration.clientName {
      commands.append(["CLIENT", "SETNAME", RedisArgument(name)])
    }
    // Also finds out at once that a password is needed, or that the server isn't ready.
    commands.append(["PING"])
    self.commands = commands
  }

  var isOver: Bool { answered == commands.count }

  mutating func take(_ reply: RedisValue) throws(RedisError) {
    guard case .text(let command) = commands[answered][0] else { return }
    answered += 1
    switch reply {
    case .error(let message):
      let error = RedisError(reply: message)
      // Some refusals end by themselves.
      let passing = ["LOADING", "BUSY", "MASTERDOWN", "MISCONF"].contains(error.serverCode)
      let isFull = message.hasPrefix("ERR max number of clients")
      throw RedisError(
        code: passing || isFull ? .connection : .configuration,
        message: "\(command) was refused: \(error.message)")
    case .string(let bytes) where bytes == Array("OK".utf8) || bytes == Array("PONG".utf8): return
    default:
      throw RedisError(code: .protocolViolation, message: "\(command) has an answer that isn't Redis'")
    }
  }
}
