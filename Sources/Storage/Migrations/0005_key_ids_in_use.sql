-- Which keys the stored tokens are sealed with.

-- The ids of the keys that any sealed token names; no token, and nobody whose it is. A sealed token begins with
-- its format, the length of the key's id and the id (see TokenVault). Looks across users, so it runs as its owner.
-- Not as UTF-8: a damaged row must not keep the others from being seen.
CREATE FUNCTION key_ids_in_use() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  SELECT DISTINCT encode(substring(sealed FROM 3 FOR get_byte(sealed, 1)), 'escape')
  FROM (
    SELECT refresh_token FROM spotify_grant
    UNION ALL
    SELECT access_token FROM spotify_grant
  ) AS token (sealed)
  WHERE octet_length(sealed) > 2
  ORDER BY 1
$$;
