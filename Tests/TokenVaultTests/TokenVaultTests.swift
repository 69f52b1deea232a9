import Secrets
import Testing

@testable import TokenVault

@Suite("A token vault")
struct TokenVaultTests {
  private let vault: TokenVault
  private let secret = "BQDf0o-a token as long as they are, about two hundred bytes"

  init() throws { vault = TokenVault(ring: try KeyRing(parsing: "a:\(key(1)),b:\(key(2))")) }

  @Test("opens what it sealed, whatever its length and its user", arguments: [0, 1, 200, 4_096])
  func roundTrip(count: Int) throws {
    let bytes = RandomBytes.make(count + 1).dropLast()
    for user in [Int64.min, -1, 0, 1, 42, Int64.max] {
      for purpose in TokenPurpose.allCases {
        let sealed = vault.seal(SecretBytes(copying: bytes), for: user, purpose: purpose, version: user)
        let opened = try vault.open(sealed, for: user, purpose: purpose, version: user)
        #expect(opened.withUnsafeBytes { $0.elementsEqual(bytes) })
      }
    }
  }

  @Test("opens it again after it was stored as bytes")
  func stored() throws {
    let sealed = SealedToken(bytes: seal().bytes)
    #expect(sealed.keyID == "a")
    #expect(opens(sealed) == nil)
  }

  @Test("refuses a token with any single bit flipped")
  func flips() {
    let sealed = seal()
    for index in sealed.bytes.indices {
      for bit in 0..<8 {
        var bytes = sealed.bytes
        bytes[index] ^= 1 << bit
        #expect(opens(SealedToken(bytes: bytes)) != nil, "byte \(index), bit \(bit)")
      }
    }
  }

  @Test("refuses a token cut at any place, or with something behind it")
  func cuts() {
    let sealed = seal()
    for count in sealed.bytes.indices {
      #expect(opens(SealedToken(bytes: Array(sealed.bytes.prefix(count)))) != nil, "\(count) bytes")
      #expect(opens(SealedToken(bytes: Array(sealed.bytes.dropFirst(count + 1)))) != nil)
    }
    #expect(opens(SealedToken(bytes: sealed.bytes + [0])) == .notAuthentic)
  }

  @Test("says why it refuses")
  func codes() {
    let sealed = seal()
    #expect(opens(sealed) == nil)
    #expect(opens(sealed, user: 8) == .notAuthentic)
    #expect(opens(sealed, purpose: .refreshToken) == .notAuthentic)
    #expect(opens(sealed, version: 4) == .otherVersion)
    #expect(opens(SealedToken(bytes: [])) == .malformed)
    #expect(opens(SealedToken(bytes: [1])) == .malformed)
    #expect(opens(SealedToken(bytes: [1, 0])) == .malformed)
    #expect(opens(SealedToken(bytes: [1, 2, 97])) == .malformed)
    #expect(opens(SealedToken(bytes: [1, 1, 0x3a])) == .malformed)
    #expect(opens(SealedToken(bytes: [1, 1, 97])) == .notAuthentic)
    #expect(opens(SealedToken(bytes: [1, 1, 99])) == .unknownKey)
    #expect(opens(SealedToken(bytes: [2] + sealed.bytes.dropFirst())) == .unknownFormat)
  }

  @Test("refuses a token whose key id was changed to another key of the ring")
  func otherKeyID() {
    var bytes = seal().bytes
    #expect(bytes[2] == UInt8(ascii: "a"))
    bytes[2] = UInt8(ascii: "b")
    #expect(opens(SealedToken(bytes: bytes)) == .notAuthentic)
  }

  @Test("refuses a token of another house with a key of the same id")
  func otherHouse() throws {
    let other = TokenVault(ring: try KeyRing(parsing: "a:\(key(9))"))
    let sealed = other.seal(SecretBytes(copying: secret.utf8), for: 7, purpose: .accessToken, version: 3)
    #expect(opens(sealed) == .notAuthentic)
  }

  @Test("checks the label inside the box as well, should the keys ever agree")
  func label() throws {
    let ring = try KeyRing(parsing: "a:\(key(1))")
    func sealed(_ label: TokenLabel, format: UInt8 = 1, count: Int = TokenLabel.count) -> SealedToken {
      let content = SecretBytes(count: count) { content in
        guard count >= TokenLabel.count else { return }
        label.write(to: content)
        content[0] = format
      }
      return TokenVault.seal(content, with: TokenVault.derive(ring.sealing, 7, .accessToken), named: "a")
    }
    #expect(opens(sealed(.init(purpose: .accessToken, user: 7, version: 3))) == nil)
    #expect(opens(sealed(.init(purpose: .refreshToken, user: 7, version: 3))) == .otherPurpose)
    #expect(opens(sealed(.init(purpose: .accessToken, user: 8, version: 3))) == .otherUser)
    #expect(opens(sealed(.init(purpose: .accessToken, user: 7, version: 2))) == .otherVersion)
    #expect(opens(sealed(.init(purpose: .accessToken, user: 7, version: 3), format: 2)) == .unknownFormat)
    #expect(opens(sealed(.init(purpose: .accessToken, user: 7, version: 3), count: 17)) == .malformed)
  }

  @Test("opens old tokens while keys rotate, seals with the new key, and forgets with the ring")
  func rotation() throws {
    let old = "old:\(key(3))"
    let new = "new:\(key(4))"
    let sealed = TokenVault(ring: try KeyRing(parsing: old))
      .seal(SecretBytes(copying: secret.utf8), for: 7, purpose: .refreshToken, version: 1)
    let rotating = TokenVault(ring: try KeyRing(parsing: "\(new),\(old)"))
    let opened = try rotating.open(sealed, for: 7, purpose: .refreshToken, version: 1)
    let again = rotating.seal(opened, for: 7, purpose: .refreshToken, version: 1)
    #expect(sealed.keyID == "old")
    #expect(again.keyID == "new")
    let rotated = TokenVault(ring: try KeyRing(parsing: new))
    let last = try rotated.open(again, for: 7, purpose: .refreshToken, version: 1)
    #expect(last.withUnsafeBytes { $0.elementsEqual(secret.utf8) })
    #expect(throws: VaultError(code: .unknownKey)) {
      _ = try rotated.open(sealed, for: 7, purpose: .refreshToken, version: 1)
    }
  }

  @Test("never uses a nonce twice in 100,000 tokens")
  func nonces() {
    let secret = SecretBytes(copying: [1])
    var nonces = Set<[UInt8]>()
    for _ in 0..<100_000 {
      let bytes = vault.seal(secret, for: 7, purpose: .accessToken, version: 3).bytes
      nonces.insert(Array(bytes[3..<27]))
    }
    #expect(nonces.count == 100_000)
  }

  @Test("shows neither the token nor its bytes when it is printed")
  func silent() {
    let sealed = seal()
    #expect("\(sealed)" == "SealedToken(key: a, \(sealed.bytes.count) bytes)")
    #expect("\(SealedToken(bytes: [9]))" == "SealedToken(key: none, 1 bytes)")
    let found = sealed.bytes.indices.contains { sealed.bytes[$0...].starts(with: secret.utf8.prefix(6)) }
    #expect(!found)
  }

  @Test("serves many threads at once")
  func threads() async {
    await withTaskGroup(of: Bool.self) { group in
      for user in 0..<Int64(64) {
        group.addTask { [vault, secret] in
          (0..<Int64(50)).allSatisfy { version in
            let token = SecretBytes(copying: secret.utf8)
            let sealed = vault.seal(token, for: user, purpose: .accessToken, version: version)
            do {
              let opened = try vault.open(sealed, for: user, purpose: .accessToken, version: version)
              return ConstantTime.areEqual(opened, token)
            } catch { return false }
          }
        }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }

  private func seal() -> SealedToken {
    vault.seal(SecretBytes(copying: secret.utf8), for: 7, purpose: .accessToken, version: 3)
  }

  /// Why it doesn't open, or nil when it does.
  private func opens(
    _ sealed: SealedToken, user: Int64 = 7, purpose: TokenPurpose = .accessToken, version: Int64 = 3
  ) -> VaultError.Code? {
    do throws(VaultError) {
      _ = try vault.open(sealed, for: user, purpose: purpose, version: version)
      return nil
    } catch { return error.code }
  }
}
