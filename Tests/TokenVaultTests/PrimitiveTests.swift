import Secrets
import Testing
import TokenVault

@Suite("Random tokens, digests and encodings")
struct PrimitiveTests {
  @Test("PKCE gives the challenge of RFC 7636, appendix B")
  func pkce() {
    let pkce = PKCE(verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    #expect(pkce.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    #expect(PKCE().verifier.utf8.count == 43)
    #expect(PKCE().verifier != PKCE().verifier)
  }

  @Test("SHA-256 gives the digests of FIPS 180-4")
  func digests() {
    #expect(
      hexadecimal(SHA256.hash("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      hexadecimal(SHA256.hash("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(SHA256.hash([97, 98, 99][...]) == SHA256.hash("abc"))
    #expect(SHA256.hash(Array("abc".utf8).reversed()) == SHA256.hash("cba"))
  }

  @Test("a keyed hash is BLAKE2b, of 16 bytes")
  func keyedHash() {
    let key = GuardedBytes(copying: SecretBytes(copying: Array(0..<32)))
    // As Python's hashlib has it.
    #expect(hexadecimal(KeyedHash.hash(Array("abc".utf8), key: key)) == "1a64be47e4729d951c302ee543f97cf3")
  }

  @Test("pseudonyms change once at most while keys are changed, and are others for other keys")
  func pseudonyms() throws {
    func name(_ bytes: [UInt8], _ keys: String...) throws -> String {
      Pseudonyms(ring: try KeyRing(parsing: keys.joined(separator: ","))).name(bytes)
    }
    let secrets = (0..<2).map { _ in String(KeyRing.generate().drop { $0 != ":" }) }
    for (old, new) in [("a\(secrets[0])", "b\(secrets[1])"), ("b\(secrets[0])", "a\(secrets[1])")] {
      // The steps that docs/operations.md tells.
      let steps = [
        try name([1, 2, 3], old), try name([1, 2, 3], old, new), try name([1, 2, 3], new, old),
        try name([1, 2, 3], new),
      ]
      #expect(steps[1] == steps[2])
      #expect((steps[0] == steps[1]) != (steps[2] == steps[3]))
      #expect(steps[0] != steps[3])
      #expect(try name([1, 2, 4], old) != steps[0])
      #expect(try name([], old).utf8.count == 32)
    }
  }

  @Test("Base64 of a secret is what Base64 is, at every length")
  func secretBase64() {
    // RFC 4648, section 10.
    let vectors = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE="]
    for (plain, encoded) in vectors {
      let secret = Base64.encodeSecret(SecretBytes(copying: plain.utf8))
      #expect(secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == encoded)
    }
  }

  @Test("Base64 for URLs goes there and back, and is strict")
  func base64url() {
    #expect(Base64URL.encode([0xfb, 0xff, 0xfe]) == "-__-")
    #expect(Base64URL.encode([]) == "")
    for count in 0..<70 {
      let bytes = count == 0 ? [] : RandomBytes.make(count)
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
    for text in ["+//+", "-_8=", "A", "-_9", " -__-", "-__-\n", "-__-\0", "é", "éé"] {
      #expect(Base64URL.decode(text) == nil, "\(text)")
    }
    let isDecoded = Base64.decode("éé") != nil
    #expect(!isDecoded)
  }

  @Test("random tokens are 43 characters for URLs, each another one")
  func randomTokens() {
    let tokens = Set((0..<10_000).map { _ in RandomToken.make() })
    #expect(tokens.count == 10_000)
    #expect(tokens.allSatisfy { $0.utf8.count == 43 && Base64URL.decode($0)?.count == 32 })
    #expect(RandomToken.make(bytes: 16).utf8.count == 22)
  }

  @Test("comparisons tell equal from unequal")
  func comparisons() {
    #expect(ConstantTime.areEqual([], []))
    #expect(ConstantTime.areEqual("same", "same"))
    #expect(!ConstantTime.areEqual("same", "samd"))
    #expect(!ConstantTime.areEqual("same", "sam"))
    #expect(!ConstantTime.areEqual([0], []))
  }

  @Test("secret bytes are wiped by hand, and zeros before they are filled")
  func secretBytes() {
    let empty = SecretBytes(count: 64) { _ in }
    #expect(empty.withUnsafeBytes { $0.allSatisfy { $0 == 0 } })
    var bytes: [UInt8] = [1, 2, 3]
    bytes.withUnsafeMutableBytes { SecretBytes.wipe($0) }
    #expect(bytes == [0, 0, 0])
    let original = SecretBytes(copying: [1, 2, 3])
    let isEqual = ConstantTime.areEqual(original.copy(), original)
    #expect(isEqual)
    let isDifferent = !ConstantTime.areEqual(original, empty)
    #expect(isDifferent)
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
