-- What looks across everybody, for a hundred thousand people.

-- Whose refresh worked lately; in an outage next to nobody is in it. A refresh writes into it, as into the primary
-- key: with its lease it changes indexed columns anyway.
CREATE INDEX spotify_grant_working ON spotify_grant (app_id, refreshed_at) WHERE refused_at IS NULL;

-- What the caller's app heard last about its other users: how many refreshes worked since some time, how many were
-- refused before their end since another, and how many wait for Spotify's answer. An authorization doesn't count: it
-- says nothing of refresh tokens, and people who connect again in an outage would outvote those who can't. Counts and
-- nothing else. Two thousand that worked are enough; of the others, half as many as that and a few: more of them make
-- no difference (see RefusalJudgement). Looks across users, so it runs as its owner.
--
-- With `waiting`, judgements of an app wait for each other until their end: of many at once each sees those before
-- it.
--
-- The newest first, and nothing sorted: each count is the end of an index, whatever the statistics say. They come
-- from before the outage, and a plan that is kept knows no times.
CREATE FUNCTION answers_to_others(worked_since timestamptz, refused_since timestamptz, waiting boolean)
RETURNS TABLE (worked bigint, refused bigint, asking bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cratekeeper, pg_temp SET enable_sort = off
AS $$
DECLARE
  me     bigint := nullif(current_setting('app.user_id', true), '')::bigint;
  app    smallint;
  moment timestamptz;
BEGIN
  SELECT own.app_id INTO app FROM spotify_grant AS own WHERE own.user_id = me;
  IF waiting THEN
    PERFORM FROM spotify_app WHERE app_id = app FOR NO KEY UPDATE;
  END IF;
  moment := clock_timestamp();
  SELECT count(*) INTO worked FROM (
    SELECT FROM spotify_grant AS other
    WHERE other.app_id = app AND other.user_id <> me AND other.refused_at IS NULL
      AND other.status <> 'disconnected'
      AND other.refreshed_at > worked_since AND other.refreshed_at > other.authorized_at
    ORDER BY other.refreshed_at DESC
    LIMIT 2000) AS found;
  SELECT count(*) INTO refused FROM (
    SELECT FROM spotify_grant AS other
    WHERE other.app_id = app AND other.user_id <> me AND other.refused_at > refused_since
      AND other.refused_at < other.ends_at
    ORDER BY other.refused_at DESC
    LIMIT worked / 2 + 10) AS found;
  SELECT count(*) INTO asking FROM (
    SELECT FROM spotify_grant AS other
    WHERE other.app_id = app AND other.user_id <> me AND other.refresh_lease_until > moment
    ORDER BY other.refresh_lease_until DESC
    LIMIT worked / 2 + 10) AS found;
  RETURN NEXT;
END
$$;

-- For programs of before, which go on judging while they are replaced.
CREATE OR REPLACE FUNCTION answers_to_others(worked_since timestamptz, refused_since timestamptz)
RETURNS TABLE (worked bigint, refused bigint, asking bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  SELECT worked, refused, asking FROM answers_to_others(worked_since, refused_since, true)
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

-- Whom a run was asking for when its person's connection is taken away: few at any time, among the artists of all.
CREATE INDEX artist_check_leased ON artist_check (leased_by) WHERE leased_by IS NOT NULL;
