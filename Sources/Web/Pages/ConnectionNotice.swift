import Domain

/// What a person should do about the connection, the louder the nearer its end.
enum ConnectionNotice {
  /// - Returns: nothing while all is well, or nobody is connected.
  static func html(status: String, warning: ConnectionWarning?, isOfAnotherApp: Bool = false) -> HTML {
    switch status {
    case "dead" where isOfAnotherApp:
      return notice(
        "bad", "This service has another app at Spotify now",
        "Nothing is lost, but nothing is synced any more. Connect again, and it goes on where it stopped.",
        isUrgent: true)
    case "dead":
      return notice(
        "bad", "Spotify ended the connection",
        "Nothing is lost, but nothing is synced any more. Connect again, and it goes on where it stopped.",
        isUrgent: true)
    case "suspect" where warning?.code != .expired:
      return notice(
        "warn", "Spotify refused to renew the connection",
        """
        It may be Spotify’s trouble: it is tried again by itself within a few hours, and nothing is lost. Connecting
        again repairs it at once.
        """)
    default:
      guard let warning else { return "" }
      return ending(warning)
    }
  }

  private static func ending(_ warning: ConnectionWarning) -> HTML {
    let title: HTML =
      switch warning.code {
      case .monthLeft, .weekLeft: "The connection ends in \(warning.daysLeft) days"
      case .dayLeft: "The connection ends within a day"
      case .expired: "The connection has ended"
      }
    let words: HTML = """
      Spotify ends every connection after six months. Connect again with the same account, and nothing stops.
      """
    switch warning.code {
    case .monthLeft: return notice("soft", title, words, isPlain: true)
    case .weekLeft: return notice("warn", title, words)
    case .dayLeft, .expired: return notice("bad", title, words, isUrgent: true)
    }
  }

  /// - Parameters:
  ///   - isUrgent: read out at once by whoever reads out.
  ///   - isPlain: with a button that doesn't call for itself.
  private static func notice(
    _ tone: HTML, _ title: HTML, _ words: HTML, isUrgent: Bool = false, isPlain: Bool = false
  ) -> HTML {
    let role: HTML = isUrgent ? "alert" : "status"
    let plain: HTML = isPlain ? " plain" : ""
    return """
      <section class="notice \(tone)" role="\(role)" aria-labelledby="notice">
      <div>
      <h2 id="notice">\(title)</h2>
      <p>\(words)</p>
      </div>
      <a class="button\(plain)" href="/spotify/auth/">Connect again</a>
      </section>

      """
  }
}
