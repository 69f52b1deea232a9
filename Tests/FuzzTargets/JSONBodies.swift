import Foundation
import JSON

@testable import Web

extension FuzzTarget {
  /// The syntax check of bodies, against Foundation's parser.
  ///
  /// Foundation takes more on purpose: UTF-16, a byte order mark, a comma behind the last element, 512 levels;
  /// and less: no numbers that a Double can't hold. There the RFC decides, and the service has a limit of its own for
  /// depth.
  static let jsonBodies = FuzzTarget(
    "json-bodies",
    seeds: [
      #"{"a":[1,-0.5e+10,true,false,null,"é\u00e9\n\"\\\/\b"],"":{}}"#, "[1,]", "[[[[]]]]", " 0 ",
      #""\ud83d\ude00""#,
      #""\ud800""#, "1e999", "01", "-", "[1 2]", #"{"a":1,"a":2}"#, "nul", "\u{feff}{}", "{}\u{0}",
    ],
    words: [
      "true", "false", "null", "\\u", "\\ud83d", "\\ude00", "\\\"", "[]", "{}", "\":", ",", "1e", "-0", "0.",
      "]", "}",
    ]
  ) { input in
    let bytes = input.rest
    let isValid = JSONReader.isValid(bytes)
    let parsed = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    if isValid {
      try hold(parsed != nil || isHarder(bytes), "Foundation reads what is valid: \(input.text)")
    } else if parsed != nil {
      try hold(isEasier(bytes), "what Foundation reads is valid: \(input.text)")
    }
  }

  private static func isHarder(_ bytes: [UInt8]) -> Bool {
    String(decoding: bytes, as: UTF8.self).contains(#/[0-9][eE]|[0-9]{40}/#)
  }

  private static func isEasier(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) || bytes.contains(0) { return true }
    if bytes.count(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }) >= 60 { return true }
    return text.contains(#/,\s*[\]}]/#)
  }
}
