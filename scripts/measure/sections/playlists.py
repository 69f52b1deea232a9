"""The first sync of 200 playlists with all their items, and the next one, when nothing has changed."""

from deployment import PLAYLISTS, Deployment

COUNT = 200
# Latency in milliseconds, pages in parallel, goals of the first sync and of the next.
CASES = [(50, 20, "2.5 s", "0.4 s"), (0, 20, "1.5 s", "0.1 s")]


def measure(options, table):
    first, again, items = {case: [] for case in CASES}, {case: [] for case in CASES}, 0
    for _ in range(options.rounds):
        for case in CASES:
            with Deployment(PLAYLISTS, latency=case[0], pages=case[1], playlists=COUNT) as deployment:
                deployment.sign_in()
                first[case].append(deployment.ended("playlists"))
                items = int(deployment.sql("SELECT count(*) FROM cratekeeper.playlist_item"))
                assert deployment.sql("SELECT count(*) FROM cratekeeper.playlist") == str(COUNT)
                again[case].append(deployment.sync("playlists"))
                assert again[case][-1].added == 0, again[case][-1]
    for case in CASES:
        conditions = f"{case[0]} ms latency, {case[1]} in parallel"
        table.add_runs(f"first sync of {COUNT} playlists with {items:,} items, {conditions}", first[case], case[2])
        table.add_runs(f"the next, nothing changed, {conditions}", again[case], case[3])
