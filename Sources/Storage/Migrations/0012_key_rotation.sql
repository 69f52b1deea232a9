-- Changing the key that seals the stored tokens, while the service runs.

-- The key that a sealed token names; null when it names none, because it is damaged. A sealed token begins with
-- its format, the length of the key's id and the id (see SealedToken). Not as UTF-8: a damaged row must not keep
-- the others from being seen.
CREATE FUNCTION sealing_key(sealed bytea) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
  WHEN octet_length(sealed) < 3 THEN NULL
  WHEN get_byte(sealed, 0) <> 1 THEN NULL
  WHEN octet_length(sealed) < 2 + get_byte(sealed, 1) THEN NULL
  ELSE substring(
    encode(substring(sealed FROM 3 FOR get_byte(sealed, 1)), 'escape') FROM '^[A-Za-z0-9_-]{1,32}$')
END;

-- How many stored tokens name which key; a null id counts the damaged ones. No token, and nobody whose it is.
-- Looks across users, so it runs as its owner.
CREATE FUNCTION key_uses() RETURNS TABLE (key_id text, tokens bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  SELECT sealing_key(sealed), count(*)
  FROM (
    SELECT refresh_token FROM spotify_grant
    UNION ALL
    SELECT access_token FROM spotify_grant
  ) AS token (sealed)
  WHERE sealed IS NOT NULL
  GROUP BY 1
  ORDER BY 1
$$;

-- What it replaces gave the same ids without their numbers.
DROP FUNCTION key_ids_in_use();

-- Users behind `after`, in order, with a stored token that names another key than `key`, or none; with a null key
-- all who have tokens. Numbers alone: what is theirs is read and written as each of them, one by one.
-- Looks across users, so it runs as its owner.
CREATE FUNCTION users_with_tokens(key text, after bigint, most bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  SELECT user_id
  FROM spotify_grant
  WHERE user_id > after
    AND (access_token IS NOT NULL OR refresh_token IS NOT NULL)
    AND (key IS NULL
         OR sealing_key(access_token) IS DISTINCT FROM key
         OR sealing_key(refresh_token) IS DISTINCT FROM key)
  ORDER BY user_id
  LIMIT most
$$;
