"""500 followed artists, and the releases of all of them: two requests an artist, 200 artists a run."""

from deployment import FOLLOWS, Deployment, Run

COUNT = 500
# Latency in milliseconds, pages in parallel, goals of the artists and of their releases.
CASES = [(50, 20, "0.9 s", "4.5 s"), (0, 20, "0.3 s", "3.0 s")]


def measure(options, table):
    follows, releases, runs = {case: [] for case in CASES}, {case: [] for case in CASES}, 0
    for _ in range(options.rounds):
        for case in CASES:
            with Deployment(FOLLOWS, latency=case[0], pages=case[1]) as deployment:
                deployment.sign_in()
                # Both kinds come with the connection: first for nobody, so that each is measured alone.
                deployment.ended("following")
                deployment.ended("releases")
                deployment.control("edit/following", {"user": "bench", "follow": COUNT})
                follows[case].append(deployment.sync("following"))
                assert follows[case][-1].added == COUNT, follows[case][-1]
                each = all_releases(deployment)
                runs = len(each)
                releases[case].append(Run(
                    sum(run.seconds for run in each), sum(run.requests for run in each),
                    sum(run.added for run in each), {}))
    for case in CASES:
        conditions = f"{case[0]} ms latency, {case[1]} in parallel"
        table.add_runs(f"sync of {COUNT} followed artists, {conditions}, one after the other", follows[case], case[2])
        table.add_runs(f"their releases, {runs} runs, {conditions}", releases[case], case[3])


def all_releases(deployment):
    runs = [deployment.sync("releases")]
    while runs[-1].gaps.get("deferred"):
        assert len(runs) < 10 and not runs[-1].gaps.get("unanswered"), runs
        runs.append(deployment.sync("releases"))
    return runs
