import Domain
import HTTPServer

/// An error as the caller sees it (RFC 9457).
package struct Problem: Error, Sendable {
  let status: Int
  /// A stable snake_case word.
  let code: String
  /// A sentence that helps; never a token, SQL or a path of this machine.
  let detail: String
  var headers: HTTPHeaders = [:]

  init(_ status: Int, _ code: String, _ detail: String, headers: HTTPHeaders = [:]) {
    self.status = status
    self.code = code
    self.detail = detail
    self.headers = headers
  }

  var title: String { StatusPhrase.of(status) }

  var response: HTTPResponse {
    let body = JSONWriter.object { writer in
      writer.field("type", "about:blank")
      writer.field("title", title)
      writer.field("status", status)
      writer.field("detail", detail)
      writer.field("code", code)
    }
    var response = HTTPResponse(status: status, headers: Problem.fields, body: .bytes(body))
    response.headers.append(contentsOf: headers)
    return response
  }

  private static let fields: HTTPHeaders = [
    "content-type": "application/problem+json", "cache-control": "no-store",
  ]
}

extension Problem {
  static let unauthenticated = Problem(
    401, "unauthenticated", "sign in first: open /spotify/auth/ in a browser",
    headers: ["www-authenticate": "Bearer"])

  /// RFC 6750, section 3.1.
  static let invalidToken = Problem(
    401, "unauthenticated", "there is no such API token, or it was revoked",
    headers: ["www-authenticate": #"Bearer error="invalid_token""#])

  static func insufficientScope(_ scope: TokenScope) -> Problem {
    Problem(
      403, "insufficient_scope", "this API token is not good for that: it needs the scope \(scope.rawValue)",
      headers: ["www-authenticate": #"Bearer error="insufficient_scope", scope="\#(scope.rawValue)""#])
  }

  static let sessionRequired = Problem(
    403, "session_required", "no API token is enough for this: do it signed in with a browser")

  static let notFound = Problem(404, "not_found", "there is nothing under this path")

  static let crossSite = Problem(
    403, "cross_site", "this request comes from another site's page; only this site's own pages may send it")

  static let fetchedAhead = Problem(
    403, "cross_site", "signing in begins when somebody comes here; nothing of it is fetched ahead")

  static func invalidParameter(_ name: String, _ detail: String) -> Problem {
    Problem(400, "invalid_parameter", "\(name): \(detail)")
  }

  static func notImplemented(_ what: String) -> Problem {
    Problem(501, "not_implemented", "\(what) is not part of this version")
  }
}

extension Problem {
  /// What the server itself refuses before a request reaches the application.
  ///
  /// - Parameter detail: a sentence about what was wrong with the request.
  static func refusal(_ status: Int, _ detail: String) -> Problem {
    let code =
      switch status {
      case 400: "bad_request"
      case 408: "request_timeout"
      case 413: "content_too_large"
      case 431: "headers_too_large"
      case 501: "method_not_implemented"
      case 503: "unavailable"
      case 505: "http_version_not_supported"
      default: "internal_error"
      }
    return Problem(status, code, detail)
  }
}
