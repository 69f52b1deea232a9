import HTTPServer
import Logging

/// Writes a line per request: what was asked for, how it ended, how long it took. No query (codes, states,
/// search words), no cookie, no token.
func logging(_ next: @escaping Answerer) -> Answerer {
  { call in
    let began = ContinuousClock.now
    call.noteForwarding()
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
  /// Tells, once in a process, that somebody forwards requests whose word isn't taken: all callers behind them are one
  /// address then.
  fileprivate func noteForwarding() {
    let peer = request.remoteAddress
    guard request.headers["x-forwarded-for"] != nil, !services.settings.trustedProxies.isTrusted(peer),
      services.limitCallers.noteUnreadForwarding()
    else { return }
    services.logger.warning(
      "X-Forwarded-For came from an address that TRUSTED_PROXIES doesn't name, and isn't read",
      ["from": peer, "advice": "name it if it is your proxy's; else somebody gets past the proxy"])
  }

  /// Whose request it is, as far as the proxies in front can be believed.
  var clientAddress: String {
    let proxies = services.settings.trustedProxies
    guard !proxies.isEmpty else { return request.remoteAddress }
    return proxies.client(of: request.remoteAddress, forwardedFor: request.headers.all("x-forwarded-for"))
  }
}
