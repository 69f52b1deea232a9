-- Runs, and what a person has.

-- A run is a row before it is a job: Redis only says who should work now. `epoch` fences it: a claim raises
-- it, and every transaction of the run ends with an UPDATE that names it; no row, roll back.
CREATE TABLE sync_run (
  user_id          bigint      NOT NULL REFERENCES user_account ON DELETE CASCADE,
  run_id           uuid        NOT NULL DEFAULT uuid_v7(),
  kind             text        NOT NULL CHECK (kind IN ('tracks', 'playlists', 'following', 'releases')),
  status           text        NOT NULL DEFAULT 'queued'
    CHECK (status IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')),
  trigger          text        NOT NULL CHECK (trigger IN ('manual', 'connect', 'schedule')),
  mode             text,
  requested_at     timestamptz NOT NULL DEFAULT now(),
  started_at       timestamptz,
  finished_at      timestamptz,
  -- Tries that ended in an error of their own; a limit or a planned stop doesn't count.
  attempt          integer     NOT NULL DEFAULT 0,
  -- Claims in a row that ended without a word and without progress: the worker died.
  crashes          integer     NOT NULL DEFAULT 0,
  epoch            bigint      NOT NULL DEFAULT 0,
  not_before       timestamptz NOT NULL DEFAULT now(),
  -- When it was last handed to Redis, or found to be there.
  dispatched_at    timestamptz,
  cancel_requested boolean     NOT NULL DEFAULT false,
  progress_done    integer     NOT NULL DEFAULT 0,
  progress_total   integer,
  progress_unit    text        NOT NULL DEFAULT 'pages',
  requests_made    integer     NOT NULL DEFAULT 0,
  requests_saved   integer     NOT NULL DEFAULT 0,
  added            integer     NOT NULL DEFAULT 0,
  updated          integer     NOT NULL DEFAULT 0,
  removed          integer     NOT NULL DEFAULT 0,
  skipped          integer     NOT NULL DEFAULT 0,
  -- [{"reason", "count"}]: why what was got is not what was announced.
  gaps             jsonb       NOT NULL DEFAULT '[]',
  error_code       text,
  error_detail     text,
  PRIMARY KEY (user_id, run_id)
) WITH (fillfactor = 70);
CALL isolate_by_user('sync_run');

-- One open run of a kind per user: asking again returns it.
CREATE UNIQUE INDEX sync_run_open ON sync_run (user_id, kind)
  WHERE status IN ('queued', 'running', 'waiting');
-- What is due, and what should be at work.
CREATE INDEX sync_run_due ON sync_run (not_before)
  WHERE status IN ('queued', 'running', 'waiting');

-- Pages as they arrive, until one transaction merges them. Unlogged: after a crash of the server they are
-- gone and the run fetches again; a crash of a worker loses none.
CREATE UNLOGGED TABLE staged_page (
  user_id      bigint      NOT NULL,
  run_id       uuid        NOT NULL,
  -- Which scan of the run: a scan that the library's owner disturbed is repeated under the next number.
  scan         integer     NOT NULL,
  start        integer     NOT NULL,
  total        integer     NOT NULL,
  -- A slot each, in order: the track's key, or null where Spotify sent nothing that could be kept.
  track_keys   text[]      NOT NULL,
  added_at     timestamptz[] NOT NULL,
  is_playable  boolean[]   NOT NULL,
  PRIMARY KEY (user_id, run_id, scan, start)
);
CALL isolate_by_user('staged_page');

-- What a person saved. A track saved again is another row: (track, added_at) is what Spotify tells apart.
-- No foreign key to the user: every write belongs to a run, ends with an UPDATE of the run's row, which has
-- one, and 10,000 checks of one and the same user would double what a first sync costs.
CREATE TABLE saved_track (
  user_id     bigint      NOT NULL,
  track_key   text        NOT NULL,
  added_at    timestamptz NOT NULL,
  -- Spotify's order among equal added_at: higher is nearer to the top. Only its order counts, so nothing is
  -- ever renumbered when rows come or go.
  ordinal     bigint      NOT NULL,
  is_playable boolean,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  removed_at  timestamptz,
  PRIMARY KEY (user_id, track_key, added_at)
) WITH (fillfactor = 90);
CALL isolate_by_user('saved_track');
CREATE INDEX saved_track_listing ON saved_track (user_id, added_at DESC, ordinal DESC, track_key)
  WHERE removed_at IS NULL;
CREATE INDEX saved_track_removed ON saved_track (user_id, added_at DESC, ordinal DESC, track_key)
  WHERE removed_at IS NOT NULL;

-- What should be handed to Redis: runs whose time has come, and open ones not seen there for `stale`. Every
-- worker asks; SKIP LOCKED lets each row go to one of them. Looks across users, so it runs as its owner, and
-- returns ids alone.
CREATE FUNCTION runs_to_dispatch(stale interval, most integer)
RETURNS TABLE (user_id bigint, run_id uuid, is_interactive boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  UPDATE sync_run AS run
  SET dispatched_at = clock_timestamp()
  FROM (
    SELECT due.user_id, due.run_id
    FROM sync_run AS due
    WHERE due.status IN ('queued', 'running', 'waiting')
      AND due.not_before <= now()
      AND (due.dispatched_at IS NULL
           OR due.dispatched_at < due.not_before
           OR due.dispatched_at < clock_timestamp() - stale)
    ORDER BY due.not_before
    LIMIT most
    FOR UPDATE SKIP LOCKED
  ) AS picked
  WHERE run.user_id = picked.user_id AND run.run_id = picked.run_id
  RETURNING run.user_id, run.run_id, run.trigger <> 'schedule'
$$;

-- Ends a transaction whose writer is no longer the run's holder: `held` is how many rows its fencing UPDATE
-- met. An error and not an empty result, so that everything before it in the transaction is undone.
CREATE FUNCTION require_fence(held bigint) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
  IF held = 0 THEN
    RAISE EXCEPTION 'another holder has taken over' USING ERRCODE = 'CK001';
  END IF;
  RETURN true;
END
$$;
