"""The first sync of 10,000 saved tracks, and what the worker needs for it."""

from deployment import TRACKS, Deployment

COUNT = 10_000
# Latency in milliseconds, pages in parallel, goal.
CASES = [(50, 20, "0.9 s"), (50, 10, "1.4 s"), (0, 20, "0.8 s")]


def measure(options, table):
    runs, memory = {case: [] for case in CASES}, []
    for _ in range(options.rounds):
        for case in CASES:
            with Deployment(TRACKS, latency=case[0], pages=case[1], tracks=COUNT) as deployment:
                deployment.sign_in()
                run = deployment.ended("tracks")
                assert run.added == COUNT and not run.gaps, run
                runs[case].append(run)
                memory.append(deployment.worker.memory("VmHWM"))
    for case in CASES:
        latency, pages, goal = case
        table.add_runs(f"first sync of {COUNT:,} saved tracks, {latency} ms latency, {pages} in parallel",
                       runs[case], goal)
    table.add("memory of the worker, highest", f"{max(memory):.0f} MB", "150 MB")
