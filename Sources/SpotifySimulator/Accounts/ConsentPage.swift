/// The pages that a person sees on the accounts host. Nothing of a request gets in unescaped.
enum ConsentPage {
  static func consent(
    client: String, scopes: [String], users: [SimulatorConfiguration.User], fields: [(String, String)]
  ) -> String {
    let hidden = fields.map { name, value in
      "<input type=\"hidden\" name=\"\(name)\" value=\"\(escape(value))\">"
    }
    let buttons = users.map { user in
      """
      <button name="user" value="\(escape(user.id))">
      <strong>\(escape(user.name))</strong> <small>\(user.tracks) saved tracks</small></button>
      """
    }
    let rights =
      scopes.isEmpty
      ? "<p>It asks for public data only.</p>"
      : "<p>It asks for:</p><ul>\(scopes.map { "<li><code>\(escape($0))</code></li>" }.joined())</ul>"
    return page(
      "Connect to Spotify (simulated)",
      """
      <h1>Connect <em>\(escape(client))</em></h1>
      <p>This is a simulated Spotify: nothing leaves this machine, all music is invented.</p>
      \(rights)
      <form method="post" action="/authorize/decide">
      \(hidden.joined(separator: "\n"))
      <p>Agree as:</p>
      \(buttons.joined(separator: "\n"))
      <button class="quiet" name="decision" value="cancel">Cancel</button>
      </form>
      """)
  }

  static func refusal(_ message: String) -> String {
    page("Refused (simulated Spotify)", "<h1>That didn't work</h1><p><code>\(escape(message))</code></p>")
  }

  static func page(_ title: String, _ body: String) -> String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>\(escape(title))</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <style>
    :root { color-scheme: light dark }
    body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; display: grid; place-items: center; min-height: 100vh;
      background: light-dark(#eef3ef, #121614) }
    main { width: min(26rem, 90vw); margin: 2rem 0; padding: 2rem; border-radius: 1rem;
      background: light-dark(#fff, #1d2421); box-shadow: 0 .5rem 2rem #0003 }
    h1 { font-size: 1.4rem; margin-top: 0; overflow-wrap: anywhere } em { font-style: normal; color: #1a9c52 }
    ul { padding-left: 1.2rem } code { overflow-wrap: anywhere }
    button { display: block; width: 100%; margin: .6rem 0; padding: .8rem 1rem; border: 0; border-radius: 2rem;
      font: inherit; text-align: left; cursor: pointer; background: #147a40; color: #fff; overflow-wrap: anywhere }
    button:hover, button:focus-visible { filter: brightness(1.1); outline: .15rem solid #1a9c5288 }
    button small { float: right } .quiet { background: none; color: inherit; text-align: center }
    </style></head><body><main>
    \(body)
    </main></body></html>

    """
  }

  static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
