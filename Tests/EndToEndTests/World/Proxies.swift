import FoundationEssentials
import TestSupport
import Testing

/// Ways to Postgres and Redis that can be broken.
extension World {
  func databaseProxy() throws -> FaultProxy {
    try FaultProxy(on: reactor, to: try World.port(of: database.url))
  }

  func databaseURL(through proxy: FaultProxy) throws -> String {
    database.url.replacing(":\(try World.port(of: database.url))/", with: ":\(proxy.port)/")
  }

  func redisProxy() throws -> FaultProxy {
    try FaultProxy(on: reactor, to: try World.port(of: redisURL))
  }

  func redisURL(through proxy: FaultProxy) throws -> String {
    redisURL.replacing(":\(try World.port(of: redisURL))/", with: ":\(proxy.port)/")
  }

  /// To Spotify, as a process sees it that makes tokens through it.
  func accountsProxy() throws -> FaultProxy {
    try FaultProxy(on: reactor, to: try World.port(of: simulator.baseURL))
  }

  private static func port(of url: String) throws -> UInt16 {
    try #require(URL(string: url)?.port.flatMap(UInt16.init(exactly:)))
  }
}
