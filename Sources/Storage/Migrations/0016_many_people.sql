-- What looks across everybody, for a hundred thousand people.

-- Whose refresh worked lately; in an outage next to nobody is in it. A refresh writes into it, as into the primary
-- key: with its lease it changes indexed columns anyway.
CREATE INDEX spotify_grant_working ON spotify_grant (app_id, refreshed_at) WHERE refused_at IS NULL;

-- What the caller's app heard last about its other users: how many refreshes worked since some time, how many were
-- refused before their end since another, and how many wait for Spotify's answer. An authorization doesn't count, nor
-- does anything of those who were authorized at `authorized_before` or later: it says nothing of older refresh tokens,
-- and people who connect again in an outage would outvote those who can't. Counts and nothing else. Looks across users,
-- so it runs as its owner.
--
-- Nothing is counted further than it matters (see RefusalJudgement): a few refusals where nobody's refresh worked, and
-- no more than twice as many that worked as were refused and are asking. Of more than a thousand refusals the newest
-- count, with what worked in the same time: a share of many, and not the most that is ever counted of each.
--
-- With `waiting`, judgements of an app wait for each other until their end: of many at once each sees those before
-- it.
--
-- The newest first, and nothing sorted: each count is the end of an index, whatever the statistics say. They come
-- from before the outage, and a plan that is kept knows no times.
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
CREATE OR REPLACE FUNCTION answers_to_others(worked_since timestamptz, refused_since timestamptz)
RETURNS TABLE (worked bigint, refused bigint, asking bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  SELECT worked, refused, asking FROM answers_to_others(worked_since, refused_since, 'infinity', true)
$$;

-- As before, but a key's name is made out once for all tokens that begin alike, and the table is read once: every
-- start of a process asks this.
CREATE OR REPLACE FUNCTION key_uses() RETURNS TABLE (key_id text, tokens bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  SELECT sealing_key(beginning), sum(alike)::bigint
  FROM (
    -- All that sealing_key looks at.
    SELECT CASE WHEN octet_length(sealed) < 2 THEN sealed ELSE substring(sealed FOR 2 + get_byte(sealed, 1)) END,
           count(*)
    FROM spotify_grant
    CROSS JOIN LATERAL (VALUES (refresh_token), (access_token)) AS token (sealed)
    WHERE sealed IS NOT NULL
    GROUP BY 1
  ) AS found (beginning, alike)
  GROUP BY 1
  ORDER BY 1
$$;

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

-- Whom a run was asking for when its person's connection is taken away: few at any time, among the artists of all.
CREATE INDEX artist_check_leased ON artist_check (leased_by) WHERE leased_by IS NOT NULL;
