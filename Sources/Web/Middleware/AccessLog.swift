import HTTPServer
import Logging

/// Writes a line per request: what was asked for, how it ended, how long it took. No query (codes, states,
/// search words), no cookie, no token.
func logging(_ next: @escaping Answerer) -> Answerer {
  { call in
    let began = ContinuousClock.now
    let response = await next(call)
    call.services.logger.info(
      "request",
      [
        "method": call.request.method.rawValue, "path": String(call.request.path.prefix(256)),
        "status": response.status, "ms": ContinuousClock.now - began, "client": call.clientAddress,
        "request_id": call.id,
      ])
    return response
  }
}

extension Call {
  /// Whose request it is, as far as the proxies in front can be believed.
  var clientAddress: String {
    let proxies = services.settings.trustedProxies
    guard !proxies.isEmpty else { return request.remoteAddress }
    return proxies.client(of: request.remoteAddress, forwardedFor: request.headers.all("x-forwarded-for"))
  }
}
