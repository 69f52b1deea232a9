/// Finds the value of a route by method and path: literal segments and `{name}` parameters.
///
/// A trie over segments. A literal beats a parameter, but gives way to it where only the parameter's route has
/// the method. A trailing slash makes no difference. Paths are split before they are decoded, so that `%2F`
/// stays inside of its segment.
package struct Router<Value: Sendable>: Sendable {
  package enum Match: Sendable {
    /// The route's value, and what stands in the places of its parameters, decoded.
    case found(Value, parameters: [String: String])
    /// The path exists, for these methods.
    case methodNotAllowed(allow: [HTTPMethod])
    /// No such path; also when its percent-encoding is broken or hides a NUL.
    case notFound
  }

  private struct Node {
    var literals: [String: Int] = [:]
    var parameter: Int?
    var routes: [HTTPMethod: Route] = [:]
  }

  private struct Route {
    let value: Value
    let names: [String]
  }

  private var nodes = [Node()]
  /// The nodes of the routes without parameters by their whole path, with and without the trailing slash.
  private var exact: [String: Int] = [:]

  package init() {}

  /// Adds a route; one of the same method and shape is replaced.
  ///
  /// - Parameter pattern: such as `/api/artists/{name}/`.
  package mutating func add(_ method: HTTPMethod, _ pattern: String, _ value: Value) {
    var node = 0
    var names: [String] = []
    for segment in Router.segments(pattern) {
      if segment.hasPrefix("{"), segment.hasSuffix("}") {
        names.append(String(segment.dropFirst().dropLast()))
        let next = nodes[node].parameter ?? makeNode()
        nodes[node].parameter = next
        node = next
      } else {
        let next = nodes[node].literals[String(segment)] ?? makeNode()
        nodes[node].literals[String(segment)] = next
        node = next
      }
    }
    nodes[node].routes[method] = Route(value: value, names: names)
    if names.isEmpty {
      let path = "/" + Router.segments(pattern).joined(separator: "/")
      exact[path] = node
      exact[path + "/"] = node
    }
  }

  /// What `method` on `path` leads to. `HEAD` falls back to `GET`.
  ///
  /// - Parameter path: as sent, still encoded.
  package func match(_ method: HTTPMethod, _ path: String) -> Match {
    if let node = exact[path], let route = route(method, at: node) {
      return .found(route.value, parameters: [:])
    }
    guard path.utf8.first == UInt8(ascii: "/") else { return .notFound }
    var segments: [String] = []
    for segment in Router.segments(path) {
      guard let decoded = PercentDecoding.strictly(segment) else { return .notFound }
      segments.append(decoded)
    }
    var search = Search(method: method, segments: segments)
    guard let route = find(&search, node: 0, depth: 0) else {
      return search.allowed.isEmpty ? .notFound : .methodNotAllowed(allow: Router.sorted(search.allowed))
    }
    let parameters = zip(route.names, search.values).map { ($0, $1) }
    return .found(route.value, parameters: Dictionary(parameters) { _, last in last })
  }

  private struct Search {
    let method: HTTPMethod
    let segments: [String]
    var values: [String] = []
    var allowed: Set<HTTPMethod> = []
  }

  private func find(_ search: inout Search, node: Int, depth: Int) -> Route? {
    guard depth < search.segments.count else {
      if let route = route(search.method, at: node) { return route }
      search.allowed.formUnion(nodes[node].routes.keys)
      return nil
    }
    let segment = search.segments[depth]
    if let next = nodes[node].literals[segment], let route = find(&search, node: next, depth: depth + 1) {
      return route
    }
    guard let next = nodes[node].parameter, !segment.isEmpty else { return nil }
    search.values.append(segment)
    if let route = find(&search, node: next, depth: depth + 1) { return route }
    search.values.removeLast()
    return nil
  }

  private func route(_ method: HTTPMethod, at node: Int) -> Route? {
    nodes[node].routes[method] ?? (method == .head ? nodes[node].routes[.get] : nil)
  }

  private mutating func makeNode() -> Int {
    nodes.append(Node())
    return nodes.count - 1
  }

  /// What stands between the slashes; the first and a trailing one bound nothing.
  private static func segments(_ path: String) -> [Substring] {
    var path = path[...]
    if path.utf8.first == UInt8(ascii: "/") { path = path.dropFirst() }
    if path.utf8.last == UInt8(ascii: "/") { path = path.dropLast() }
    return path.isEmpty ? [] : path.split(separator: "/", omittingEmptySubsequences: false)
  }

  private static func sorted(_ methods: Set<HTTPMethod>) -> [HTTPMethod] {
    var methods = methods
    if methods.contains(.get) { methods.insert(.head) }
    return HTTPMethod.allCases.filter(methods.contains)
  }
}
