import Foundation
import HTTPClient
import Reactor
import SpotifySimulator
import TestSupport

/// Runs a body with a fresh simulator and a client, on one reactor.
func withSimulator(
  _ configuration: SimulatorConfiguration = .with { _ in },
  _ body: @escaping @Sendable (Simulator, TestClient) async throws -> Void
) async throws {
  try await onReactor { reactor in
    let simulator = try await Simulator.start(on: reactor, configuration: configuration)
    let http = try HTTPClient(reactor: reactor, configuration: .init(userAgent: "simulator tests"))
    let result: Result<Void, any Error>
    do { result = .success(try await body(simulator, TestClient(http: http, simulator: simulator))) } catch {
      result = .failure(error)
    }
    http.close()
    await simulator.stop()
    try result.get()
  }
}

extension SimulatorConfiguration {
  /// One user, Mira, with 175 tracks, and what `change` makes of that.
  static func with(_ change: (inout SimulatorConfiguration) -> Void) -> SimulatorConfiguration {
    var configuration = SimulatorConfiguration()
    configuration.users = [.init(id: "mira", name: "Mira", tracks: 175, seed: 11)]
    change(&configuration)
    return configuration
  }
}

/// Asks the simulator as an app and a browser do.
struct TestClient: Sendable {
  let http: HTTPClient
  let simulator: Simulator

  static let redirectURI = "http://127.0.0.1:8080/spotify/callback/"
  static let basic = "Basic " + Data("cratekeeper-demo:cratekeeper-demo-secret".utf8).base64EncodedString()

  func send(
    _ method: String = "GET", _ target: String, headers: [(String, String)] = [], body: String? = nil
  ) async throws -> Answer {
    let response = try await http.send(
      HTTPClientRequest(
        method: method, url: target.hasPrefix("http") ? target : simulator.baseURL + target,
        headers: headers.map { (name: $0.0, value: $0.1) }, body: body.map { Array($0.utf8) }))
    return Answer(response: response)
  }

  func api(_ target: String, _ token: String) async throws -> Answer {
    try await send("GET", target, headers: [("Authorization", "Bearer \(token)")])
  }

  func control(_ method: String, _ path: String, _ body: String? = nil) async throws -> Answer {
    try await send(method, "/_simulator/\(path)", body: body)
  }

  // MARK: OAuth

  static func authorizeTarget(_ changes: [String: String?] = [:]) -> String {
    var fields: [String: String] = [
      "client_id": "cratekeeper-demo", "response_type": "code", "redirect_uri": redirectURI,
      "scope": "user-library-read", "state": "s t&te",
    ]
    for (name, value) in changes { fields[name] = value }
    return "/authorize?" + form(fields)
  }

  func code(_ user: String = "mira", _ changes: [String: String?] = [:]) async throws -> String {
    let target = TestClient.authorizeTarget(changes.merging(["simulate_user": user]) { $1 })
    let answer = try await send("GET", target)
    return try answer.redirectFields()["code"].unwrap("no code: \(answer.status) \(answer.text)")
  }

  func tokenRequest(_ fields: [String: String], authorization: String? = basic) async throws -> Answer {
    let headers = [("Content-Type", "application/x-www-form-urlencoded")]
    return try await send(
      "POST", "/api/token", headers: headers + (authorization.map { [("Authorization", $0)] } ?? []),
      body: TestClient.form(fields))
  }

  func trade(_ code: String, _ changes: [String: String] = [:]) async throws -> Answer {
    try await tokenRequest(
      ["grant_type": "authorization_code", "code": code, "redirect_uri": TestClient.redirectURI]
        .merging(changes) { $1 })
  }

  func refresh(_ token: String) async throws -> Answer {
    try await tokenRequest(["grant_type": "refresh_token", "refresh_token": token])
  }

  /// A user's access token.
  func token(_ user: String = "mira", scope: String = "user-library-read") async throws -> String {
    let answer = try await trade(try await code(user, ["scope": scope]))
    return try answer.json["access_token"].string.unwrap("no token: \(answer.text)")
  }

  func appToken() async throws -> String {
    let answer = try await tokenRequest(["grant_type": "client_credentials"])
    return try answer.json["access_token"].string.unwrap("no token: \(answer.text)")
  }

  static func form(_ fields: [String: String]) -> String {
    let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
    return fields.sorted { $0.key < $1.key }.map { name, value in
      "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")"
    }.joined(separator: "&")
  }
}

struct Answer {
  let response: HTTPClientResponse

  var status: Int { response.status }
  var text: String { String(decoding: response.body, as: UTF8.self) }
  var json: JSON {
    JSON(try? JSONSerialization.jsonObject(with: Data(response.body), options: .fragmentsAllowed))
  }
  var message: String? { json["error"]["message"].string }

  func redirectFields() throws -> [String: String] {
    let location = try response.header("location").unwrap("no location: \(status)")
    let items = URLComponents(string: location)?.queryItems ?? []
    return Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }
  }
}

/// Any JSON, to look into.
struct JSON {
  let value: Any?

  init(_ value: Any?) { self.value = value }

  subscript(name: String) -> JSON { JSON((value as? [String: Any])?[name]) }
  subscript(index: Int) -> JSON {
    let list = array
    return list.indices.contains(index) ? list[index] : JSON(nil)
  }

  var string: String? { value as? String }
  var int: Int? { value as? Int }
  var bool: Bool? { value as? Bool }
  var array: [JSON] { (value as? [Any])?.map(JSON.init) ?? [] }
  var keys: Set<String> { Set((value as? [String: Any])?.keys.map { $0 } ?? []) }
  var isNull: Bool { value is NSNull }
}

struct Missing: Error, CustomStringConvertible {
  let description: String
}

extension Optional {
  func unwrap(_ message: String) throws -> Wrapped {
    guard let self else { throw Missing(description: message) }
    return self
  }
}
