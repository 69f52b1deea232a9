"""What it costs to follow a library of saved tracks: requests and seconds, by what happened to it."""

import random
import statistics

from deployment import TRACKS, Deployment

SIZES = [1_000, 10_000, 20_000]
LATENCY, PAGES = 50, 20
# How often each case is done, at places of their own; and what it may cost at 10,000.
REPEATS = 5
GOALS = {
    "nothing changed": "1", "5 added": "–", "1 removed": "12", "3 removed": "35", "10 removed": "–",
    "40 removed in a row": "15", "3 removed, 5 added": "40", "1 saved again": "12",
}


def cases(size, places):
    """What happens, in the simulator's words."""
    def some(count):
        return sorted(places.sample(range(100, size - 200), count))
    start = places.randrange(100, size - 200)
    return {
        "nothing changed": {}, "5 added": {"save": 5}, "1 removed": {"unsave": some(1)},
        "3 removed": {"unsave": some(3)}, "10 removed": {"unsave": some(10)},
        "40 removed in a row": {"unsave": list(range(start, start + 40))},
        "3 removed, 5 added": {"save": 5, "unsave": some(3)}, "1 saved again": {"save_again": some(1)},
    }


def measure(options, table):
    places = random.Random(1)
    for size in SIZES:
        with Deployment(TRACKS, latency=LATENCY, pages=PAGES, tracks=size) as deployment:
            deployment.sign_in()
            first = deployment.ended("tracks")
            assert first.added == size, first
            table.add_runs(f"{size:,} tracks: first sync", [first])
            runs = {}
            for _ in range(REPEATS):
                for name, edit in cases(size, places).items():
                    if edit:
                        deployment.control("edit", {"user": "bench", **edit})
                    runs.setdefault(name, []).append(deployment.sync("tracks"))
            for name, each in runs.items():
                requests = [run.requests for run in each]
                table.add(f"{size:,} tracks: {name}",
                          f"{statistics.mean(requests):.1f} requests ({min(requests)} to {max(requests)}), "
                          f"{statistics.median(run.seconds for run in each):.2f} s",
                          GOALS[name] if size == 10_000 else "–")
            audit(deployment, size, table)
            kept = int(deployment.sql("SELECT count(*) FROM cratekeeper.saved_track WHERE removed_at IS NULL"))
            assert kept == size + REPEATS * (5 + 5 - 1 - 3 - 10 - 40 - 3), kept


def audit(deployment, size, table):
    """The whole list read again, with nothing changed: what it costs at Spotify and in Postgres."""
    deployment.sql("CREATE EXTENSION IF NOT EXISTS pgstattuple")
    deployment.sql("VACUUM ANALYZE")
    deployment.sql("CHECKPOINT")
    before = deployment.sql("SELECT pg_current_wal_insert_lsn()")
    run = deployment.audit()
    assert run.added == 0, run
    wal = int(deployment.sql(f"SELECT pg_current_wal_insert_lsn() - '{before}'::pg_lsn"))
    dead = deployment.sql("SELECT dead_tuple_count FROM pgstattuple('cratekeeper.saved_track')")
    table.add(f"{size:,} tracks: a full scan, nothing changed",
              f"{run.requests} requests, {run.seconds:.2f} s, {wal / 1e6:.2f} MB of WAL, {dead} dead rows",
              "0.3 MB, 0" if size == 10_000 else "–")
