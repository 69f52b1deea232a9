-- What is checked of grants: whether a key is the one that sealed them.

-- The first users with a stored token that names `key`. Numbers alone: what is theirs is read as each of them, one by
-- one. Looks across users, so it runs as its owner.
CREATE FUNCTION users_under_key(key text, most bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = cratekeeper, pg_temp
AS $$
  SELECT user_id
  FROM spotify_grant
  WHERE sealing_key(access_token) = key OR sealing_key(refresh_token) = key
  ORDER BY user_id
  LIMIT most
$$;
