-- A grant can only be renewed by the app that it was made for: no run is made that the worker's app could only put off.

-- As before, and of `app` alone; with null of every app.
CREATE FUNCTION schedule_due_runs(
  kinds text[], scopes text[], seconds double precision[], shortest double precision, longest double precision,
  most integer, app smallint)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  made integer;
BEGIN
  WITH due AS (
    SELECT schedule.user_id, schedule.kind, automatic.scope,
           least(greatest(coalesce(schedule.interval_s, automatic.seconds), shortest), longest) AS pause
    FROM unnest(kinds, scopes, seconds) AS automatic (kind, scope, seconds)
    CROSS JOIN LATERAL (
      SELECT waiting.user_id, waiting.kind, waiting.interval_s
      FROM sync_schedule AS waiting
      WHERE waiting.kind = automatic.kind AND waiting.next_check_at <= now()
      ORDER BY waiting.next_check_at
      LIMIT most
      FOR UPDATE SKIP LOCKED
    ) AS schedule
  ), put_off AS (
    -- The end of the run writes the real next time; this one holds if the run never ends well, and for users whose
    -- connection doesn't work.
    UPDATE sync_schedule AS schedule
    SET next_check_at = now() + make_interval(secs => greatest(due.pause * (0.9 + random() * 0.2), shortest))
    FROM due
    WHERE schedule.user_id = due.user_id AND schedule.kind = due.kind
  ), inserted AS (
    INSERT INTO sync_run (user_id, kind, trigger)
    SELECT due.user_id, due.kind, 'schedule'
    FROM due
    JOIN spotify_grant AS held ON held.user_id = due.user_id
    WHERE held.status IN ('healthy', 'suspect') AND due.scope = ANY (held.scopes)
      AND (app IS NULL OR held.app_id = app)
      -- Whoever ends that run has its row and wants the schedule's: waiting for it would be a deadlock, and a run
      -- that began right behind it too early.
      AND NOT EXISTS (
        SELECT FROM sync_run AS open
        WHERE open.user_id = due.user_id AND open.kind = due.kind
          AND open.status IN ('queued', 'running', 'waiting'))
    ON CONFLICT (user_id, kind) WHERE status IN ('queued', 'running', 'waiting') DO NOTHING
    RETURNING 1
  )
  SELECT count(*) INTO made FROM inserted;
  RETURN made;
END
$$;

-- For programs of before, which go on scheduling while they are replaced.
CREATE OR REPLACE FUNCTION schedule_due_runs(
  kinds text[], scopes text[], seconds double precision[], shortest double precision, longest double precision,
  most integer)
RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  SELECT schedule_due_runs(kinds, scopes, seconds, shortest, longest, most, NULL)
$$;
