/// The ways from one page of a list to the next, and back to its beginning.
struct Pager {
  private let first: String?
  private let next: String?

  /// - Parameters:
  ///   - elements: one more than `limit` when there is a next page.
  ///   - cursor: leads behind an element.
  init<Element>(_ elements: [Element], limit: Int, _ query: Query, cursor: (Element) -> String) {
    let size = query["limit"] == nil ? "" : "limit=\(limit)"
    first = query["cursor"] == nil ? nil : "?" + size
    next =
      elements.count > limit
      ? "?" + (size.isEmpty ? "" : size + "&") + "cursor=" + cursor(elements[limit - 1]) : nil
  }

  /// Nothing where one page holds all.
  var html: HTML {
    if first == nil, next == nil { return "" }
    return """
      <nav class="pager" aria-label="Pages of this list">
      \(link(first, "Back to the first page"))\(link(next, "Next page"))</nav>

      """
  }

  private func link(_ address: String?, _ words: String) -> HTML {
    guard let address else { return "" }
    return """
      <a class="button plain" href="\(address)">\(words)</a>

      """
  }
}
