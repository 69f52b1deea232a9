-- How sessions end, and API tokens.

-- When a session ends follows from its two times and the settings of now: a shorter setting ends what is older at
-- once, and nothing has to be rewritten. Both columns, and the function of two arguments that reads them, are for
-- programs of before, which go on answering while they are replaced.
ALTER TABLE session
  ALTER COLUMN idle_until SET DEFAULT 'infinity',
  ALTER COLUMN ends_at SET DEFAULT 'infinity';

-- What has ended is found without a look at what lives.
CREATE INDEX session_last_seen_at ON session (last_seen_at);

-- Checks a session and becomes its user for the rest of the transaction, in the same round trip as the query
-- that follows. No session, no user: the query that follows sees nothing. The last use is written at most
-- once a quarter of an hour, so that reading stays reading.
CREATE FUNCTION enter_session(hash bytea, idle interval, longest interval) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
DECLARE
  found session%ROWTYPE;
BEGIN
  SELECT * INTO found FROM session
  WHERE token_hash = hash AND last_seen_at > now() - idle AND created_at > now() - longest;
  PERFORM set_config('app.user_id', coalesce(found.user_id::text, ''), true);
  IF found.last_seen_at < now() - interval '15 minutes' THEN
    UPDATE session SET last_seen_at = now() WHERE token_hash = hash;
  END IF;
  RETURN found.user_id;
END
$$;

-- Deletes at most so many sessions that have gone unused for `idle`, and says how many. One that has reached its
-- longest life isn't used any more, so it gets here, too. Looks across users, so it runs as its owner, and
-- tells nobody whose they were.
CREATE FUNCTION purge_sessions(idle interval, most integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  WITH ended AS (
    SELECT user_id, session_id
    FROM session
    WHERE last_seen_at <= now() - idle
    ORDER BY last_seen_at
    LIMIT most
    FOR UPDATE SKIP LOCKED
  ), gone AS (
    DELETE FROM session
    USING ended
    WHERE session.user_id = ended.user_id AND session.session_id = ended.session_id
    RETURNING 1
  )
  SELECT count(*)::integer FROM gone
$$;

-- What scripts and other services call with in a person's name. Only the token's SHA-256 is kept.
CREATE TABLE api_token (
  user_id      bigint      NOT NULL REFERENCES user_account ON DELETE CASCADE,
  token_id     uuid        NOT NULL DEFAULT uuid_v7(),
  token_hash   bytea       NOT NULL CONSTRAINT api_token_hash UNIQUE,
  name         text        NOT NULL,
  scopes       text[]      NOT NULL CHECK (scopes <> '{}' AND scopes <@ '{read,sync}'),
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  PRIMARY KEY (user_id, token_id)
) WITH (fillfactor = 80);
CALL isolate_by_user('api_token');

-- The same for an API token. One that lacks the scope is found and lets nobody in: `is_allowed` tells the two
-- apart. Without a scope any token will do.
CREATE FUNCTION enter_api_token(hash bytea, scope text)
RETURNS TABLE (user_id bigint, is_allowed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  found api_token%ROWTYPE;
  may boolean;
BEGIN
  SELECT * INTO found FROM api_token WHERE token_hash = hash;
  may := found.user_id IS NOT NULL AND (scope IS NULL OR scope = ANY (found.scopes));
  PERFORM set_config('app.user_id', CASE WHEN may THEN found.user_id::text ELSE '' END, true);
  IF found.user_id IS NULL THEN
    RETURN;
  END IF;
  IF may AND coalesce(found.last_used_at < now() - interval '15 minutes', true) THEN
    UPDATE api_token SET last_used_at = now() WHERE token_hash = hash;
  END IF;
  RETURN QUERY SELECT found.user_id, may;
END
$$;
