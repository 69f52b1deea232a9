-- What a check of somebody's saved tracks expects to see, so that most of them need a single request.

-- Whether Spotify's list showed the row when it was read last. A row that it doesn't show is kept until Spotify says
-- that it is gone.
ALTER TABLE saved_track ADD COLUMN is_listed boolean NOT NULL DEFAULT true;
CREATE INDEX saved_track_unlisted ON saved_track (user_id) WHERE NOT is_listed AND removed_at IS NULL;

-- The list beside its rows. No row: it has never been read whole.
CREATE TABLE saved_tracks_list (
  user_id         bigint      PRIMARY KEY REFERENCES user_account ON DELETE CASCADE,
  -- Slots that hold nothing that could be kept, top first: how many listed rows come after each, and why it is empty.
  rows_below      integer[]   NOT NULL,
  reasons         text[]      NOT NULL,
  -- What Spotify's total says beyond the slots that can be read.
  total_offset    integer     NOT NULL,
  -- When the whole list is to be read again, whatever a check says.
  audit_at        timestamptz NOT NULL,
  CHECK (cardinality(rows_below) = cardinality(reasons))
) WITH (fillfactor = 80);
CALL isolate_by_user('saved_tracks_list');
