-- What is checked of grants: whether a key is the one that sealed them, and what a refusal says.

-- The first users with a stored token that names `key`. Numbers alone: what is theirs is read as each of them, one by
-- one. Looks across users, so it runs as its owner.
CREATE FUNCTION users_under_key(key text, most bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  SELECT user_id
  FROM spotify_grant
  WHERE sealing_key(access_token) = key OR sealing_key(refresh_token) = key
  ORDER BY user_id
  LIMIT most
$$;

-- As before, but who was authorized at `authorized_before` or later says nothing. People who connect again in an outage
-- refresh their new tokens an hour later, and would outvote those who can't.
CREATE FUNCTION answers_to_others(
  worked_since timestamptz, refused_since timestamptz, authorized_before timestamptz, waiting boolean)
RETURNS TABLE (worked bigint, refused bigint, asking bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cratekeeper, pg_temp SET enable_sort = off
AS $$
DECLARE
  me         bigint := nullif(current_setting('app.user_id', true), '')::bigint;
  app        smallint;
  moment     timestamptz;
  any_worked boolean;
  most       integer := 1000;
  oldest     timestamptz;
BEGIN
  SELECT own.app_id INTO app FROM spotify_grant AS own WHERE own.user_id = me;
  IF waiting THEN
    PERFORM FROM spotify_app WHERE app_id = app FOR NO KEY UPDATE;
  END IF;
  moment := clock_timestamp();
  PERFORM FROM spotify_grant AS other
  WHERE other.app_id = app AND other.user_id <> me AND other.refused_at IS NULL
    AND other.status <> 'disconnected' AND other.authorized_at < authorized_before
    AND other.refreshed_at > worked_since AND other.refreshed_at > other.authorized_at
  ORDER BY other.refreshed_at DESC
  LIMIT 1;
  any_worked := FOUND;
  IF NOT any_worked THEN most := 10; END IF;
  SELECT count(*), min(refused_at) INTO refused, oldest FROM (
    SELECT other.refused_at
    FROM spotify_grant AS other
    WHERE other.app_id = app AND other.user_id <> me AND other.refused_at > refused_since
      AND other.refused_at < other.ends_at
    ORDER BY other.refused_at DESC
    LIMIT most) AS found;
  SELECT count(*) INTO asking FROM (
    SELECT FROM spotify_grant AS other
    WHERE other.app_id = app AND other.user_id <> me AND other.refresh_lease_until > moment
    ORDER BY other.refresh_lease_until DESC
    LIMIT most) AS found;
  worked := 0;
  IF any_worked THEN
    SELECT count(*) INTO worked FROM (
      SELECT FROM spotify_grant AS other
      WHERE other.app_id = app AND other.user_id <> me AND other.refused_at IS NULL
        AND other.status <> 'disconnected' AND other.authorized_at < authorized_before
        AND other.refreshed_at > CASE WHEN refused = most THEN greatest(worked_since, oldest) ELSE worked_since END
        AND other.refreshed_at > other.authorized_at
      ORDER BY other.refreshed_at DESC
      LIMIT 2 * (refused + asking) + 1) AS found;
  END IF;
  RETURN NEXT;
END
$$;

-- For programs of before, which go on judging while they are replaced.
CREATE OR REPLACE FUNCTION answers_to_others(worked_since timestamptz, refused_since timestamptz, waiting boolean)
RETURNS TABLE (worked bigint, refused bigint, asking bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  SELECT worked, refused, asking FROM answers_to_others(worked_since, refused_since, 'infinity', waiting)
$$;
