import HTTPServer

/// What all requests of a reactor share, behind one reference: a call is passed around without copying it.
final class Edge: Sendable {
  let services: WebServices
  let cookies: CookieNames
  /// Fields that every answer for programs carries, and every page.
  let dataHeaders: HTTPHeaders
  let pageHeaders: HTTPHeaders

  init(_ services: WebServices) {
    self.services = services
    cookies = CookieNames(isSecure: services.settings.isSecure)
    dataHeaders = SecurityHeaders.forData(services.settings)
    pageHeaders = SecurityHeaders.forPages(services.settings)
  }

  func refuse(_ status: Int, _ detail: String) -> HTTPResponse {
    var response = Problem.refusal(status, detail).response
    response.headers.append(contentsOf: dataHeaders)
    return response
  }
}
