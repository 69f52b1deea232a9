import Foundation
import FuzzTargets

/// Runs a target on inputs.
///
///     fuzz --list                        the targets' names
///     fuzz --prepare DIRECTORY           writes DIRECTORY/TARGET/seeds/… and DIRECTORY/TARGET/words
///     fuzz TARGET FILE…                  hands files to the target, to see a failure again
///     fuzz TARGET [-OPTION…] [FOLDER…]   built by scripts/fuzz: libFuzzer, with its options
@main
struct Program {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    switch (arguments.first, arguments.dropFirst().first) {
    case ("--list", nil): for target in FuzzTarget.all { print(target.name) }
    case ("--prepare", let directory?): try Corpus.prepare(directory)
    case (let name?, _?) where FuzzTarget.named(name) != nil: exit(run(Array(arguments.dropFirst())))
    default:
      print("usage: fuzz --list | --prepare DIRECTORY | TARGET FILE…")
      exit(2)
    }
  }

  /// The one of this process; chosen once, as libFuzzer's callback has no room for it.
  static let target = CommandLine.arguments.dropFirst().first.flatMap(FuzzTarget.named)

  /// Whether the input passed; otherwise what is wrong stands in the standard error.
  static func passes(_ bytes: [UInt8]) -> Bool {
    do {
      try target?.check(bytes)
      return true
    } catch {
      FileHandle.standardError.write(Data("\(target?.name ?? ""): \(error)\n".utf8))
      return false
    }
  }
}
