import HTTPServer

/// The frame of every page.
enum Page {
  /// How much of a page's address browsers may send on with what is clicked there.
  enum Referrer {
    /// Within the site. Pages with forms need it: without any, browsers send `Origin: null`.
    case sameSite
    /// Nothing: the address holds what is nobody's business.
    case none
  }

  private static let fields: HTTPHeaders = [
    "content-type": "text/html; charset=utf-8", "cache-control": "no-store", "vary": "accept, cookie",
  ]

  /// - Parameter head: what this page needs there.
  static func response(
    _ status: Int = 200, title: String, referrer: Referrer = .sameSite, head: HTML = "", _ content: HTML
  ) -> HTTPResponse {
    let page: HTML = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <link rel="icon" href="\(Assets.url("icon.svg"))" type="image/svg+xml">
      <link rel="stylesheet" href="\(Assets.url("app.css"))">
      \(head)</head>
      <body>
      \(content)</body>
      </html>

      """
    var response = HTTPResponse(status: status, headers: fields, body: .bytes(Array(page.text.utf8)))
    response.headers.append("referrer-policy", referrer == .sameSite ? "same-origin" : "no-referrer")
    return response
  }
}
