import PostgreSQL
import TestSupport
import Testing

@Suite("What is above the policies, or beside them")
struct IsolationInventoryTests {
  @Test("every table without a user is known, and none has a column that could name one")
  func tables() async throws {
    try await withServiceDatabase { db async throws in
      #expect(
        try await IsolationInventory.tablesWithoutUser(db.owner)
          == IsolationInventory.sharedTables.keys.sorted())
      #expect(try await IsolationInventory.columnsOfUsers(db.owner) == [])
    }
  }

  @Test("every function that acts as the owner is known, is the service's alone, and gives ids and counts")
  func functions() async throws {
    try await withServiceDatabase { db async throws in
      #expect(
        try await IsolationInventory.functionsOfTheOwner(db.owner)
          == IsolationInventory.ownersFunctions.keys.sorted())
      #expect(
        try await IsolationInventory.callersOfTheOwnersFunctions(db.owner) == ["cratekeeper_service"])
      #expect(try await IsolationInventory.talkativeFunctions(db.owner) == [])
    }
  }

  @Test("a new table or function is not passed over")
  func canFail() async throws {
    try await withServiceDatabase(isAltered: true) { db async throws in
      _ = try await db.owner.query(
        SQL(
          trustedScript: """
            CREATE TABLE guest_book (entry_id bigint PRIMARY KEY, written_by_user text);
            CREATE TABLE beside (session bigint REFERENCES user_account);
            CREATE FUNCTION tell_all() RETURNS SETOF saved_track LANGUAGE sql SECURITY DEFINER
              SET search_path = cratekeeper, pg_temp AS 'SELECT * FROM saved_track';
            GRANT EXECUTE ON FUNCTION tell_all TO pg_monitor;
            """))
      let tables = Set(try await IsolationInventory.tablesWithoutUser(db.owner))
      #expect(tables.subtracting(IsolationInventory.sharedTables.keys) == ["beside", "guest_book"])
      #expect(
        try await IsolationInventory.columnsOfUsers(db.owner) == [
          "beside.session", "guest_book.written_by_user",
        ])
      let functions = Set(try await IsolationInventory.functionsOfTheOwner(db.owner))
      #expect(
        functions.subtracting(IsolationInventory.ownersFunctions.keys) == ["tell_all() SETOF saved_track"])
      #expect(
        try await IsolationInventory.callersOfTheOwnersFunctions(db.owner) == [
          "cratekeeper_service", "pg_monitor",
        ])
      #expect(try await IsolationInventory.talkativeFunctions(db.owner) == ["tell_all: saved_track"])
    }
  }
}
