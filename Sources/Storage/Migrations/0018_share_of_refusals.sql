-- A refusal is held against a share of thousands, and nothing is counted further than it matters.

-- As before, and of more than a thousand refusals the newest count, with what worked in the same time: a share of many,
-- and not the most that is ever counted of each. Who asks where nobody's worked needs a few refusals, and who asks where
-- few were refused needs no more than twice as many that worked (see RefusalJudgement).
CREATE OR REPLACE FUNCTION answers_to_others(worked_since timestamptz, refused_since timestamptz, waiting boolean)
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
    AND other.status <> 'disconnected'
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
        AND other.status <> 'disconnected'
        AND other.refreshed_at > CASE WHEN refused = most THEN greatest(worked_since, oldest) ELSE worked_since END
        AND other.refreshed_at > other.authorized_at
      ORDER BY other.refreshed_at DESC
      LIMIT 2 * (refused + asking) + 1) AS found;
  END IF;
  RETURN NEXT;
END
$$;
