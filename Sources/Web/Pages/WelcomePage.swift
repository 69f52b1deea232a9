import Domain

/// The first page of somebody who isn't signed in.
enum WelcomePage {
  static func html(_ releases: [Album]) -> HTML {
    """
    <header class="bar"><p class="brand">Cratekeeper</p></header>
    <main>
    <section class="hero">
    <h1>Your Spotify library, kept</h1>
    <p>Cratekeeper keeps a copy of what you saved on Spotify on this server: exact, always fresh, and still
    there when something vanishes from the catalogue.</p>
    <p><a class="button" href="/spotify/auth/">Connect with Spotify</a></p>
    <p class="quiet">You are sent to Spotify to say yes. Your password stays there, and the access you give is
    sealed here so that nobody can read it. You can disconnect at any time.</p>
    </section>
    \(ReleaseShelf.html(releases))</main>

    """
  }
}
