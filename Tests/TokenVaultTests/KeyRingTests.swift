import Secrets
import Testing
import TokenVault

/// 32 equal bytes, in Base64.
func key(_ byte: UInt8, count: Int = 32) -> String {
  Base64.encode(SecretBytes(copying: [UInt8](repeating: byte, count: count)))
}

@Suite("A key ring")
struct KeyRingTests {
  @Test("takes several keys; the first seals")
  func several() throws {
    let ring = try KeyRing(parsing: "new-2:\(key(1)),Old_1:\(key(2))")
    #expect(ring.ids == ["new-2", "Old_1"])
    #expect(TokenVault(ring: ring).sealingKeyID == "new-2")
  }

  @Test("makes its own entries, a new one each time")
  func generated() throws {
    let entries = [KeyRing.generate(), KeyRing.generate()]
    #expect(try KeyRing(parsing: entries.joined(separator: ",")).ids.count == 2)
  }

  @Test(
    "says what is wrong, and in which entry",
    arguments: [
      ("", .empty, 1), ("a:\(key(1)),", .empty, 2), (",a:\(key(1))", .empty, 1), (key(1), .noID, 1),
      (":\(key(1))", .badID, 1), ("a b:\(key(1))", .badID, 1), ("é:\(key(1))", .badID, 1),
      ("\(String(repeating: "a", count: 33)):\(key(1))", .badID, 1), ("a:\(key(1)), b:\(key(2))", .badID, 2),
      ("\(key(1)):a", .badID, 1), ("a:", .wrongLength, 1), ("a:\(key(1, count: 31))", .wrongLength, 1),
      ("a:\(key(1, count: 33))", .wrongLength, 1), ("a:\(key(1).dropLast())", .badBase64, 1),
      ("a:\(key(1)) ", .badBase64, 1), ("a:*\(key(1).dropFirst())", .badBase64, 1),
      ("a:\(key(1)),b:\(key(1))", .repeatedKey, 2), ("a:\(key(1)),a:\(key(2))", .repeatedID, 2),
      ("a:\(key(1)),b:\(key(2)),c:\(key(3)),b:x", .repeatedID, 4),
    ] as [(String, KeyRingError.Code, Int)])
  func refused(text: String, code: KeyRingError.Code, entry: Int) {
    do {
      _ = try KeyRing(parsing: text)
      Issue.record("accepted")
    } catch {
      #expect(error.code == code)
      #expect(error.entry == entry)
    }
  }

  @Test("takes ids of 1 to 32 characters")
  func ids() throws {
    let longest = String(repeating: "a", count: 32)
    #expect(try KeyRing(parsing: "x:\(key(1)),\(longest):\(key(2))").ids == ["x", longest])
  }

  @Test("never shows a key, neither in an error nor when it is printed")
  func silent() throws {
    let secret = key(0x5a)
    let swapped = [
      "\(secret):a", secret, "a:\(secret)x", "a:\(secret.dropLast())", "a:\(secret),b:\(secret)",
    ]
    for text in swapped {
      do {
        _ = try KeyRing(parsing: text)
        Issue.record("accepted")
      } catch { #expect(!says("\(error) \(String(reflecting: error))", secret)) }
    }
    let ring = try KeyRing(parsing: "a:\(secret)")
    var dumped = ""
    dump(ring, to: &dumped)
    dump(TokenVault(ring: ring), to: &dumped)
    #expect(!says("\(ring) \(String(reflecting: ring)) \(dumped)", secret))
  }

  private func says(_ text: String, _ secret: String) -> Bool {
    text.contains(secret.prefix(8)) || text.contains("90, 90")
  }
}
