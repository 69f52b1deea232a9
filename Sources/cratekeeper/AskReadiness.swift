import HTTPClient
import HTTPServer
import Reactor

/// A process that can't work, or doesn't answer; the description says which.
struct NotReady: Error, CustomStringConvertible {
  let description: String
}

/// Asks the process that listens for operations whether it can work: for a container's health check.
enum AskReadiness {
  /// `/readyz` gives its own questions two seconds.
  private static let patience = Duration.seconds(4)

  /// Returns what `/readyz` says of a process that can work.
  ///
  /// - Throws: ``NotReady`` with what it says otherwise, or with why nobody answers.
  static func at(_ address: ListenAddress) async throws -> String {
    let url = "http://\(reachable(address))/readyz"
    let reactor = try Reactor.start(name: "ready")
    return try await reactor.run {
      let client = try HTTPClient(
        reactor: reactor, configuration: HTTPClient.Configuration(userAgent: "cratekeeper/\(Version.text)"))
      defer { client.close() }
      let answer: HTTPClientResponse
      do {
        answer = try await client.send(HTTPClientRequest(url: url, deadline: patience))
      } catch {
        throw NotReady(description: "no answer from \(url): \(error)")
      }
      let text = String(decoding: answer.body, as: UTF8.self)
      guard answer.status == 200 else { throw NotReady(description: "not ready: \(text)") }
      return text
    }
  }

  /// Host and port to connect to: who listens everywhere is asked over the loopback.
  private static func reachable(_ address: ListenAddress) -> String {
    switch address.host {
    case "0.0.0.0": "127.0.0.1:\(address.port)"
    case "::": "[::1]:\(address.port)"
    default: address.description
    }
  }
}
