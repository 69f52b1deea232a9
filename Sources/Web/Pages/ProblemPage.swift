import HTTPServer

/// A problem for people: what went wrong, and a way back.
enum ProblemPage {
  static func response(_ problem: Problem, requestID: String) -> HTTPResponse {
    let content: HTML = """
      <main class="problem">
      <p class="brand"><a href="/">Cratekeeper</a></p>
      <h1>\(heading(problem))</h1>
      <p>\(sentence(problem.detail))</p>
      <p><a class="button" href="/">Back to the start</a>\(again(problem))</p>
      <p class="quiet">\(problem.status) \(problem.code) · request \(requestID)</p>
      </main>

      """
    var response = Page.response(
      problem.status, title: "\(problem.title) – Cratekeeper", referrer: .none, content)
    response.headers.append(contentsOf: problem.headers)
    return response
  }

  private static func heading(_ problem: Problem) -> String {
    switch problem.code {
    case "state_invalid": "This sign-in can't be finished"
    case "access_denied": "Nothing was connected"
    case "other_account": "That is another Spotify account"
    case "spotify_unavailable": "Spotify doesn't answer"
    case "spotify_rate_limited": "Spotify asks us to wait"
    case "unauthenticated": "Please sign in first"
    case "playlist_not_found": "There is no such playlist"
    case "not_found": "There is nothing here"
    case "unavailable", "too_many_sign_ins": "One moment, please"
    default: problem.title
    }
  }

  private static func again(_ problem: Problem) -> HTML {
    switch problem.code {
    case "state_invalid", "access_denied", "spotify_unavailable", "unauthenticated",
      "reauthorization_required":
      #" <a class="button plain" href="/spotify/auth/">Connect with Spotify</a>"#
    default: ""
    }
  }

  /// With a capital letter and a full stop.
  private static func sentence(_ detail: String) -> String {
    let end = detail.last.map { ".!?".contains($0) } ?? true
    return detail.prefix(1).uppercased() + detail.dropFirst() + (end ? "" : ".")
  }
}
