-- Each user's library is looked at as often as it changes.

-- What the interval has come to, without jitter. Null: what everybody begins with, by the configuration.
ALTER TABLE sync_schedule
  ADD COLUMN interval_s double precision CHECK (interval_s > 0);

-- Makes the runs whose time has come, for users whose connection works and who allowed the kind, and puts their
-- next time off; returns how many. `kinds` are those that run by themselves, `scopes` what each needs, `seconds` the
-- intervals to begin with, `shortest` and `longest` their bounds. Looks across users, so it runs as its owner. SKIP
-- LOCKED lets every worker ask.
DROP FUNCTION schedule_due_runs(text[], text[], double precision[], integer);
CREATE FUNCTION schedule_due_runs(
  kinds text[], scopes text[], seconds double precision[], shortest double precision, longest double precision,
  most integer)
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
