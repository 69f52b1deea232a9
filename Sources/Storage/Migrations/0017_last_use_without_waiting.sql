-- The last use of a session or an API token is written by one caller, and nobody waits for that one: its row is held
-- until its own query has ended, which may be a slow one. What others skip is being written as they would have.

CREATE OR REPLACE FUNCTION enter_session(hash bytea, idle interval, longest interval) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
DECLARE
  found_session session%ROWTYPE;
BEGIN
  SELECT * INTO found_session FROM session
  WHERE token_hash = hash AND last_seen_at > now() - idle AND created_at > now() - longest;
  PERFORM set_config('app.user_id', coalesce(found_session.user_id::text, ''), true);
  IF found_session.last_seen_at < now() - interval '15 minutes' THEN
    -- Looks at the time once more: somebody may have written it since.
    PERFORM FROM session
    WHERE token_hash = hash AND last_seen_at < now() - interval '15 minutes'
    FOR NO KEY UPDATE SKIP LOCKED;
    IF FOUND THEN
      UPDATE session SET last_seen_at = now() WHERE token_hash = hash;
    END IF;
  END IF;
  RETURN found_session.user_id;
END
$$;

CREATE OR REPLACE FUNCTION enter_api_token(hash bytea, scope text)
RETURNS TABLE (user_id bigint, is_allowed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  found_token api_token%ROWTYPE;
  may boolean;
BEGIN
  SELECT * INTO found_token FROM api_token WHERE token_hash = hash;
  may := found_token.user_id IS NOT NULL AND (scope IS NULL OR scope = ANY (found_token.scopes));
  PERFORM set_config('app.user_id', CASE WHEN may THEN found_token.user_id::text ELSE '' END, true);
  IF found_token.user_id IS NULL THEN
    RETURN;
  END IF;
  IF may AND coalesce(found_token.last_used_at < now() - interval '15 minutes', true) THEN
    PERFORM FROM api_token
    WHERE token_hash = hash AND coalesce(last_used_at < now() - interval '15 minutes', true)
    FOR NO KEY UPDATE SKIP LOCKED;
    IF FOUND THEN
      UPDATE api_token SET last_used_at = now() WHERE token_hash = hash;
    END IF;
  END IF;
  RETURN QUERY SELECT found_token.user_id, may;
END
$$;
