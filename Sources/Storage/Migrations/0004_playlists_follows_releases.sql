-- Playlists with their items, followed artists, and the followed artists' releases.

-- Episodes of podcasts are met in playlists only.
CREATE TABLE episode (
  episode_id  text PRIMARY KEY,
  uri         text    NOT NULL,
  name        text    NOT NULL,
  show_id     text,
  show_name   text,
  duration_ms integer NOT NULL,
  explicit    boolean NOT NULL,
  release_date text,
  image_url   text
) WITH (fillfactor = 90);

-- A playlist as this person's list shows it. Others may have the same one in theirs: contents and what may be
-- seen of it differ by person.
CREATE TABLE playlist (
  user_id            bigint      NOT NULL,
  playlist_id        text        NOT NULL,
  uri                text        NOT NULL,
  name               text        NOT NULL,
  description        text,
  owner_id           text,
  owner_name         text,
  -- Null when Spotify doesn't say.
  is_public          boolean,
  is_collaborative   boolean     NOT NULL,
  -- Opaque; moves with every change of the playlist, also of its name or picture.
  snapshot_id        text,
  total_items        integer,
  image_url          text,
  -- The place in the person's list, top first.
  position           integer     NOT NULL,
  -- 'pending': not read yet; 'not_visible': this app may not see what is in it (never the same as empty).
  contents           text        NOT NULL DEFAULT 'pending'
    CHECK (contents IN ('pending', 'synced', 'not_visible')),
  -- The snapshot that was asked for last and answered, with the items below or with a refusal; equal to
  -- snapshot_id: nothing to ask for. Null: to be asked for.
  synced_snapshot_id text,
  first_seen_at      timestamptz NOT NULL DEFAULT now(),
  removed_at         timestamptz,
  PRIMARY KEY (user_id, playlist_id)
) WITH (fillfactor = 80);
CALL isolate_by_user('playlist');

-- What is in a playlist, by position: the same track may be in it twice, and removed tracks leave null slots.
CREATE TABLE playlist_item (
  user_id     bigint  NOT NULL,
  playlist_id text    NOT NULL,
  position    integer NOT NULL,
  -- Null in some very old playlists.
  added_at    timestamptz,
  type        text    NOT NULL CHECK (type IN ('track', 'episode', 'unavailable')),
  -- A track's key or an episode's id; null where Spotify shows nothing.
  item_key    text,
  is_playable boolean,
  PRIMARY KEY (user_id, playlist_id, position),
  CHECK ((item_key IS NULL) = (type = 'unavailable'))
) WITH (fillfactor = 90);
CALL isolate_by_user('playlist_item');

-- Pages of a run over lists (playlists, playlist items, followed artists) until one transaction merges them.
-- Unlogged, as staged_page is.
CREATE UNLOGGED TABLE staged_list_page (
  user_id   bigint  NOT NULL,
  run_id    uuid    NOT NULL,
  scan      integer NOT NULL,
  -- '' for the list itself, else the playlist whose items these are.
  list      text    NOT NULL,
  -- The offset, or the number of the page where a cursor leads from one to the next.
  start     integer NOT NULL,
  -- The page as the sync understood it, in a form of its own.
  elements  jsonb   NOT NULL,
  total     integer,
  -- Where the next page begins; null on the last one.
  cursor    text,
  PRIMARY KEY (user_id, run_id, scan, list, start)
);
CALL isolate_by_user('staged_list_page');

CREATE TABLE followed_artist (
  user_id       bigint      NOT NULL,
  artist_id     text        NOT NULL,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  removed_at    timestamptz,
  PRIMARY KEY (user_id, artist_id)
) WITH (fillfactor = 90);
CALL isolate_by_user('followed_artist');

-- Whose album it is, for the releases of followed artists. `album_group` tells how the artist takes part.
CREATE TABLE artist_album (
  artist_id   text NOT NULL,
  album_id    text NOT NULL REFERENCES album,
  album_group text NOT NULL,
  PRIMARY KEY (artist_id, album_id)
);
CREATE INDEX artist_album_album ON artist_album (album_id);

-- When an artist's albums were asked for: once for everybody who follows it.
CREATE TABLE artist_check (
  artist_id   text        PRIMARY KEY,
  -- Null while nobody has finished asking.
  checked_at  timestamptz,
  -- Which run asks right now, and until when no other may.
  leased_by   uuid,
  lease_until timestamptz
) WITH (fillfactor = 70);

-- Users whose next automatic run of a kind is due: a row per user and kind, made with the connection and moved by
-- every end of a run.
CREATE TABLE sync_schedule (
  user_id       bigint      NOT NULL REFERENCES user_account ON DELETE CASCADE,
  kind          text        NOT NULL CHECK (kind IN ('tracks', 'playlists', 'following', 'releases')),
  next_check_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, kind)
) WITH (fillfactor = 80);
CALL isolate_by_user('sync_schedule');
CREATE INDEX sync_schedule_due ON sync_schedule (kind, next_check_at);

-- Who connected before there was a schedule, spread over a while.
INSERT INTO sync_schedule (user_id, kind, next_check_at)
SELECT user_id, kind, now() + random() * interval '30 minutes'
FROM spotify_grant, unnest(ARRAY['tracks', 'playlists', 'following', 'releases']) AS kind
WHERE status <> 'disconnected';

-- Makes the runs whose time has come, for users whose connection works and who allowed the kind, and puts their
-- next time off; returns how many. `kinds` are those that run by themselves, `scopes` what each needs, `seconds` how
-- far to put each off. Looks across users, so it runs as its owner. SKIP LOCKED lets every worker ask.
CREATE FUNCTION schedule_due_runs(kinds text[], scopes text[], seconds double precision[], most integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  made integer;
BEGIN
  WITH due AS (
    SELECT schedule.user_id, schedule.kind, automatic.scope, automatic.seconds
    FROM unnest(kinds, scopes, seconds) AS automatic (kind, scope, seconds)
    CROSS JOIN LATERAL (
      SELECT waiting.user_id, waiting.kind
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
    SET next_check_at = now() + make_interval(secs => due.seconds) * (0.9 + random() * 0.2)
    FROM due
    WHERE schedule.user_id = due.user_id AND schedule.kind = due.kind
  ), inserted AS (
    INSERT INTO sync_run (user_id, kind, trigger)
    SELECT due.user_id, due.kind, 'schedule'
    FROM due
    JOIN spotify_grant AS held ON held.user_id = due.user_id
    WHERE held.status IN ('healthy', 'suspect') AND due.scope = ANY (held.scopes)
    ON CONFLICT (user_id, kind) WHERE status IN ('queued', 'running', 'waiting') DO NOTHING
    RETURNING 1
  )
  SELECT count(*) INTO made FROM inserted;
  RETURN made;
END
$$;
