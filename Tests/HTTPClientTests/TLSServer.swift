import Glibc

/// OpenSSL's own test server, with a certificate made for the occasion. Ended by ``stop()``.
struct TLSServer {
  let port: Int
  /// The PEM file of the certificate that it shows.
  let certificate: String
  private let process: Program
  private let folder: String

  /// - Parameter name: the certificate's subject alternative name, such as `IP:127.0.0.1`.
  init(name: String) throws {
    var template = Array("/tmp/tls-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(step: "mkdtemp") }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    certificate = folder + "/certificate.pem"
    let key = folder + "/key.pem"
    let maker = try Program([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
      "/CN=test", "-days", "1", "-addext", "subjectAltName=\(name)", "-keyout", key, "-out", certificate,
    ])
    guard maker.end(killing: false) == 0 else { throw Failure(step: "openssl req") }
    let server = try Program([
      "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www",
    ])
    process = server
    guard let line = server.firstLine(startingWith: "ACCEPT "), let colon = line.lastIndex(of: ":"),
      let port = Int(line[line.index(after: colon)...])
    else {
      server.end(killing: true)
      throw Failure(step: "openssl s_server")
    }
    self.port = port
  }

  func stop() {
    process.end(killing: true)
    for file in ["certificate.pem", "key.pem"] { unlink("\(folder)/\(file)") }
    rmdir(folder)
  }

  struct Failure: Error {
    let step: String
  }
}

/// A child process whose output can be read.
private struct Program {
  private let process: pid_t
  private let output: Int32

  init(_ arguments: [String]) throws {
    var pipes: [Int32] = [0, 0]
    guard pipe(&pipes) == 0 else { throw TLSServer.Failure(step: "pipe") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addclose(&actions, pipes[0])
    var pointers = arguments.map { strdup($0) } + [nil]
    var process: pid_t = 0
    let code = posix_spawnp(&process, arguments[0], &actions, nil, &pointers, environ)
    for pointer in pointers { free(pointer) }
    posix_spawn_file_actions_destroy(&actions)
    close(pipes[1])
    guard code == 0 else { throw TLSServer.Failure(step: arguments[0]) }
    self.process = process
    output = pipes[0]
  }

  /// Returns its status once it has ended.
  @discardableResult
  func end(killing: Bool) -> Int32 {
    // Not SIGTERM: a child inherits the signals that a worker thread blocks.
    if killing { kill(process, SIGKILL) }
    var status: Int32 = 0
    waitpid(process, &status, 0)
    close(output)
    return status
  }

  func firstLine(startingWith prefix: String) -> String? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(output, &byte, 1) == 1 {
      if byte != UInt8(ascii: "\n") {
        line.append(byte)
      } else if line.starts(with: prefix.utf8) {
        return String(decoding: line, as: UTF8.self)
      } else {
        line.removeAll()
      }
    }
    return nil
  }
}
