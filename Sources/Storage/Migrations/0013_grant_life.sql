-- Refused refresh tokens are judged by what other connections hear.

ALTER TABLE spotify_grant
  -- The last of them; null once a refresh works.
  ADD COLUMN refused_at timestamptz,
  -- Since `suspect_since`.
  ADD COLUMN refusals   integer NOT NULL DEFAULT 0;
UPDATE spotify_grant
SET refused_at = suspect_since, refusals = 1
WHERE suspect_since IS NOT NULL AND status IN ('suspect', 'dead');

-- Few are refused: refreshes that work leave this index alone.
CREATE INDEX spotify_grant_refused ON spotify_grant (app_id, refused_at) WHERE refused_at IS NOT NULL;

-- Who has a lease, while a refresh takes: few at any time.
CREATE INDEX spotify_grant_asking ON spotify_grant (app_id, refresh_lease_until)
  WHERE refresh_lease_until IS NOT NULL;

-- What the caller's app heard last about its other users: how many refreshes worked since some time, how many were
-- refused before their end since another, and how many wait for Spotify's answer. An authorization doesn't count: it
-- says nothing of refresh tokens, and people who connect again in an outage would outvote those who can't. Counts and
-- nothing else; beyond a thousand refusals, and twice as many others, it makes no difference. Looks across users, so it runs as its owner. Judgements of an app
-- wait for each other until their end: of many at once each sees those before it.
CREATE FUNCTION answers_to_others(worked_since timestamptz, refused_since timestamptz)
RETURNS TABLE (worked bigint, refused bigint, asking bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
DECLARE
  me  bigint := nullif(current_setting('app.user_id', true), '')::bigint;
  app smallint;
BEGIN
  SELECT own.app_id INTO app FROM spotify_grant AS own WHERE own.user_id = me;
  PERFORM FROM spotify_app WHERE app_id = app FOR NO KEY UPDATE;
  RETURN QUERY SELECT
    (SELECT count(*) FROM (
       SELECT FROM spotify_grant AS other
       WHERE other.app_id = app AND other.user_id <> me AND other.refused_at IS NULL
         AND other.status <> 'disconnected'
         AND other.refreshed_at > greatest(worked_since, other.authorized_at)
       LIMIT 2000) AS found),
    (SELECT count(*) FROM (
       SELECT FROM spotify_grant AS other
       WHERE other.app_id = app AND other.user_id <> me AND other.refused_at > refused_since
         AND other.refused_at < other.ends_at
       LIMIT 1000) AS found),
    (SELECT count(*) FROM (
       SELECT FROM spotify_grant AS other
       WHERE other.app_id = app AND other.user_id <> me AND other.refresh_lease_until > clock_timestamp()
       LIMIT 1000) AS found);
END
$$;
