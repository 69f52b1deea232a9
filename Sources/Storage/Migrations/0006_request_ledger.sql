-- A copy of the ledger of requests, whose place is Redis: what a wiped Redis begins with again.
--
-- Nobody's in particular: it counts what a developer account sends to Spotify for all users together.

CREATE TABLE request_ledger (
  developer_account text        NOT NULL,
  endpoint_group    text        NOT NULL,
  -- Five minutes from here.
  bucket_start      timestamptz NOT NULL,
  -- Only ever grows; rows older than a day are deleted.
  requests          integer     NOT NULL,
  PRIMARY KEY (developer_account, endpoint_group, bucket_start)
) WITH (fillfactor = 70);

-- Until when Spotify wants to be left alone. A row with the group '' is the whole account's; it is there as soon
-- as the account's ledger has begun, so that a wiped one is told from a new one.
CREATE TABLE request_pause (
  developer_account text        NOT NULL,
  endpoint_group    text        NOT NULL,
  paused_until      timestamptz NOT NULL,
  reason            text        NOT NULL CHECK (reason IN ('rate', 'quota')),
  PRIMARY KEY (developer_account, endpoint_group)
) WITH (fillfactor = 70);
