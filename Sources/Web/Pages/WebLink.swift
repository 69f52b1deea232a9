/// A URL from outside, as far as a page may carry it: `https://` and `http://` only, so that none is a script.
struct WebLink {
  let url: String

  init?(_ url: String?) {
    guard let url, url.hasPrefix("https://") || url.hasPrefix("http://") else { return nil }
    self.url = url
  }
}
