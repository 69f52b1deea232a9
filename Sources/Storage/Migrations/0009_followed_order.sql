-- Where the pages of a person's followed artists began and ended in the last complete reading.

-- The list is read by cursor, page after page; whoever knows the borders from last time can ask for all pages at
-- once. Written by a complete reading whose borders are others, and only a hint: a reading checks how pages that were
-- asked for this way fit together. A row per user, of an id per page.
CREATE TABLE followed_order (
  user_id bigint  PRIMARY KEY,
  -- How many places the list had.
  artists integer NOT NULL,
  -- The last artist of each page but the last, in Spotify's order; the pages are equally long.
  borders text[]  NOT NULL
);
CALL isolate_by_user('followed_order');

-- Where a cursor leads, pages need not arrive in order: what each was asked from tells them apart.
ALTER TABLE staged_list_page ADD COLUMN asked_from text;

-- When Spotify last refused to show what is in a playlist; null: it never did, or it answered since. A refusal may
-- come without a cause, so that it isn't the last word until the snapshot moves.
ALTER TABLE playlist ADD COLUMN refused_at timestamptz;
