import Foundation
import FuzzTargets

/// What libFuzzer begins with, as files.
enum Corpus {
  static func prepare(_ directory: String) throws {
    for target in FuzzTarget.all {
      let folder = URL(filePath: directory).appending(path: target.name)
      let seeds = folder.appending(path: "seeds")
      try? FileManager.default.removeItem(at: seeds)
      try FileManager.default.createDirectory(at: seeds, withIntermediateDirectories: true)
      for (index, seed) in target.seeds.enumerated() {
        try Data(seed).write(to: seeds.appending(path: "\(index)"))
      }
      let words = target.words.map { word in
        "\"" + word.map { "\\x" + (($0 < 16 ? "0" : "") + String($0, radix: 16)) }.joined() + "\"\n"
      }
      try Data(words.joined().utf8).write(to: folder.appending(path: "words"))
    }
  }

  static func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }
}
