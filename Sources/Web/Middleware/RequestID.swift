import HTTPServer

/// What a request is called in the log and in its answer.
enum RequestID {
  /// The proxy's, if it is fit for a log line; else a new one.
  static func of(_ request: HTTPRequest) -> String {
    if let given = request.headers["x-request-id"], isSane(given) { return given }
    return Hexadecimal.text(.random(in: .min ... .max))
  }

  static func isSane(_ id: String) -> Bool {
    (1...64).contains(id.utf8.count)
      && id.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }
}

/// Tells the caller the request's id.
func identifying(_ next: @escaping Answerer) -> Answerer {
  { call in
    var response = await next(call)
    response.headers.append("x-request-id", call.id)
    return response
  }
}
