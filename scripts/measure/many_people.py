"""Connected people in numbers, written into a database as the program would have written them."""

import base64
import ctypes
import os
import secrets

from process import psql

# Purpose, context and length of both tokens, as long as Spotify's are.
TOKENS = [(1, b"access_t", 220), (2, b"refresht", 131)]


def key(name):
    """A new entry for TOKEN_KEYS."""
    return f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def connect(database, count, entry):
    """Connects so many people, with tokens sealed by that key that were refreshed during the last day.

    Returns the first of their ids, which follow each other. There is an app already.
    """
    first = int(psql(database, f"""
        WITH made AS (
          INSERT INTO cratekeeper.user_account (spotify_user_id)
          SELECT 'person-' || number FROM generate_series(1, {count}) AS number
          RETURNING user_id
        )
        SELECT min(user_id) FROM made"""))
    psql(database, "CREATE TABLE sealed (user_id bigint, access_token bytea, refresh_token bytea)")
    sodium = ctypes.CDLL("libsodium.so.23")
    psql(database, "COPY sealed FROM STDIN", "".join(
        "\t".join([str(user)] + ["\\\\x" + seal(sodium, entry, user, *token).hex() for token in TOKENS]) + "\n"
        for user in range(first, first + count)))
    psql(database, """
        INSERT INTO cratekeeper.spotify_grant (
          user_id, app_id, status, scopes, authorized_at, ends_at, access_token, access_token_expires_at,
          refresh_token, token_version, refreshed_at)
        SELECT user_id, (SELECT min(app_id) FROM cratekeeper.spotify_app), 'healthy', '{user-library-read}',
               now() - interval '30 days', now() + interval '150 days', access_token, now() + interval '1 hour',
               refresh_token, 1, now() - random() * interval '1 day'
        FROM sealed
        ORDER BY user_id;
        DROP TABLE sealed""")
    psql(database, "VACUUM ANALYZE")
    return first


def refuse(database):
    """An outage that has lasted for hours: all were refused again and again, the last time within half an hour."""
    psql(database, """
        UPDATE cratekeeper.spotify_grant
        SET status = 'suspect', suspect_since = now() - interval '5 hours', refusals = 9,
            refused_at = now() - random() * interval '30 minutes',
            refreshed_at = now() - interval '5 hours' - random() * interval '1 day'""")
    psql(database, "VACUUM ANALYZE")


def seal(sodium, entry, user, purpose, context, length):
    """A token that the program opens as this user's, of a grant's first version (Sources/TokenVault)."""
    name, secret = entry.split(":")
    derived = ctypes.create_string_buffer(32)
    sodium.crypto_kdf_derive_from_key(
        derived, ctypes.c_size_t(32), ctypes.c_uint64(user), context, base64.b64decode(secret))
    label = bytes([1, purpose]) + user.to_bytes(8, "little") + (1).to_bytes(8, "little")
    content, nonce = label + b"x" * length, os.urandom(24)
    box = ctypes.create_string_buffer(len(content) + 16)
    sodium.crypto_secretbox_easy(box, content, ctypes.c_ulonglong(len(content)), nonce, derived)
    return bytes([1, len(name)]) + name.encode() + nonce + box.raw
