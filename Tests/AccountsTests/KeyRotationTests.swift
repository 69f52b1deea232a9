import Accounts
import Domain
import PostgreSQL
import SpotifySimulator
import Storage
import TestSupport
import Testing
import TokenVault

@Suite("Keys")
struct KeyRotationTests {
  @Test("are changed under a connection, which is as good as before, and its version the same")
  func rotated() async throws {
    try await withWorld { world in
      let old = try world.instance()
      let user = try await world.connect(old).user
      let (new, both) = try world.nextKeys()
      let outcome = try await world.rotate(both)()
      #expect(outcome.isComplete && outcome.resealed == 1 && outcome.unopened == [])
      #expect(outcome.inventory.unneeded == [KeyRotationTests.id(of: world.keys)])
      #expect(try await world.grant(of: user)?.tokenVersion == 1)
      let instance = try world.instance(keys: new)
      #expect(try await instance.whoIs(user) == "ada.quill")
      world.letTokenEnd()
      #expect(try await instance.whoIs(user) == "ada.quill")
      #expect(world.refreshes() == 1)
      // There is nothing left to do.
      let again = try await world.rotate(both)()
      #expect(again.isComplete && again.resealed == 0)
      let verified = try await world.verify(new)()
      #expect(verified.grants == 1 && verified.unopened == [])
      #expect(verified.opened == [KeyRotationTests.id(of: new): 2])
    }
  }

  @Test("are changed while a refresh is under way: it is stored all the same, and the next one, too")
  func underWay() async throws {
    try await withWorld { world in
      world.simulator.setRefreshAnswer(.new)
      let old = try world.instance()
      let user = try await world.connect(old).user
      let (_, both) = try world.nextKeys()
      for instance in [old, try world.instance(keys: both)] {
        world.letTokenEnd()
        let version = try await world.grant(of: user)?.tokenVersion
        world.simulator.hold(.token)
        async let name = instance.whoIs(user)
        try await world.simulator.waitUntilHeld(.token)
        let outcome = try await world.rotate(both)()
        #expect(outcome.inventory.tokensToReseal == 0 && outcome.returned == 0)
        #expect(try await world.grant(of: user)?.tokenVersion == version)
        world.simulator.release(.token)
        let asked = try await name
        #expect(asked == "ada.quill")
        #expect(try await world.grant(of: user)?.tokenVersion == version.map { $0 + 1 })
      }
      #expect(world.refreshes() == 2)
      #expect(try await world.verify(both)().unopened == [])
    }
  }

  @Test("that an instance lacks fail its work alone: the connection stays, and others go on with it at once")
  func lacking() async throws {
    try await withWorld { world in
      let behind = try world.instance()
      let user = try await world.connect(behind).user
      let (new, both) = try world.nextKeys()
      _ = try await world.rotate(both)()
      for isOver in [false, true] {
        if isOver { world.letTokenEnd() }
        let before = try await world.writer()
        #expect(await accountCode { try await behind.whoIs(user) } == .keyMissing)
        // Not even a lease was written.
        #expect(try await world.writer() == before)
        #expect(world.refreshes() == 0)
      }
      let grant = try #require(try await world.grant(of: user))
      #expect(grant.status == .healthy && grant.suspectSince == nil && grant.tokenVersion == 1)
      #expect(try await world.instance(keys: new).whoIs(user) == "ada.quill")
      #expect(world.refreshes() == 1)
    }
  }

  @Test("don't touch what doesn't open: it is told by its user, and the rest is done")
  func unopened() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let ada = try await world.connect(instance).user
      let bert = try await world.connect(instance, as: "bertrand").user
      let (_, both) = try world.nextKeys()
      // The last byte of the box.
      _ = try await world.db.owner.query(
        """
        UPDATE spotify_grant
        SET refresh_token = set_byte(refresh_token, octet_length(refresh_token) - 1,
          get_byte(refresh_token, octet_length(refresh_token) - 1) # 1)
        WHERE user_id = \(ada.rawValue)
        """)
      let damaged = try await world.sealedGrants.load([ada])
      let outcome = try await world.rotate(both)()
      #expect(!outcome.isComplete && outcome.resealed == 1 && outcome.returned == 0)
      #expect(outcome.unopened.map(\.user) == [ada] && outcome.unopened[0].purpose == .refreshToken)
      #expect(outcome.unopened[0].reason == .notAuthentic)
      #expect(try await world.sealedGrants.load([ada]) == damaged)
      #expect(try await world.sealedGrants.users(notUnder: KeyRotationTests.id(of: both)) == [ada])
      let verified = try await world.verify(both)()
      #expect(verified.unopened == outcome.unopened && verified.opened.values.reduce(0, +) == 3)
      #expect(try await world.sealedGrants.load([ada, bert]).count == 2)
      // Without the old key it is as if all of it was damaged, and nothing is written.
      let lost = try await world.verify(KeyRing.generate())()
      #expect(lost.unopened.count == 4 && Set(lost.unopened.map(\.reason)) == [.unknownKey])
      #expect(lost.inventory.missing.count == 2)
    }
  }

  @Test("are listed as the ring and the tokens name them")
  func inventory() {
    let inventory = KeyInventory(
      ring: ["k3", "k2", "k1"],
      uses: [use("k0", 4), use("k2", 2), use("k3", 1), use(nil, 3)])
    #expect(inventory.entries.map(\.id) == ["k3", "k2", "k1", "k0"])
    #expect(inventory.entries.map(\.role) == [.seals, .opens, .opens, .missing])
    #expect(inventory.entries.map(\.tokens) == [1, 2, 0, 4])
    #expect(inventory.tokens == 10 && inventory.tokensToReseal == 9 && inventory.damagedTokens == 3)
    #expect(inventory.missing == ["k0"] && inventory.unneeded == ["k1"])
    #expect(inventory.used == ["k3", "k2", "k0"] && inventory.sealing == "k3")
  }

  private func use(_ key: String?, _ tokens: Int) -> SealedGrants.KeyUse {
    SealedGrants.KeyUse(keyID: key, tokens: tokens)
  }

  fileprivate static func id(of keys: String) -> String { String(keys.prefix { $0 != ":" }) }
}

extension World {
  fileprivate var sealedGrants: SealedGrants { SealedGrants(db.database) }

  /// A new key alone, and in front of the old one.
  fileprivate func nextKeys() throws -> (new: String, both: String) {
    let new = KeyRing.generate()
    return (new, "\(new),\(keys)")
  }

  /// Who wrote the only grant last.
  fileprivate func writer() async throws -> String {
    try await db.owner.query("SELECT xmin::text FROM spotify_grant")[0].decode(0)
  }

  fileprivate func rotate(_ keys: String) throws -> RotateKeys {
    RotateKeys(grants: sealedGrants, vault: TokenVault(ring: try KeyRing(parsing: keys)))
  }

  fileprivate func verify(_ keys: String) throws -> VerifyKeys {
    VerifyKeys(grants: sealedGrants, vault: TokenVault(ring: try KeyRing(parsing: keys)))
  }
}
