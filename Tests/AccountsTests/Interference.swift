import PostgreSQL

/// What tests do to the database while somebody is at it. It has to be theirs alone.
extension World {
  func looks() async throws -> Int {
    try await db.owner.query("SELECT last_value FROM looks WHERE is_called")
      .first.map { row throws(PostgreSQLError) in try row.decode(0) } ?? 0
  }

  /// Lets the next writes of a new token fail.
  static func refusal(_ state: String, times: Int) -> [SQL] {
    [
      "CREATE SEQUENCE refused_writes",
      "GRANT USAGE ON SEQUENCE refused_writes TO cratekeeper_service",
      SQL(
        trustedScript: """
          CREATE FUNCTION refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN
            -- A sequence counts on when its transaction is undone.
            IF nextval('cratekeeper.refused_writes') <= \(times) THEN
              RAISE EXCEPTION 'not now' USING ERRCODE = '\(state)';
            END IF;
            RETURN NEW;
          END
          $$
          """),
      """
      CREATE TRIGGER refuse_write BEFORE UPDATE ON spotify_grant
      FOR EACH ROW WHEN (OLD.token_version <> NEW.token_version) EXECUTE FUNCTION refuse_write()
      """,
    ]
  }
}
