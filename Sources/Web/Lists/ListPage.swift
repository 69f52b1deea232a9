import HTTPServer

/// A page of a list: `{"items":[…],"next_cursor":…}` and a `Link` to the next.
enum ListPage {
  /// - Parameters:
  ///   - elements: one more than `limit` when there is a next page.
  ///   - cursor: leads behind an element.
  ///   - also: what the page says besides.
  static func answer<Element>(
    _ elements: [Element], limit: Int, to call: Call, bytesPerElement: Int = 512,
    cursor: (Element) -> String, write: (inout JSONWriter, Element) -> Void,
    also: (inout JSONWriter) -> Void = { _ in }
  ) -> HTTPResponse {
    let page = elements.prefix(limit)
    let next = elements.count > limit ? page.last.map(cursor) : nil
    let body = JSONWriter.object(capacity: 64 + bytesPerElement * page.count) { writer in
      writer.array("items", page, write)
      writer.field("next_cursor", next)
      also(&writer)
    }
    return Answer.personal(
      body, to: call,
      link: next.map {
        link(call.request, on: call.services.settings.publicURL, "cursor", $0, relation: "next")
      })
  }

  /// A `Link` to this very list with another value of one parameter.
  static func link(
    _ request: HTTPRequest, on publicURL: String, _ name: String, _ value: String, relation: String
  ) -> String {
    var query = (request.query ?? "").split(separator: "&")
      .filter { QueryItem(decoding: $0).name != name }
      .map(String.init)
    query.append("\(name)=\(PercentEncoding.component(value))")
    return
      "<\(PercentEncoding.header("\(publicURL)\(request.path)?\(query.joined(separator: "&"))"))>; rel=\"\(relation)\""
  }
}
