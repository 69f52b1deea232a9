// swift-tools-version: 6.2
// The module table: the architecture on one screen. Each row names all that a module may import;
// `make lint` compares the rows with every file's `import` lines and refuses the rest.
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// A C library of the distribution: a module map and a header, never code.
func system(_ name: String, apt: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/Libraries/\(name)", providers: [.apt([apt])])
}

/// Knows nothing of this product.
func library(_ name: String, _ dependencies: String...) -> Target {
  .target(
    name: name, dependencies: dependencies.map { .init(stringLiteral: $0) },
    path: "Sources/Libraries/\(name)", swiftSettings: strict)
}

func module(_ name: String, _ dependencies: String...) -> Target {
  .target(
    name: name, dependencies: dependencies.map { .init(stringLiteral: $0) }, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: String...) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies.map { .init(stringLiteral: $0) }, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: String...) -> Target {
  .testTarget(
    name: name, dependencies: dependencies.map { .init(stringLiteral: $0) }, swiftSettings: strict)
}

/// Set by scripts/fuzz. Else what is fuzzed is built with the tests alone: it looks into other modules (`@testable`), and a
/// release build lets nobody do that unless it is told to. A program may not depend on a test, so then it is none.
let isFuzzing = Context.environment["FUZZ"] != nil

func fuzzed(_ name: String, _ dependencies: String...) -> Target {
  let dependencies = dependencies.map { Target.Dependency(stringLiteral: $0) }
  return isFuzzing
    ? .target(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
    : .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let fuzzer = Target.executableTarget(
  name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz", swiftSettings: strict)

let package = Package(
  name: "cratekeeper",
  targets: [
    // C libraries, each seen by one Swift module only.
    system("CLibuv", apt: "libuv1-dev"),
    system("CMicroHTTPD", apt: "libmicrohttpd-dev"),
    system("CCurl", apt: "libcurl4-openssl-dev"),
    system("CPostgreSQL", apt: "libpq-dev"),
    system("CHiredis", apt: "libhiredis-dev"),
    system("CSodium", apt: "libsodium-dev"),

    // Libraries: know nothing of this product.
    library("Reactor", "CLibuv"),
    library("Logging"),
    library("JSON"),
    library("HTTPServer", "Reactor", "CMicroHTTPD"),
    library("Secrets", "CSodium"),
    library("HTTPClient", "Reactor", "Secrets", "CCurl"),
    library("PostgreSQL", "Reactor", "CPostgreSQL"),
    library("Redis", "Reactor", "CHiredis"),

    // Words and rules, without input or output.
    module("Domain"),

    // Adapters: one outside technology each; they never see each other or an edge.
    .target(
      name: "Storage", dependencies: ["Domain", "PostgreSQL"],
      // The program carries its migrations, wherever it is started.
      resources: [.embedInCode("Migrations")], swiftSettings: strict),
    module("Coordination", "Domain", "Redis"),
    module("SpotifyAPI", "Domain", "HTTPClient", "JSON", "Secrets", "Reactor"),
    module("TokenVault", "Secrets"),

    // Use-cases.
    module(
      "Accounts", "Domain", "Storage", "Coordination", "SpotifyAPI", "TokenVault", "Secrets",
      "Reactor", "Logging"),
    module("Sync", "Domain", "Accounts", "Storage", "Coordination", "SpotifyAPI", "Reactor", "Logging"),

    // Edges: what comes in.
    .target(
      name: "Web",
      dependencies: [
        "Domain", "Accounts", "Sync", "Storage", "Coordination", "HTTPServer", "JSON", "Reactor", "Logging",
      ],
      // The pages' style, script and icon.
      resources: [.embedInCode("Assets")], swiftSettings: strict),
    module(
      "Worker", "Domain", "Sync", "Storage", "Coordination", "Reactor", "Logging"),

    // Programs.
    program(
      "cratekeeper", "Domain", "Accounts", "Sync", "Web", "Worker", "Storage", "Coordination",
      "SpotifyAPI", "TokenVault", "Secrets", "Reactor", "HTTPServer", "HTTPClient", "PostgreSQL", "Redis",
      "Logging"),
    module("SpotifySimulator", "Reactor", "HTTPServer", "Secrets"),
    program("spotify-simulator", "SpotifySimulator", "Reactor", "HTTPServer"),

    // Tests: one folder per module.
    .target(
      name: "TestSupport",
      dependencies: ["Reactor", "PostgreSQL", "HTTPClient", "Storage"],
      path: "Tests/TestSupport", swiftSettings: strict),
    tests("ReactorTests", "Reactor", "TestSupport"),
    tests("LoggingTests", "Logging"),
    tests("HTTPServerTests", "HTTPServer", "Reactor", "TestSupport"),
    tests("HTTPClientTests", "HTTPClient", "Secrets", "Reactor", "TestSupport"),
    tests("PostgreSQLTests", "PostgreSQL", "Reactor", "TestSupport"),
    tests("RedisTests", "Redis", "Reactor", "TestSupport"),
    tests("TokenVaultTests", "TokenVault", "Secrets"),
    tests(
      "WebTests", "Web", "Domain", "Accounts", "Sync", "Storage", "Coordination", "HTTPServer", "JSON",
      "TestSupport"),
    tests(
      "SpotifySimulatorTests", "SpotifySimulator", "HTTPClient", "Reactor",
      "TestSupport"),
    tests("DomainTests", "Domain", "TestSupport"),
    tests(
      "SyncTests", "Sync", "Accounts", "Domain", "Storage", "Coordination", "SpotifyAPI", "Redis",
      "PostgreSQL",
      "Reactor", "Logging", "TestSupport"),
    tests("StorageTests", "Storage", "Domain", "PostgreSQL", "Reactor", "TestSupport"),
    tests("CoordinationTests", "Coordination", "Domain", "Redis", "Reactor", "TestSupport"),
    tests(
      "SpotifyAPITests", "SpotifyAPI", "SpotifySimulator", "Domain", "HTTPClient", "HTTPServer", "Secrets",
      "Reactor", "TestSupport"),
    tests(
      "AccountsTests", "Accounts", "Domain", "Storage", "Coordination", "SpotifyAPI", "SpotifySimulator",
      "TokenVault", "HTTPClient", "Redis", "PostgreSQL", "Secrets", "Reactor", "Logging", "TestSupport"),
    // What is fuzzed, once: by `make test` with a fixed seed, by `make fuzz` with libFuzzer.
    fuzzed(
      "FuzzTargets", "HTTPServer", "HTTPClient", "PostgreSQL", "Redis", "JSON", "Secrets", "Logging",
      "Domain", "Storage", "Coordination", "SpotifyAPI", "TokenVault", "Accounts", "Web", "TestSupport"),
    tests("FuzzTests", "FuzzTargets", "TestSupport"),
    // The built program as processes, on real Postgres and Redis, against the simulator.
    tests(
      "EndToEndTests", "cratekeeper", "Web", "Domain", "HTTPServer", "SpotifySimulator", "HTTPClient",
      "PostgreSQL", "Redis", "Reactor", "TokenVault", "Secrets", "TestSupport"),
  ] + (isFuzzing ? [fuzzer] : [])
)
