import Foundation
import TestSupport
import Testing

/// Everything that somebody else than the person and the service's own memory gets to see, by where it is.
struct Searched {
  private(set) var places: [String: [UInt8]] = [:]
  private(set) var dumps: [String: String] = [:]

  mutating func add(_ text: String, _ place: String) {
    places[place, default: []] += Array(text.utf8) + [0x0a]
  }

  mutating func add(_ bytes: [UInt8], _ place: String) { places[place, default: []] += bytes + [0x0a] }

  /// What `pg_dump` writes of the whole database.
  mutating func dump(_ world: World, _ place: String) async throws {
    let dump = try await BuiltProgram.run(program: "pg_dump", [world.database.url])
    try #require(dump.code == 0 && dump.output.contains("COPY cratekeeper.spotify_grant"), "\(dump.errors)")
    dumps[place, default: ""] += dump.output
  }

  /// Every key and value in Redis, also in the form in which Redis itself writes them down.
  mutating func redis(_ world: World, _ place: String) async throws {
    for text in try await world.redisTexts() { add(text, place) }
    for name in try await world.redis("KEYS", world.key("*")).elements ?? [] {
      add(try await world.redis("DUMP", name.text ?? "").bytes ?? [], place)
    }
  }

  /// Every route of a process' operations address.
  mutating func operations(
    _ world: World, _ service: World.Service, _ headers: [String: String], _ place: String
  )
    async throws
  {
    let browser = world.browser(at: service).at(service.operations)
    for route in EveryRoute.operations {
      #expect(
        try await browser.send(route.method.rawValue, route.path, headers).status < 500, "\(route.path)")
    }
    for received in browser.received { add("\(received.fields)\n\(received.body)", place) }
  }

  /// Commands of the program, run to their ends.
  mutating func commands(
    _ world: World, _ commands: [[String]], _ place: String, _ environment: [String: String] = [:]
  ) async throws {
    for command in commands {
      let run = try await BuiltProgram.run(command, world.environment.merging(environment) { $1 })
      #expect(!(run.output + run.errors).isEmpty, "\(command)")
      add(run.output + run.errors, place)
    }
  }

  /// Whether something that is no secret was said there, so that the search of it is worth something.
  func says(_ words: String, in place: String) -> Bool {
    String(decoding: places[place] ?? [], as: UTF8.self).contains(words)
  }

  /// All that is found of some secrets, anywhere.
  func findings(_ search: SecretSearch) -> Set<SecretSearch.Finding> {
    var found: Set<SecretSearch.Finding> = []
    for (place, bytes) in places { found.formUnion(search.findings(in: bytes, place)) }
    for (place, dump) in dumps { found.formUnion(search.findings(inDump: dump, place)) }
    return found
  }
}
