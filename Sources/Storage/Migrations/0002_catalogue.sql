-- The catalogue: what Spotify tells everybody. Shared by all users, never deleted with one of them.
--
-- Memberships (who saved what) carry no foreign key to it: rows here are never deleted, every membership is
-- written in or after the transaction that wrote its track, and checking 10,000 keys again would cost more
-- than writing the rows.

CREATE TABLE artist (
  artist_id  text PRIMARY KEY,
  name       text NOT NULL,
  image_url  text,
  genres     text[],
  -- When the artist itself was asked for; null while only its name is known from albums and tracks.
  fetched_at timestamptz,
  -- Somebody looked at it and would like to see what only asking tells.
  wanted_at  timestamptz
) WITH (fillfactor = 90);
CREATE INDEX artist_name ON artist (lower(name));
CREATE INDEX artist_wanted ON artist (wanted_at) WHERE wanted_at IS NOT NULL;

CREATE TABLE album (
  album_id               text PRIMARY KEY,
  name                   text NOT NULL,
  album_type             text,
  release_date           text,
  release_date_precision text,
  total_tracks           integer,
  image_url              text,
  -- [{"spotify_id", "name"}] in Spotify's order: always read with the album, never alone.
  artists                jsonb NOT NULL
) WITH (fillfactor = 90);

CREATE TABLE track (
  -- Spotify's id, or the uri where there is none (local files).
  track_key   text PRIMARY KEY,
  spotify_id  text,
  uri         text    NOT NULL,
  name        text    NOT NULL,
  artists     jsonb   NOT NULL,
  album_id    text,
  duration_ms integer NOT NULL,
  explicit    boolean NOT NULL,
  isrc        text,
  is_local    boolean NOT NULL
) WITH (fillfactor = 90);

-- The albums that Spotify lists as new, as of the last complete fetch.
CREATE TABLE new_release (
  album_id        text        PRIMARY KEY REFERENCES album,
  first_listed_at timestamptz NOT NULL DEFAULT now()
);

-- Work for everybody: a table of its own, without users. One row per copy that is kept.
CREATE TABLE catalogue_copy (
  name            text        PRIMARY KEY,
  -- Moves with every change of what the copy says; what was rendered from it is kept by this number.
  version         bigint      NOT NULL DEFAULT 0,
  source          text,
  -- Of the content, to tell whether a fetch changed anything.
  checksum        text,
  -- The last complete fetch from Spotify, whether or not it changed anything.
  fetched_at      timestamptz,
  requested_at    timestamptz,
  -- A refresh belongs to one worker at a time, and only the newest epoch may write.
  epoch           bigint      NOT NULL DEFAULT 0,
  lease_until     timestamptz,
  attempt         integer     NOT NULL DEFAULT 0,
  not_before      timestamptz NOT NULL DEFAULT now(),
  last_error      text
);
INSERT INTO catalogue_copy (name) VALUES ('new_releases');
REVOKE INSERT, DELETE ON catalogue_copy FROM cratekeeper_service;
