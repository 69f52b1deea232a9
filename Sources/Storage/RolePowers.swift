import PostgreSQL

/// What would let a role meet rows of people whom it doesn't act for.
///
/// The role itself counts, and those that it belongs to, whether or not it inherits from them. What connects may be
/// mightier: it becomes the role.
///
/// Functions that act as the tables' owner look names up in the schema and in Postgres' own, and fire the triggers of
/// what they write: who may put something there has the owner run it.
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
    ), searched_schema AS (
      SELECT oid, nspname, nspowner FROM pg_namespace WHERE nspname IN ('cratekeeper', 'pg_catalog')
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
        (EXISTS (SELECT FROM searched_schema WHERE nspname = 'cratekeeper' AND nspowner = r.oid),
         'owns the schema'),
        (\(sql: ownsOtherThings), 'owns functions, types or the like'),
        (NOT r.rolsuper AND EXISTS (
           SELECT FROM searched_schema
           WHERE nspowner <> r.oid AND has_schema_privilege(r.oid, searched_schema.oid, 'CREATE')),
         'may CREATE in a schema that functions of the owner search'),
        (NOT r.rolsuper AND EXISTS (
           SELECT FROM held_table
           WHERE relowner <> r.oid AND has_table_privilege(r.oid, held_table.oid, 'TRIGGER')),
         'may put a TRIGGER on tables, which functions of the owner fire'),
        (NOT r.rolsuper AND EXISTS (
           SELECT FROM held_table
           WHERE relowner <> r.oid AND has_any_column_privilege(r.oid, held_table.oid, 'REFERENCES')),
         'has REFERENCES on tables and may ask past their policies what is there'),
        (NOT r.rolsuper AND EXISTS (
           SELECT FROM held_table
           WHERE has_user AND relowner <> r.oid AND has_table_privilege(r.oid, held_table.oid, 'TRUNCATE')),
         'may TRUNCATE tables, which asks no policy')
    ) AS power (is_held, words)
    WHERE me.rolname = \(sql: role) AND power.is_held
    UNION ALL
    SELECT 'meets no policy on ' || relname FROM held_table WHERE has_user AND NOT relrowsecurity
    UNION ALL
    SELECT 'meets other policies than own_rows on ' || t.relname
    FROM held_table AS t
    LEFT JOIN pg_policy AS p ON p.polrelid = t.oid
    WHERE t.has_user AND t.relrowsecurity
    GROUP BY t.oid, t.relname
    HAVING count(p.oid) <> 1 OR NOT bool_and(coalesce(\(sql: isOwnRows), false))
    ORDER BY 1
    """
  }

  /// Whether the role `r` owns anything in the schema besides tables. Postgres notes no owner that is its first
  /// superuser, who is mighty anyway.
  private static let ownsOtherThings: SQL = """
    EXISTS (
      SELECT FROM pg_shdepend AS owned
      JOIN pg_depend AS placed ON placed.classid = owned.classid AND placed.objid = owned.objid
      WHERE owned.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND owned.refclassid = 'pg_authid'::regclass AND owned.refobjid = r.oid AND owned.deptype = 'o'
        AND placed.refclassid = 'pg_namespace'::regclass
        AND placed.refobjid IN (SELECT oid FROM searched_schema)
        AND NOT EXISTS (
          SELECT FROM held_table WHERE oid = owned.objid AND owned.classid = 'pg_class'::regclass))
    """

  /// Whether the policy `p` of the table `t` is the one that `isolate_by_user` makes.
  private static let isOwnRows: SQL = """
    p.polcmd = '*' AND p.polpermissive AND p.polroles = '{0}'
    AND pg_get_expr(p.polqual, t.oid) = pg_get_expr(p.polwithcheck, t.oid)
    AND pg_get_expr(p.polqual, t.oid)
      = '(user_id = (NULLIF(current_setting(''app.user_id''::text, true), ''''::text))::bigint)'
    """
}
