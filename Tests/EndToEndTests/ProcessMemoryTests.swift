import Foundation
import TestSupport
import Testing

/// What the system shows of a running process, and what is left of one that crashes.
@Suite struct ProcessMemoryTests {
  @Test func `A running process dumps no core, shows its memory to root alone and keeps its keys in it`()
    async throws
  {
    try await withWorld { world in
      let service = try await world.start(.all, prefix: Self.withoutTracing)
      let files = "/proc/\(service.process.pid)"
      let limits = try #require(Self.read("\(files)/limits"))
      let core = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
      #expect(core?.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
      let status = try #require(Self.read("\(files)/status"))
      let locked = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmLck:") })
      #expect(try #require(Int(locked.split(separator: " ")[1])) >= 4)
      #expect(service.process.line(with: "out of swap") == nil)
      // The same user, but without the right to look into everything. Into others it may look.
      let other = try ChildProcess.start(Self.withoutTracing + ["sleep", "600"])
      let own = try await Self.read("/proc/\(other.pid)/environ", as: Self.withoutTracing)
      await other.kill9()
      #expect(own.code == 0)
      for file in ["environ", "maps", "mem"] {
        let reading = try await Self.read("\(files)/\(file)", as: Self.withoutTracing)
        #expect(reading.code != 0, "\(file)")
      }
      // Root may; what is secret isn't there any more.
      if let environment = Self.read("\(files)/environ") {
        #expect(environment.contains("SPOTIFY_CLIENT_ID=cratekeeper-demo\0"))
        for secret in [world.tokenKey, "cratekeeper-demo-secret", world.database.url] {
          #expect(!environment.contains(secret))
        }
      }
    }
  }

  @Test func `One that crashes leaves nothing behind`() async throws {
    try await withWorld { world in
      let folder = FileManager.default.temporaryDirectory.appending(path: "crash-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let prefix = ["sh", "-c", "cd \(folder.path) && ulimit -S -c $(ulimit -H -c) && exec \"$@\"", "sh"]
      let service = try await world.start(.serve, prefix: prefix)
      service.process.signal(SIGABRT)
      #expect(await service.process.ended() == -SIGABRT)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }
  }

  @Test func `No crash is caught to print registers, unless somebody asks for backtraces`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      #expect(try Self.caught(by: service).isDisjoint(with: Self.crashes))
      let asked = try await world.start(.serve, ["SWIFT_BACKTRACE": "enable=yes"])
      #expect(try Self.caught(by: asked).isSuperset(of: Self.crashes), "what is looked at isn't there at all")
    }
  }

  @Test func `Where the system doesn't lock memory it is told at the start and by the doctor`() async throws {
    try await withWorld { world in
      let lock = getuid() == 0 ? ["setpriv", "--bounding-set=-ipc_lock"] : []
      let prefix = ["sh", "-c", "ulimit -l 0 && exec \"$@\"", "sh"] + lock
      let service = try await world.start(.worker, prefix: prefix)
      let warning = service.process.line(with: "keys out of swap")
      #expect(warning?.contains(#""level":"warning""#) == true && warning?.contains("LimitMEMLOCK") == true)
      let doctor = try world.launch(prefix: prefix, ["doctor"], world.environment)
      await doctor.ended()
      let line = doctor.line(with: "key ring")
      #expect(line?.contains("  warning  ") == true && line?.contains("keys out of swap") == true)
    }
  }

  /// As the same user, but unable to look into processes that don't want it. Only root has to be told so.
  private static let withoutTracing =
    getuid() == 0 ? ["setpriv", "--bounding-set=-sys_ptrace,-perfmon,-sys_admin"] : []

  private static let crashes: Set = [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]

  /// The signals for which it has a handler.
  private static func caught(by service: World.Service) throws -> Set<Int32> {
    let status = try #require(read("/proc/\(service.process.pid)/status"))
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") })
    let mask = try #require(UInt64(line.split(separator: "\t")[1], radix: 16))
    return Set((1...64).filter { mask & 1 << UInt64($0 - 1) != 0 })
  }

  private static func read(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func read(_ path: String, as prefix: [String]) async throws -> (code: Int32, text: String) {
    let process = try ChildProcess.start(prefix + ["cat", path])
    return (await process.ended(), process.output)
  }
}
