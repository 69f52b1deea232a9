-- Ids made within one millisecond sort by time, too: lists show the newest first by their ids. The microseconds stand
-- in the twelve bits behind the version, as fractions of a millisecond (RFC 9562, section 6.2, method 3).
CREATE OR REPLACE FUNCTION uuid_v7() RETURNS uuid
LANGUAGE sql VOLATILE
RETURN (
  SELECT encode(
    overlay(
      uuid_send(gen_random_uuid())
      PLACING int8send((us / 1000 << 16) | (7 << 12) | (us % 1000 * 4096 / 1000))
      FROM 1 FOR 8),
    'hex')::uuid
  FROM (VALUES ((extract(epoch FROM clock_timestamp()) * 1000000)::bigint)) AS clock (us));
