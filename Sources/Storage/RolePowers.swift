import PostgreSQL

/// What would let a role meet rows of people whom it doesn't act for.
///
/// The role itself counts, and those that it belongs to, whether or not it inherits from them. What connects may be
/// mightier: it becomes the role.
enum RolePowers {
  /// Each in words that follow the role's name; no row: none.
  ///
  /// - Parameter role: an expression that gives the role's name.
  static func of(_ role: SQL) -> SQL {
    """
    WITH held_table AS (
      SELECT c.oid, c.relname, c.relowner, c.relrowsecurity,
             EXISTS (
               SELECT FROM pg_attribute AS a
               WHERE a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped) AS has_user
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = 'cratekeeper' AND c.relkind IN ('r', 'p')
    )
    SELECT CASE WHEN r.oid = me.oid THEN '' ELSE 'belongs to ' || r.rolname || ', which ' END || power.words AS words
    FROM pg_roles AS me
    JOIN pg_roles AS r ON r.oid = me.oid OR (NOT me.rolsuper AND pg_has_role(me.oid, r.oid, 'MEMBER'))
    CROSS JOIN LATERAL (
      VALUES
        (r.rolsuper, 'is a superuser'),
        (r.rolbypassrls, 'has BYPASSRLS'),
        (r.rolcreaterole, 'has CREATEROLE and may join the tables'' owner'),
        (r.rolreplication, 'has REPLICATION and may follow all changes'),
        (r.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'),
         'reaches the server''s files'),
        (EXISTS (SELECT FROM held_table WHERE relowner = r.oid), 'owns tables'),
        (NOT r.rolsuper AND EXISTS (
           SELECT FROM held_table
           WHERE has_user AND relowner <> r.oid AND has_table_privilege(r.oid, held_table.oid, 'TRUNCATE')),
         'may TRUNCATE tables, which asks no policy')
    ) AS power (is_held, words)
    WHERE me.rolname = \(sql: role) AND power.is_held
    UNION ALL
    SELECT 'meets no policy on ' || relname FROM held_table WHERE has_user AND NOT relrowsecurity
    ORDER BY 1
    """
  }
}
