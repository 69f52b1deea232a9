import Glibc
import Reactor
import Secrets
import TestSupport
import Testing

@testable import HTTPClient

@Suite("Secrets in a request")
struct SecretTests {
  @Test("travel in a header and in a body")
  func sent() async throws {
    let server = ScriptedServer.answering(okay)
    try await withClient { client, _ in
      let secret = SecretBytes(copying: "hunter2".utf8)
      let form = SecretBytes(copying: "refresh_token=hunter2".utf8)
      let header = try SecretHeader(name: "Authorization", prefix: "Bearer ", secret: secret)
      let request = HTTPClientRequest(
        method: "POST", url: server.url(), headers: [("Content-Type", "application/x-www-form-urlencoded")])
      _ = try await client.send(request, secretHeader: header)
      _ = try await client.send(request, secretBody: form)
      _ = try await client.send(request, secretHeader: header, secretBody: form)
      _ = try await client.send(request)
    }
    #expect(
      server.requests.map { $0.header("Authorization") } == ["Bearer hunter2", nil, "Bearer hunter2", nil])
    #expect(
      server.requests.map { text($0.body) } == ["", "refresh_token=hunter2", "refresh_token=hunter2", ""])
    #expect(server.connections == 1)
  }

  @Test("never go where a redirect points")
  func redirect() async throws {
    let elsewhere = ScriptedServer.answering(okay)
    let server = ScriptedServer.answering(
      "HTTP/1.1 307 Temporary Redirect\r\nLocation: \(elsewhere.url())\r\nContent-Length: 0\r\n\r\n")
    try await withClient { client, _ in
      let secret = SecretBytes(copying: "hunter2".utf8)
      let header = try SecretHeader(name: "Authorization", prefix: "Bearer ", secret: secret)
      let response = try await client.send(HTTPClientRequest(url: server.url()), secretHeader: header)
      #expect(response.status == 307)
    }
    #expect(elsewhere.connections == 0)
  }

  @Test(
    "that would break out of their header are refused, and not quoted",
    arguments: ["hunter2\r\nX: y", "hunter2\n", "hunter\u{0}2", ""])
  func refused(secret: String) {
    do {
      _ = try SecretHeader(name: "Authorization", secret: SecretBytes(copying: secret.utf8))
      Issue.record("accepted")
    } catch {
      #expect(error.code == .invalidRequest)
      #expect(!"\(error)".contains("hunter"))
    }
  }

  @Test("are no part of an error's description")
  func description() async throws {
    let server = ScriptedServer { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\nX-Echo: hunter2\r\nContent-Length: 20\r\n\r\nhunter2")
    }
    try await withClient { client, _ in
      let secret = SecretBytes(copying: "hunter2".utf8)
      let header = try SecretHeader(name: "Authorization", prefix: "Bearer ", secret: secret)
      do throws(HTTPClientError) {
        _ = try await client.send(HTTPClientRequest(url: server.url("/hunter2")), secretHeader: header)
        Issue.record("answered")
      } catch {
        #expect(error.code == .bodyCut)
        #expect(!"\(error)".contains("hunter2"))
      }
    }
  }

  @Test("in an answer can be wiped, where it came to lie and not in a copy")
  func wiped() async throws {
    let secret = Secret(of: "swordfish")
    let server = ScriptedServer.answering(
      "HTTP/1.1 200 OK\r\nContent-Length: \(secret.bytes.count)\r\n\r\n\(text(secret.bytes))")
    try await withClient { client, _ in
      let memory = OwnMemory()
      var response = try await client.send(HTTPClientRequest(url: server.url(), isAnswerSecret: true))
      let place = Place(of: response.body)
      #expect(memory.holds(secret.piece, in: place))
      response.wipeBody()
      #expect(response.body.isEmpty)
      #expect(!memory.holds(secret.piece, in: place))
    }
  }

  @Test(
    "in an answer that didn't come whole are wiped, in every place that it outgrew",
    arguments: [(1, 1), (20, 3)])
  func cut(parts: Int, expected: Int) {
    let memory = OwnMemory()
    // Another one each time: what is freed here may be taken there at once.
    let secret = Secret(of: "pufferfish-\(parts)")
    var places: [UInt: Place] = [:]
    do {
      let transfer = Transfer(
        HTTPClientRequest(url: "http://localhost/", isAnswerSecret: true), headers: HeaderList([]),
        body: SecretBytes(copying: []))
      for _ in 0..<parts {
        let isTaken = secret.bytes.withUnsafeBytes { transfer.takeBody($0) }
        let place = Place(of: transfer.received.bytes)
        places[place.address] = place
        #expect(isTaken && memory.holds(secret.piece, in: place))
      }
    }
    #expect(places.count == expected)
    for place in places.values { #expect(!memory.holds(secret.piece, in: place)) }
  }
}

private struct Secret {
  let piece: String
  let bytes: [UInt8]

  init(of word: String) {
    piece = "\(word) \(word)"
    bytes = Array(String(repeating: "\(word) ", count: 300).utf8.prefix(3_000))
  }
}

/// Where an array's bytes lie, or lay.
private struct Place {
  let address: UInt
  let count: Int

  init(of bytes: [UInt8]) {
    address = bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    count = bytes.count
  }
}

/// Looks at memory of this process, whoever's it is by now, through the system: what was given back can't be touched.
private final class OwnMemory {
  private let file = open("/proc/self/mem", O_RDONLY)
  // Its own for as long as it looks: another look's copy would lie where the next look is taken.
  private let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 1)

  deinit {
    close(file)
    copy.deallocate()
  }

  /// False also when the memory has gone back to the system.
  func holds(_ text: String, in place: Place) -> Bool {
    precondition(file >= 0 && place.count <= copy.count)
    let count = pread(file, copy.baseAddress, place.count, off_t(place.address))
    return copy.prefix(max(0, count)).contains(Array(text.utf8))
  }
}
