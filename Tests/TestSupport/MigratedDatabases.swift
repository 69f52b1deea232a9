import PostgreSQL
import Reactor
import Storage

/// Databases with this program's schema and nothing in it. Emptied and lent again, because making one takes the
/// server far longer; they are gone with the throw-away server.
enum MigratedDatabases {
  /// So many are lent at once; whoever comes then waits.
  private static let atOnce = Semaphore(permits: 12)
  private static let free = Locked<[TestDatabase]>([])

  /// Lends one to `body`.
  ///
  /// - Parameter isAltered: `body` changes the schema, so nobody else may have the database afterwards.
  static func lend<R: Sendable>(
    isAltered: Bool, _ body: @Sendable (_ url: String) async throws -> R
  ) async throws -> R {
    try await atOnce.withPermit {
      let database = try await take()
      let outcome: Result<R, any Error>
      do { outcome = .success(try await body(database.url)) } catch { outcome = .failure(error) }
      if isAltered {
        try await database.drop()
      } else {
        try await run("SELECT public.start_over()", on: database.url)
        free.withLock { $0.append(database) }
      }
      return try outcome.get()
    }
  }

  private static func take() async throws -> TestDatabase {
    if let database = free.withLock({ $0.popLast() }) { return database }
    return try await TestDatabase.make(template: template.value)
  }

  /// What the others are copies of: migrated once by each test process.
  private static let template = Task {
    let database = try await TestDatabase.make()
    let configuration = try PostgreSQLConfiguration.patient(url: database.url)
    try await onReactor { reactor in
      let pool = PostgreSQLPool(reactor: reactor, configuration: configuration)
      let outcome: Result<Rows, any Error>
      do {
        try await Migrator(pool: pool).migrate()
        outcome = .success(try await pool.query(helpers))
      } catch { outcome = .failure(error) }
      await pool.close()
      _ = try outcome.get()
    }
    return database.name
  }

  private static func run(_ statement: SQL, on url: String) async throws {
    let configuration = try PostgreSQLConfiguration.patient(url: url)
    try await onReactor { reactor in
      let pool = PostgreSQLPool(reactor: reactor, configuration: configuration)
      let outcome: Result<Rows, any Error>
      do { outcome = .success(try await pool.query(statement)) } catch { outcome = .failure(error) }
      await pool.close()
      _ = try outcome.get()
    }
  }

  /// `evaluate` runs a statement that is put together at run time, for whoever calls, and gives its only column.
  /// `start_over` leaves in each table what the migrations put there.
  private static let helpers = SQL(
    trustedScript: """
      CREATE FUNCTION public.evaluate(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
      BEGIN
        RETURN QUERY EXECUTE statement;
      END
      $$;
      GRANT EXECUTE ON FUNCTION public.evaluate TO PUBLIC;

      CREATE SCHEMA seed;
      DO $$
      DECLARE
        name text;
      BEGIN
        FOR name IN SELECT relname FROM pg_class
                    WHERE relnamespace = 'cratekeeper'::regnamespace AND relkind = 'r' LOOP
          EXECUTE format('CREATE TABLE seed.%1$I AS TABLE cratekeeper.%1$I', name);
        END LOOP;
      END
      $$;
      CREATE FUNCTION public.start_over() RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        name text;
      BEGIN
        EXECUTE (SELECT 'TRUNCATE ' || string_agg(format('cratekeeper.%I', relname), ', ') || ' RESTART IDENTITY'
                 FROM pg_class WHERE relnamespace = 'seed'::regnamespace AND relkind = 'r');
        FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'seed'::regnamespace AND relkind = 'r' LOOP
          EXECUTE format('INSERT INTO cratekeeper.%1$I OVERRIDING SYSTEM VALUE SELECT * FROM seed.%1$I', name);
        END LOOP;
      END
      $$;
      """)
}
