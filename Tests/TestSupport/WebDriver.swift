import Foundation
import HTTPClient
import Reactor

/// A real browser, headless, driven as the W3C's WebDriver says. Used on its HTTP client's reactor.
///
/// Nothing in it waits blindly: ``until(_:within:_:)`` looks again and again, within a bound.
package final class WebDriver: Sendable {
  package struct Failure: Error, CustomStringConvertible { package let description: String }

  private let driver: ChildProcess
  private let http: HTTPClient
  private let reactor: Reactor
  private let base: String
  private let session: String
  private let directory: String

  /// Starts chromedriver and, through it, a Chromium with a profile of its own that reaches this machine alone.
  ///
  /// - Throws: ``Failure`` that says what to install, when there is no chromedriver or no Chromium.
  package static func start(_ http: HTTPClient, on reactor: Reactor) async throws -> WebDriver {
    for program in ["chromedriver", "chromium"] where !isInstalled(program) {
      throw Failure(
        description: "\(program) is missing: `scripts/packages test` installs chromium and chromium-driver")
    }
    let directory = NSTemporaryDirectory() + "cratekeeper-browser-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    var environment = ProcessInfo.processInfo.environment.filter {
      ["PATH", "CRATEKEEPER_SERVICES"].contains($0.key)
    }
    environment["HOME"] = directory
    environment["TMPDIR"] = directory
    do {
      let driver = try await startDriver(environment)
      do {
        return try await begin(driver, http, reactor, directory)
      } catch {
        await driver.terminate()
        throw error
      }
    } catch {
      remove(directory)
      throw error
    }
  }

  private static let startedSign = "started successfully on port "

  /// It takes a free port of IPv4 and wants the same of IPv6, which somebody else may have: then it ends, and
  /// another is taken.
  private static func startDriver(_ environment: [String: String]) async throws -> ChildProcess {
    var attempts = 5
    while true {
      let driver = try ChildProcess.start(["chromedriver", "--port=0"], environment: environment)
      do {
        try await driver.wait(for: startedSign, within: .seconds(60))
        return driver
      } catch {
        await driver.terminate()
        attempts -= 1
        let isInUse = (driver.output + driver.errors).contains("Address already in use")
        guard isInUse, attempts > 0 else { throw error }
      }
    }
  }

  private static func begin(
    _ driver: ChildProcess, _ http: HTTPClient, _ reactor: Reactor, _ directory: String
  ) async throws -> WebDriver {
    guard let place = driver.output.firstRange(of: startedSign),
      let port = UInt16(driver.output[place.upperBound...].prefix(while: \.isNumber))
    else { throw Failure(description: "chromedriver doesn't say its port: \(driver.output)") }
    let base = "http://127.0.0.1:\(port)"
    let wishes = capabilities(profile: directory + "/profile")
    let answer = try await ask(http, "POST", base + "/session", wishes, patience: .seconds(120))
    guard let session = answer["sessionId"].string else {
      throw Failure(description: "no session: \(answer)")
    }
    return WebDriver(driver, http, reactor, base: base, session: session, directory: directory)
  }

  private init(
    _ driver: ChildProcess, _ http: HTTPClient, _ reactor: Reactor, base: String, session: String,
    directory: String
  ) {
    self.driver = driver
    self.http = http
    self.reactor = reactor
    self.base = base
    self.session = session
    self.directory = directory
  }

  /// Ends the browser and its driver, and takes away what they wrote.
  package func end() async {
    do { _ = try await ask("DELETE", "", nil) } catch { print("the browser didn't end by itself: \(error)") }
    await driver.terminate()
    WebDriver.remove(directory)
  }

  // MARK: Pages

  package func open(_ address: String) async throws {
    _ = try await ask("POST", "/url", ["url": address], patience: .seconds(60))
  }

  package var address: String {
    get async throws { try await ask("GET", "/url", nil).string ?? "" }
  }

  /// What the person sees of the first element that fits; nil without one, or when the page changes meanwhile.
  package func text(_ selector: String) async throws -> String? {
    try await run("return document.querySelector(arguments[0])?.innerText ?? null", [selector]).string
  }

  /// What a script returns.
  package func run(_ script: String, _ arguments: [String] = []) async throws -> JSONValue {
    try await ask("POST", "/execute/sync", ["script": script, "args": arguments])
  }

  /// Clicks on the first element that fits, as a person would: what can't be seen can't be clicked.
  package func click(_ selector: String) async throws {
    _ = try await ask("POST", "/element/\(try await element(selector))/click", [:], patience: .seconds(60))
  }

  /// Types into the first element that fits.
  package func type(_ text: String, into selector: String) async throws {
    _ = try await ask("POST", "/element/\(try await element(selector))/value", ["text": text])
  }

  private func element(_ selector: String) async throws -> String {
    let found = try await ask("POST", "/element", ["using": "css selector", "value": selector])
    guard case .object(let reference) = found, let element = reference.values.first?.string else {
      throw Failure(description: "nothing is \(selector)")
    }
    return element
  }

  /// Looks until `condition` holds. A look that meets a page on its way to another is simply repeated.
  package func until(
    _ what: String, within patience: Duration = .seconds(60), _ condition: () async throws -> Bool
  ) async throws {
    let end = ContinuousClock.now + patience
    var trouble = ""
    while true {
      do {
        if try await condition() { return }
        trouble = ""
      } catch let failure as Failure {
        trouble = failure.description
      }
      guard ContinuousClock.now < end else {
        let page = try await run("return document.body?.innerText ?? null").string ?? ""
        throw Failure(description: "\(what): not in time, at \(try await address): \(trouble)\n\(page)")
      }
      try await reactor.sleep(for: .milliseconds(50))
    }
  }

  // MARK: What it noticed

  /// Every address that it has asked for over the network so far, those of earlier calls left out.
  package func requestedAddresses() async throws -> [String] {
    let entries = try await log("performance").compactMap(\.["message"].string)
    let addresses: [String] = entries.compactMap { entry in
      let message = JSONValue(Array(entry.utf8))["message"]
      switch message["method"].string {
      case "Network.requestWillBeSent": return message["params"]["request"]["url"].string
      case "Network.webSocketCreated": return message["params"]["url"].string
      default: return nil
      }
    }
    // Its own start page and pictures inside of a page (`chrome:`, `data:`) come from nowhere.
    return addresses.filter { address in
      ["http:", "https:", "ws:", "wss:"].contains { address.hasPrefix($0) }
    }
  }

  /// What it complained about so far, those of earlier calls left out.
  package func complaints() async throws -> [String] {
    try await log("browser").compactMap { entry in
      ["SEVERE", "WARNING"].contains(entry["level"].string) ? entry["message"].string : nil
    }
  }

  private func log(_ type: String) async throws -> [JSONValue] {
    try await ask("POST", "/se/log", ["type": type]).array
  }

  // MARK: Asking

  private func ask(
    _ method: String, _ path: String, _ body: [String: Any]?, patience: Duration = .seconds(30)
  ) async throws -> JSONValue {
    try await WebDriver.ask(http, method, "\(base)/session/\(session)\(path)", body, patience: patience)
  }

  private static func ask(
    _ http: HTTPClient, _ method: String, _ address: String, _ body: [String: Any]?, patience: Duration
  ) async throws -> JSONValue {
    let request = HTTPClientRequest(
      method: method, url: address, headers: [(name: "Content-Type", value: "application/json")],
      body: try body.map { Array(try JSONSerialization.data(withJSONObject: $0)) }, deadline: patience,
      maximumBodyBytes: 64 << 20)
    let response = try await http.send(request)
    let value = JSONValue(response.body)["value"]
    guard response.status == 200 else {
      throw Failure(
        description: "\(method) \(address): \(value["error"]) \(value["message"].string?.prefix(300) ?? "")")
    }
    return value
  }

  private static func capabilities(profile: String) -> [String: Any] {
    let arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--disable-default-apps", "--no-first-run", "--no-default-browser-check", "--window-size=1000,1400",
      "--user-data-dir=\(profile)",
      // Whatever a browser wants to tell the world, it finds nobody.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    let options: [String: Any] = ["binary": "/usr/bin/chromium", "args": arguments]
    let wishes: [String: Any] = [
      "browserName": "chrome", "goog:chromeOptions": options,
      "goog:loggingPrefs": ["browser": "ALL", "performance": "ALL"],
    ]
    return ["capabilities": ["alwaysMatch": wishes]]
  }

  private static func isInstalled(_ program: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/\(program)")
  }

  private static func remove(_ directory: String) {
    do { try FileManager.default.removeItem(atPath: directory) } catch {
      print("the browser's files stay: \(error)")
    }
  }
}
