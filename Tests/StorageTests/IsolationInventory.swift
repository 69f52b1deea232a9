import PostgreSQL

/// What must be known by name, because no rule can tell whether it is right: a new one fails a test until somebody
/// has thought about it and written it here.
enum IsolationInventory {
  /// Tables without a user, and why they say nothing of one.
  static let sharedTables = [
    "album": "the catalogue",
    "app_capability": "what an app of Spotify's may do",
    "app_page_size": "what an app of Spotify's may do",
    "artist": "the catalogue",
    "artist_album": "the catalogue",
    "artist_check": "when an artist's albums were asked for; the run that asks is an id without a user",
    "catalogue_copy": "work for everybody",
    "episode": "the catalogue",
    "new_release": "the catalogue",
    "request_ledger": "requests of a developer account, all users together",
    "request_pause": "requests of a developer account, all users together",
    "schema_migration": "what was migrated",
    "spotify_app": "apps of Spotify's, of whoever runs the service",
    "track": "the catalogue, names of local files included, which searches leave out",
  ]

  /// Functions that act as their owner, whom no policy binds: what they give, and why they have to.
  static let ownersFunctions = [
    """
    answers_to_others(worked_since timestamp with time zone, refused_since timestamp with time zone) \
    TABLE(worked bigint, refused bigint, asking bigint)
    """: "the same, for programs of before",
    """
    answers_to_others(worked_since timestamp with time zone, refused_since timestamp with time zone, \
    authorized_before timestamp with time zone, waiting boolean) \
    TABLE(worked bigint, refused bigint, asking bigint)
    """: "whether Spotify refuses one person or everybody; counts",
    "enter_api_token(hash bytea, scope text) TABLE(user_id bigint, is_allowed boolean)":
      "whose token it is, is not known before",
    "enter_session(hash bytea, idle interval) TABLE(user_id bigint, session_id uuid)":
      "the same, for programs of before",
    "enter_session(hash bytea, idle interval, longest interval) bigint":
      "who is signed in is not known before",
    "key_uses() TABLE(key_id text, tokens bigint)": "keys are of all tokens; counts",
    "new_albums_of_followed(weeks integer, most integer) SETOF text": "which albums, never who follows",
    "runs_to_dispatch(stale interval, most integer) TABLE(user_id bigint, run_id uuid, is_interactive boolean)":
      "what is due is of all users",
    "purge_sessions(idle interval, most integer) integer": "what has ended is of all users; a count",
    """
    schedule_due_runs(kinds text[], scopes text[], seconds double precision[], shortest double precision, \
    longest double precision, most integer) integer
    """: "the same, for programs of before",
    """
    schedule_due_runs(kinds text[], scopes text[], seconds double precision[], shortest double precision, \
    longest double precision, most integer, app smallint) integer
    """: "what is due is of all users; a count",
    "sign_in(spotify_id text, name text, image text) bigint": "who it is, is what is asked",
    "take_due_artists(holder uuid, lease interval, most integer) SETOF text":
      "whether anybody follows an artist, never who",
    "users_under_key(key text, most bigint) SETOF bigint":
      "whether a key is the one that sealed what names it; each is read as its user",
    "users_with_tokens(key text, after bigint, most bigint) SETOF bigint":
      "whose tokens are to be sealed anew, each as its user",
  ]

  static func tablesWithoutUser(_ pool: PostgreSQLPool) async throws -> [String] {
    try await IsolationRules.texts(
      pool,
      """
      SELECT c.relname::text
      FROM pg_class AS c
      WHERE c.relnamespace = 'cratekeeper'::regnamespace AND c.relkind IN ('r', 'p', 'f')
        AND NOT EXISTS (
          SELECT FROM pg_attribute AS a
          WHERE a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped)
      ORDER BY 1
      """)
  }

  /// Columns of tables without a user that may name one: by their names, and by what they refer to.
  static func columnsOfUsers(_ pool: PostgreSQLPool) async throws -> [String] {
    try await IsolationRules.texts(
      pool,
      """
      SELECT c.relname || '.' || a.attname
      FROM pg_class AS c
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE c.relnamespace = 'cratekeeper'::regnamespace AND c.relkind IN ('r', 'p', 'f')
        AND NOT EXISTS (
          SELECT FROM pg_attribute AS b
          WHERE b.attrelid = c.oid AND b.attname = 'user_id' AND NOT b.attisdropped)
        AND (a.attname ~ '(user|person|owner|account_id|session|email|address|token|secret)'
             OR EXISTS (
               SELECT FROM pg_constraint AS k
               JOIN pg_attribute AS u ON u.attrelid = k.confrelid AND u.attname = 'user_id'
               WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)))
      ORDER BY 1
      """)
  }

  static func functionsOfTheOwner(_ pool: PostgreSQLPool) async throws -> [String] {
    try await IsolationRules.texts(
      pool,
      """
      SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ') ' || pg_get_function_result(p.oid)
      FROM pg_proc AS p
      WHERE p.pronamespace = 'cratekeeper'::regnamespace AND p.prosecdef
      ORDER BY 1
      """)
  }

  /// Who may call them besides their owner, each with the function.
  static func callersOfTheOwnersFunctions(_ pool: PostgreSQLPool) async throws -> Set<String> {
    Set(
      try await IsolationRules.texts(
        pool,
        """
        SELECT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END
        FROM pg_proc AS p
        CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS acl
        WHERE p.pronamespace = 'cratekeeper'::regnamespace AND p.prosecdef AND acl.grantee <> p.proowner
        """))
  }

  /// Functions of the owner that give anything but ids, counts, keys' ids and truth values.
  static func talkativeFunctions(_ pool: PostgreSQLPool) async throws -> [String] {
    try await IsolationRules.texts(
      pool,
      """
      SELECT p.proname || ': ' || t.typname
      FROM pg_proc AS p
      CROSS JOIN LATERAL unnest(
        CASE WHEN p.proargmodes IS NULL THEN ARRAY[p.prorettype]
             ELSE ARRAY(SELECT type FROM unnest(p.proallargtypes, p.proargmodes) AS arg (type, mode)
                        WHERE mode IN ('o', 'b', 't')) END) AS given (type)
      JOIN pg_type AS t ON t.oid = given.type
      WHERE p.pronamespace = 'cratekeeper'::regnamespace AND p.prosecdef
        AND t.typname NOT IN ('int4', 'int8', 'uuid', 'bool', 'text', 'void')
      ORDER BY 1
      """)
  }
}
