-- Roles, users, Spotify apps and grants, sessions.
--
-- Two rules hold for every table here and later:
--   * what belongs to a person has user_id first in its key, so that it can be sharded by user, and a
--     row-level security policy, so that no query can meet another person's rows;
--   * the catalogue (what Spotify tells everybody) has no user and is shared.

-- The role that the service works as: it owns nothing and can't bypass a policy. Logging in is the business
-- of whatever role DATABASE_URL names, which becomes this one after connecting (SET ROLE).
-- A role that was made beforehand spares the migrating one CREATEROLE.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cratekeeper_service') THEN
    CREATE ROLE cratekeeper_service NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
EXCEPTION
  -- Roles belong to the whole cluster: another database's migration made it at this moment.
  WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
  IF NOT pg_has_role(current_user, 'cratekeeper_service', 'MEMBER') THEN
    EXECUTE format('GRANT cratekeeper_service TO %I', current_user);
  END IF;
EXCEPTION
  WHEN unique_violation THEN NULL;
END
$$;

GRANT USAGE ON SCHEMA cratekeeper TO cratekeeper_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA cratekeeper
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO cratekeeper_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA cratekeeper
  GRANT USAGE ON SEQUENCES TO cratekeeper_service;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA cratekeeper
  GRANT EXECUTE ON FUNCTIONS TO cratekeeper_service;

-- What the migrator has done may be read (readiness compares it), never written.
GRANT SELECT ON schema_migration TO cratekeeper_service;

-- Ids that sort by time (RFC 9562, version 7): new runs and sessions land side by side in their indexes.
CREATE FUNCTION uuid_v7() RETURNS uuid
LANGUAGE sql VOLATILE
RETURN encode(
  set_bit(
    set_bit(
      overlay(
        uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6),
      52, 1),
    53, 1),
  'hex')::uuid;

-- Puts a table under the rule that a row is seen and written by its user alone. Without the setting nobody
-- is anybody: no rows. (After a transaction the setting is '', not null.)
CREATE PROCEDURE isolate_by_user(relation regclass)
LANGUAGE plpgsql
AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', relation);
  EXECUTE format(
    'CREATE POLICY own_rows ON %s
       USING (user_id = nullif(current_setting(''app.user_id'', true), '''')::bigint)
       WITH CHECK (user_id = nullif(current_setting(''app.user_id'', true), '''')::bigint)',
    relation);
END
$$;

-- An app of Spotify's dashboard. Quotas count per developer account, capabilities per app.
CREATE TABLE spotify_app (
  app_id            smallint    GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  client_id         text        NOT NULL UNIQUE,
  developer_account text        NOT NULL,
  created_at        timestamptz NOT NULL DEFAULT now()
);

-- What an app was found to be allowed, by trying. No row: not tried yet.
CREATE TABLE app_capability (
  app_id     smallint    NOT NULL REFERENCES spotify_app,
  capability text        NOT NULL,
  is_allowed boolean     NOT NULL,
  checked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (app_id, capability)
);

CREATE TABLE user_account (
  user_id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  spotify_user_id text        NOT NULL CONSTRAINT user_account_spotify_user_id UNIQUE,
  display_name    text,
  image_url       text,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CALL isolate_by_user('user_account');

-- What a person allowed a Spotify app. The tokens are sealed: nothing in this table opens them.
CREATE TABLE spotify_grant (
  user_id                 bigint      PRIMARY KEY REFERENCES user_account ON DELETE CASCADE,
  app_id                  smallint    NOT NULL REFERENCES spotify_app,
  status                  text        NOT NULL
    CHECK (status IN ('healthy', 'suspect', 'dead', 'disconnected')),
  scopes                  text[]      NOT NULL,
  authorized_at           timestamptz NOT NULL,
  -- Refresh tokens end six months after the authorization; refreshing doesn't extend them.
  ends_at                 timestamptz NOT NULL,
  access_token            bytea,
  access_token_expires_at timestamptz,
  refresh_token           bytea,
  -- Part of what is sealed: an older ciphertext put back doesn't open. Also what refreshes compare and swap.
  token_version           bigint      NOT NULL,
  -- Who may ask Spotify for the next token, and until when; see RefreshAccessToken.
  refresh_lease           uuid,
  refresh_lease_until     timestamptz,
  refreshed_at            timestamptz,
  -- After a refusal: nobody asks again before.
  refresh_not_before      timestamptz,
  suspect_since           timestamptz,
  last_error              text,
  CHECK (status = 'disconnected' OR (access_token IS NOT NULL AND refresh_token IS NOT NULL
         AND access_token_expires_at IS NOT NULL))
) WITH (fillfactor = 70);
CALL isolate_by_user('spotify_grant');

-- Where a person is signed in. Only the token's SHA-256 is kept.
CREATE TABLE session (
  user_id      bigint      NOT NULL REFERENCES user_account ON DELETE CASCADE,
  session_id   uuid        NOT NULL DEFAULT uuid_v7(),
  token_hash   bytea       NOT NULL CONSTRAINT session_token_hash UNIQUE,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  -- The idle end moves with use; the absolute end doesn't.
  idle_until   timestamptz NOT NULL,
  ends_at      timestamptz NOT NULL,
  user_agent   text        NOT NULL,
  PRIMARY KEY (user_id, session_id)
) WITH (fillfactor = 80);
CALL isolate_by_user('session');

-- Finds or makes the account of a Spotify user and becomes that user for the rest of the transaction.
-- Looks across users, so it runs as its owner, and returns nothing but the id.
CREATE FUNCTION sign_in(spotify_id text, name text, image text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
DECLARE
  found bigint;
BEGIN
  INSERT INTO user_account AS account (spotify_user_id, display_name, image_url)
  VALUES (spotify_id, name, image)
  ON CONFLICT (spotify_user_id) DO UPDATE
    SET display_name = excluded.display_name, image_url = excluded.image_url
  RETURNING account.user_id INTO found;
  PERFORM set_config('app.user_id', found::text, true);
  RETURN found;
END
$$;

-- Checks a session and becomes its user for the rest of the transaction, in the same round trip as the query
-- that follows. No session, no user: the query that follows sees nothing. The last use is written at most
-- once a quarter of an hour, so that reading stays reading.
CREATE FUNCTION enter_session(hash bytea, idle interval)
RETURNS TABLE (user_id bigint, session_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  found session%ROWTYPE;
BEGIN
  SELECT * INTO found FROM session
  WHERE token_hash = hash AND idle_until > now() AND ends_at > now();
  PERFORM set_config('app.user_id', coalesce(found.user_id::text, ''), true);
  IF found.user_id IS NULL THEN
    RETURN;
  END IF;
  IF found.last_seen_at < now() - interval '15 minutes' THEN
    UPDATE session SET last_seen_at = now(), idle_until = now() + idle WHERE token_hash = hash;
  END IF;
  RETURN QUERY SELECT found.user_id, found.session_id;
END
$$;
