import Domain
import FoundationEssentials
import Storage

/// Where somebody is signed in, and the API tokens.
enum AccountPage {
  /// A token that was made just now.
  struct MadeToken {
    let id: APITokenID
    let token: String
  }

  static func html(_ sessions: [Session], _ tokens: [IssuedToken], new: MadeToken?) -> HTML {
    """
    \(TopBar.html(at: .account))<main>
    <h1>Account</h1>
    \(new.map(note) ?? "")\(SessionsCard.html(sessions))\(TokensCard.html(tokens, new: new?.id))</main>

    """
  }

  private static func note(_ new: MadeToken) -> HTML {
    """
    <div class="note" role="status">
    <p>Your new API token. Copy it now: it is not shown again, and nobody can find it out from this server.</p>
    <p><code class="token" id="new-token">\(new.token)</code></p>
    </div>

    """
  }

  /// A time to the minute.
  static func moment(_ date: Date) -> HTML {
    let text = Timestamp.text(date)
    return #"<time datetime="\#(text)">\#(String(text.prefix(16).replacing("T", with: " "))) UTC</time>"#
  }
}
