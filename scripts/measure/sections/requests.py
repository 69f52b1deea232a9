"""How many requests the server answers, beside what Postgres alone does with the same SELECT."""

import statistics

from deployment import TRACKS, Deployment
from load import pgbench, throughput

# What `Storage/SavedTracksListing.swift` asks for a page of 50.
LISTING = """
SELECT track.track_key, track.spotify_id, track.uri, track.name, track.artists, track.duration_ms,
       track.explicit, track.isrc, track.is_local,
       album.album_id, album.name, album.release_date, album.release_date_precision, album.image_url,
       saved.added_at, saved.ordinal, saved.is_playable, saved.removed_at
FROM cratekeeper.saved_track AS saved
JOIN cratekeeper.track ON track.track_key = saved.track_key
LEFT JOIN cratekeeper.album ON album.album_id = track.album_id
WHERE saved.user_id = 1 AND saved.removed_at IS NULL
ORDER BY saved.added_at DESC, saved.ordinal DESC, saved.track_key
LIMIT 50;
"""


def measure(options, table):
    with Deployment(TRACKS, tracks=10_000) as deployment:
        rest = deployment.server.memory("VmRSS")
        cookie = deployment.sign_in()
        deployment.ended("tracks")
        deployment.sql("VACUUM ANALYZE")
        hello, artists, tracks, select = [], [], [], []
        for _ in range(options.rounds):
            hello.append(throughput(deployment.port, "/healthz", options.seconds))
            artists.append(throughput(deployment.port, "/api/artists/", options.seconds))
            tracks.append(throughput(deployment.port, "/api/me/tracks/?limit=50", options.seconds, cookie))
            select.append(pgbench(deployment.database, LISTING, options.seconds))
    table.add("hello-world through the middleware, 64 connections", f"{statistics.median(hello):,.0f}/s", "60,000/s")
    table.add("GET /api/artists/ with 100 releases", f"{statistics.median(artists):,.0f}/s, "
              f"{statistics.median(a / h for a, h in zip(artists, hello)):.2f} of hello-world", "0.5")
    table.add("GET /api/me/tracks/?limit=50", f"{statistics.median(tracks):,.0f}/s, "
              f"{statistics.median(t / s for t, s in zip(tracks, select)):.2f} of pgbench "
              f"({statistics.median(select):,.0f}/s)", "0.25")
    table.add("server at rest", f"{rest:.0f} MB", "60 MB")
