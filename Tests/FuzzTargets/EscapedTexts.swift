import Foundation
import JSON

@testable import HTTPServer
@testable import Logging
@testable import Web

extension FuzzTarget {
  /// A stranger's text on its way out: into JSON, pages, URLs, headers and log lines. It comes back as it was, or
  /// at least never breaks out.
  static let escapedTexts = FuzzTarget(
    "escaped-texts",
    seeds: [
      "plain", "<script>\"'&amp;", "a\nb\r\t\u{0}\u{1f}\u{7f}\u{85}\u{2028}\u{2029}", "\\u0000\"", "é🎧%2F+",
    ],
    words: ["<", ">", "&", "\"", "'", "\\", "\u{2028}", "\u{2029}", "\u{85}", "\u{9b}", "%", "&lt;", "\r\n"]
  ) { input in
    let text = input.text
    try checkJSON(text)
    try checkPage(text)
    try checkURL(text)
    try checkLog(text)
  }

  private static func checkJSON(_ text: String) throws {
    let written = JSONWriter.bytes { $0.value(text) }
    try hold(JSONReader.isValid(written), "a text is valid JSON: \(text)")
    // Foundation leaves a byte order mark at a text's beginning out.
    guard !text.unicodeScalars.contains("\u{feff}") else { return }
    let read = try JSONSerialization.jsonObject(with: Data(written), options: .fragmentsAllowed) as? String
    try hold(read.map { Array($0.utf8) } == Array(text.utf8), "a text comes back from JSON: \(text)")
  }

  private static func checkPage(_ text: String) throws {
    let html: HTML = "\(text)"
    try hold(!html.text.utf8.contains { "<>\"'".utf8.contains($0) }, "a text is no markup: \(html.text)")
    try hold(unescaped(html.text) == Array(text.utf8), "a text comes back from a page: \(text)")
  }

  /// As browsers read it; nil when an entity is none of ours.
  private static func unescaped(_ html: String) -> [UInt8]? {
    var pieces = html.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
    var bytes = Array(pieces.removeFirst())
    for piece in pieces {
      let entities = ["lt;": "<", "gt;": ">", "quot;": "\"", "#39;": "'", "amp;": "&"]
      guard let (entity, character) = entities.first(where: { piece.starts(with: $0.key.utf8) }) else {
        return nil
      }
      bytes += character.utf8
      bytes += piece.dropFirst(entity.utf8.count)
    }
    return bytes
  }

  private static func checkURL(_ text: String) throws {
    let component = PercentEncoding.component(text)
    try hold(PercentDecoding.form(component[...]) == text, "a text comes back from a URL: \(text)")
    if !text.utf8.contains(0) {
      try hold(PercentDecoding.strictly(component[...]) == text, "a text comes back from a path: \(text)")
    }
    let header = PercentEncoding.header(text)
    try hold(header.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }, "a text fits into a header: \(header)")
  }

  private static func checkLog(_ text: String) throws {
    let fields: LogFields = ["key": text]
    let writer = LineWriter(format: .json)
    let line = writer.line(.info, text, context: writer.fields(fields), [:])
    try hold(line.last == 10 && !line.dropLast().contains { $0 < 0x20 || $0 == 0x7f }, "a line is one line")
    let read = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
    guard !text.unicodeScalars.contains("\u{feff}") else { return }
    try hold(read?["message"] as? String == text, "a message comes back: \(text)")
    try hold(read?["key"] as? String == text, "a field comes back: \(text)")
    let plain = LineWriter(format: .text).line(.info, text, context: [], fields)
    try hold(plain.last == 10 && !plain.dropLast().contains { $0 < 0x20 || $0 == 0x7f }, "a line is one line")
  }
}
