import HTTPClient
import Reactor

/// A person's browser, as far as a test needs one: keeps cookies per host, follows nothing by itself.
///
/// Used on its HTTP client's reactor.
package struct Browser: Sendable {
  package struct Answer: Sendable {
    package let response: HTTPClientResponse

    package var status: Int { response.status }
    package var text: String { String(decoding: response.body, as: UTF8.self) }
    package var json: JSONValue { JSONValue(response.body) }
    /// A problem's word.
    package var code: String? { json["code"].string }

    package func header(_ name: String) -> String? { response.header(name) }
  }

  package struct Failure: Error, CustomStringConvertible { package let description: String }

  /// What a browser remembers, and for the tests all that it was ever sent.
  private final class Memory: Sendable {
    let cookies = Locked<[String: String]>([:])
    let received = Locked<[Received]>([])
  }

  private let http: HTTPClient
  private let memory: Memory
  /// Such as `http://127.0.0.1:8080`.
  package let base: String

  /// A new browser without a cookie.
  package init(_ http: HTTPClient, base: String) {
    self.init(http, base: base, Memory())
  }

  private init(_ http: HTTPClient, base: String, _ memory: Memory) {
    self.http = http
    self.base = base
    self.memory = memory
  }

  /// The same browser, cookies included, at another instance.
  package func at(_ base: String) -> Browser { Browser(http, base: base, memory) }

  package var cookies: [String: String] { memory.cookies.withLock { $0 } }

  package func setCookie(_ name: String, _ value: String?) { memory.cookies.withLock { $0[name] = value } }

  /// What came back for something that was asked.
  package struct Received: Sendable {
    /// Method and target.
    package let asked: String
    /// One a line.
    package let fields: [String]
    package let body: String
  }

  /// All that it was ever sent by the service.
  package var received: [Received] { memory.received.withLock { $0 } }

  // MARK: Requests

  package func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
    try await send("GET", path, headers)
  }

  package func post(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
    try await send("POST", path, headers)
  }

  package func delete(_ path: String) async throws -> Answer { try await send("DELETE", path) }

  /// - Parameter target: a path of this instance, or an absolute address, which gets no cookie.
  package func send(
    _ method: String, _ target: String, _ headers: [String: String] = [:], body: [UInt8]? = nil
  ) async throws -> Answer {
    let isOurs = target.hasPrefix("/")
    var fields = headers.map { (name: $0.key, value: $0.value) }
    let cookies = memory.cookies.withLock { $0 }
    if isOurs, !cookies.isEmpty {
      let value = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
      fields.append((name: "Cookie", value: value))
    }
    let request = HTTPClientRequest(
      method: method, url: isOurs ? base + target : target, headers: fields, body: body)
    let answer = Answer(response: try await http.send(request))
    if isOurs { remember(answer, to: "\(method) \(target)") }
    return answer
  }

  private func remember(_ answer: Answer, to asked: String) {
    let fields = answer.response.headers
    let received = Received(
      asked: asked, fields: fields.map { "\($0.name): \($0.value)" }, body: answer.text)
    memory.received.withLock { $0.append(received) }
    for field in fields where field.name.lowercased() == "set-cookie" {
      let parts = field.value.split(separator: ";")
      let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      let isOver = parts.contains { $0.lowercased().hasSuffix("max-age=0") }
      setCookie(pair[0], isOver ? nil : pair[1])
    }
  }
}

// MARK: Signing in

extension Browser {
  /// Begins a sign-in and agrees on Spotify's page.
  ///
  /// - Parameter user: who agrees, at the simulator.
  /// - Returns: the path, with its query, that Spotify sends the browser back to.
  package func agree(as user: String, beginningAt path: String = "/spotify/auth/") async throws -> String {
    let page = try await authorizePage(beginningAt: path)
    let agreed = try await send("GET", page + "&simulate_user=" + Browser.escape(user))
    guard agreed.status == 302, let callback = agreed.header("location") else {
      throw Failure(description: "Spotify's page answered \(agreed.status): \(agreed.text)")
    }
    return Browser.path(of: callback)
  }

  /// Where the service sends a browser that begins.
  package func authorizePage(beginningAt path: String = "/spotify/auth/") async throws -> String {
    let begun = try await get(path)
    guard begun.status == 302, let page = begun.header("location") else {
      throw Failure(description: "\(path) answered \(begun.status): \(begun.text)")
    }
    return page
  }

  /// The whole way: there, agreed, and back.
  @discardableResult
  package func signIn(as user: String) async throws -> Answer {
    let answer = try await get(try await agree(as: user))
    guard answer.status == 302 else {
      throw Failure(description: "the callback answered \(answer.status): \(answer.text)")
    }
    return answer
  }

  /// An address without scheme and host.
  package static func path(of address: String) -> String {
    guard let scheme = address.firstRange(of: "://"),
      let slash = address[scheme.upperBound...].firstIndex(of: "/")
    else { return "/" }
    return String(address[slash...])
  }

  /// The value of a parameter of an address, as it stands there.
  package static func parameter(_ name: String, of address: String) -> String? {
    guard let question = address.firstIndex(of: "?") else { return nil }
    return address[address.index(after: question)...].split(separator: "&")
      .first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
  }

  package static func escape(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}

// MARK: Runs

extension Browser {
  /// Looks at a run until it ends, for at most `patience`.
  package func run(
    _ id: String, on reactor: Reactor, within patience: Duration = .seconds(40),
    until isThere: @Sendable (JSONValue) -> Bool = {
      ["succeeded", "failed", "cancelled"].contains($0["status"].string)
    }
  ) async throws -> JSONValue {
    let end = ContinuousClock.now + patience
    while true {
      let answer = try await get("/spotify/sync/\(id)/")
      guard answer.status == 200 else {
        throw Failure(description: "the run answered \(answer.status): \(answer.text)")
      }
      if isThere(answer.json) { return answer.json }
      guard ContinuousClock.now < end else { throw Failure(description: "the run is still \(answer.json)") }
      try await reactor.sleep(for: .milliseconds(20))
    }
  }
}
