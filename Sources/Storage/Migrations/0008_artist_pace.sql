-- When each followed artist is asked for again, the new releases as the followed artists have them, and what was
-- found out of an app for how long.

-- Each artist has a pace of its own, by how often it released. `checked_at` null: nobody has finished asking, and a
-- run of somebody who follows it asks; from the default on, the background does if no run has.
ALTER TABLE artist_check
  ADD COLUMN next_check_at timestamptz NOT NULL DEFAULT now() + interval '15 minutes';
UPDATE artist_check
SET next_check_at = checked_at + interval '1 day' * (0.9 + random() * 0.2)
WHERE checked_at IS NOT NULL;
CREATE INDEX artist_check_due ON artist_check (next_check_at);

-- Whether anybody follows an artist.
CREATE INDEX followed_artist_artist ON followed_artist (artist_id) WHERE removed_at IS NULL;

-- By bytes, so that dates of any precision have the same order on every server.
CREATE INDEX album_release_date ON album (release_date COLLATE "C");

-- Leases artists whose turn is now and whom somebody follows, longest due first, and returns them; those whom
-- nobody follows any more are forgotten instead. Looks across users, so it runs as its owner. SKIP LOCKED lets every
-- worker ask.
CREATE FUNCTION take_due_artists(holder uuid, lease interval, most integer) RETURNS SETOF text
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  WITH due AS (
    SELECT held.artist_id,
           EXISTS (
             SELECT FROM followed_artist AS followed
             WHERE followed.artist_id = held.artist_id AND followed.removed_at IS NULL
           ) AS is_followed
    FROM artist_check AS held
    WHERE held.next_check_at <= now()
      AND (held.lease_until IS NULL OR held.lease_until < clock_timestamp())
    ORDER BY held.next_check_at
    LIMIT most
    FOR UPDATE OF held SKIP LOCKED
  ), forgotten AS (
    DELETE FROM artist_check AS held
    USING due
    WHERE held.artist_id = due.artist_id AND NOT due.is_followed
  )
  UPDATE artist_check AS held
  SET leased_by = holder, lease_until = clock_timestamp() + lease
  FROM due
  WHERE held.artist_id = due.artist_id AND due.is_followed
  RETURNING held.artist_id
$$;

-- The newest albums of the last weeks by artists whom anybody follows, newest first. Says what, never whose, so it
-- runs as its owner.
CREATE FUNCTION new_albums_of_followed(weeks integer, most integer) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  SELECT album.album_id
  FROM album
  WHERE album.release_date COLLATE "C"
        >= to_char((now() AT TIME ZONE 'UTC') - make_interval(weeks => weeks), 'YYYY-MM-DD') COLLATE "C"
    -- It is tomorrow already somewhere; a later date is a mistake, and would stay on top for ever.
    AND album.release_date COLLATE "C"
        <= to_char((now() AT TIME ZONE 'UTC') + interval '1 day', 'YYYY-MM-DD') COLLATE "C"
    AND EXISTS (
      SELECT FROM artist_album
      JOIN followed_artist AS followed USING (artist_id)
      WHERE artist_album.album_id = album.album_id AND followed.removed_at IS NULL)
  ORDER BY album.release_date COLLATE "C" DESC, album.album_id
  LIMIT most
$$;

-- A refusal holds until then; what was refused before this column, for a week.
ALTER TABLE app_capability ADD COLUMN retry_at timestamptz;
UPDATE app_capability SET retry_at = checked_at + interval '7 days' WHERE NOT is_allowed;

-- How large a page of an endpoint an app may ask for, where that is less than the setting; larger ones are tried
-- again from retry_at on.
CREATE TABLE app_page_size (
  app_id   smallint    NOT NULL REFERENCES spotify_app,
  endpoint text        NOT NULL,
  size     integer     NOT NULL CHECK (size > 0),
  found_at timestamptz NOT NULL DEFAULT now(),
  retry_at timestamptz NOT NULL,
  PRIMARY KEY (app_id, endpoint)
);
INSERT INTO app_page_size (app_id, endpoint, size, found_at, retry_at)
SELECT app_id, CASE capability WHEN 'search_50' THEN 'search' ELSE 'artist_albums' END, 10, checked_at, retry_at
FROM app_capability
WHERE capability IN ('search_50', 'artist_albums_50') AND NOT is_allowed;
DELETE FROM app_capability WHERE capability IN ('search_50', 'artist_albums_50');
