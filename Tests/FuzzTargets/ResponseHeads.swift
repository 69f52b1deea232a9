@testable import HTTPClient

extension FuzzTarget {
  /// Header lines of Spotify's, as curl hands them over: one field, whatever came before it.
  static let responseHeads = FuzzTarget(
    "response-heads",
    seeds: [
      "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/2 429\r\nRetry-After: 7\r\n\r\n",
      "HTTP/1.1 200\r\nA: b\r\n c\r\nno colon\r\n: empty\r\n\r\ntrailer: x\r\n",
    ],
    words: ["HTTP/1.1 ", "100", "Retry-After:", "\r\n", "\r\n ", ":"]
  ) { input in
    var head = ResponseHead()
    for line in input.rest.split(separator: 10, omittingEmptySubsequences: false) {
      _ = (line + [10]).withUnsafeBytes { head.take($0) }
    }
    for (name, value) in head.fields {
      try hold(value.utf8.allSatisfy { $0 != 10 }, "a value is one line")
      try hold(
        head.fields.first { $0.name.lowercased() == name.lowercased() }?.value == value
          || head.fields.count { $0.name.lowercased() == name.lowercased() } > 1, "a name finds its value")
    }
    if let first = head.fields.first, first.name.utf8.allSatisfy({ $0 < 0x80 }) {
      try hold(head.firstValue(of: first.name) == first.value, "the first field is found by its name")
    }
  }
}
