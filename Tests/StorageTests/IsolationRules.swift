import PostgreSQL

/// What must hold for every table, function and view of the schema, found in Postgres' own catalogue: a new one
/// that forgets it is found without anybody thinking of it.
enum IsolationRules {
  /// Tables with a user whose rows anybody could read, each with the reason.
  static func unprotectedTables(_ pool: PostgreSQLPool) async throws -> [String] {
    try await texts(
      pool,
      """
      SELECT c.relname || CASE
               WHEN NOT c.relrowsecurity THEN ': row security is off'
               WHEN count(p.polname) <> 1 THEN ': ' || count(p.polname) || ' policies'
               ELSE ': the policy is another'
             END
      FROM pg_class AS c
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped
      LEFT JOIN pg_policy AS p ON p.polrelid = c.oid
      WHERE c.relnamespace = 'cratekeeper'::regnamespace AND c.relkind IN ('r', 'p', 'f')
      GROUP BY c.oid, c.relname, c.relrowsecurity
      HAVING NOT (
        c.relrowsecurity AND count(p.polname) = 1
        AND bool_and(
          p.polcmd = '*' AND p.polpermissive AND p.polroles = '{0}'
          AND pg_get_expr(p.polqual, c.oid) = pg_get_expr(p.polwithcheck, c.oid)
          AND pg_get_expr(p.polqual, c.oid)
            = '(user_id = (NULLIF(current_setting(''app.user_id''::text, true), ''''::text))::bigint)'))
      ORDER BY 1
      """)
  }

  /// Tables with a user, in the order of their names.
  static func userTables(_ pool: PostgreSQLPool) async throws -> [String] {
    try await texts(
      pool,
      """
      SELECT c.relname::text
      FROM pg_class AS c
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped
      WHERE c.relnamespace = 'cratekeeper'::regnamespace AND c.relkind IN ('r', 'p')
      ORDER BY 1
      """)
  }

  /// Tables whose key doesn't begin with the user, though they have one.
  static func tablesKeyedOtherwise(_ pool: PostgreSQLPool) async throws -> [String] {
    try await texts(
      pool,
      """
      SELECT c.relname::text
      FROM pg_class AS c
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped
      LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
      WHERE c.relnamespace = 'cratekeeper'::regnamespace AND c.relkind IN ('r', 'p')
        AND i.indkey[0] IS DISTINCT FROM a.attnum
      ORDER BY 1
      """)
  }

  /// Views see with their owner's eyes unless they are told otherwise.
  static func viewsOfTheOwner(_ pool: PostgreSQLPool) async throws -> [String] {
    try await texts(
      pool,
      """
      SELECT relname::text
      FROM pg_class
      WHERE relnamespace = 'cratekeeper'::regnamespace
        AND (relkind = 'm' OR (relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)))
      ORDER BY 1
      """)
  }

  /// Functions that act as their owner and could be led astray, or be called by anybody.
  static func unsafeFunctions(_ pool: PostgreSQLPool) async throws -> [String] {
    try await texts(
      pool,
      """
      SELECT p.proname || CASE
               WHEN 'search_path=cratekeeper, pg_temp' = ANY (coalesce(p.proconfig, '{}'))
                 THEN ': anybody may call it'
               ELSE ': its search path is not fixed'
             END
      FROM pg_proc AS p
      WHERE p.pronamespace = 'cratekeeper'::regnamespace AND p.prosecdef
        AND NOT ('search_path=cratekeeper, pg_temp' = ANY (coalesce(p.proconfig, '{}'))
                 AND NOT has_function_privilege('pg_monitor', p.oid, 'EXECUTE'))
      ORDER BY 1
      """)
  }

  static func texts(_ pool: PostgreSQLPool, _ sql: SQL) async throws -> [String] {
    try await pool.query(sql).map { row throws(PostgreSQLError) in try row.decode(0) }
  }
}
