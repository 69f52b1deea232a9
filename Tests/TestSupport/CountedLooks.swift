import PostgreSQL

/// Counts how often the service reads a grant, in a sequence named `looks`. Changes the schema.
package enum CountedLooks {
  package static let statements: [SQL] = [
    "CREATE SEQUENCE looks",
    "GRANT USAGE ON SEQUENCE looks TO cratekeeper_service",
    """
    CREATE POLICY looks ON spotify_grant AS RESTRICTIVE FOR SELECT TO cratekeeper_service
    USING (nextval('cratekeeper.looks') > 0)
    """,
  ]
}
