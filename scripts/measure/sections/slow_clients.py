"""What 1,000 slow clients do to others, and how soon they are cut."""

import json
import os
import statistics
import subprocess
import sys

from deployment import TRACKS, Deployment
from load import latency

COUNT = 1_000
PATHS = ["/api/artists/", "/api/me/tracks/?limit=50"]
CROWD = os.path.join(os.path.dirname(os.path.dirname(__file__)), "slow_crowd.py")
# Seconds that the last of them are waited for: bodies have 30 s.
PATIENCE = 40


class Crowd:
    """The slow clients, in a process of their own."""

    def __init__(self, port):
        self.child = subprocess.Popen([sys.executable, CROWD, str(port), str(COUNT)], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.child.stdout.readline() == "all connected\n", "the slow clients can't connect"

    def end(self, patience):
        """How long each lived that was cut, and how old each is that wasn't, by what they do."""
        out, _ = self.child.communicate(f"{patience}\n", timeout=patience + 30)
        return json.loads(out)


def measure(options, table):
    alone, beside, lives = {path: [] for path in PATHS}, {path: [] for path in PATHS}, []
    with Deployment(TRACKS, tracks=10_000) as deployment:
        cookie = deployment.sign_in()
        deployment.ended("tracks")
        deployment.sql("VACUUM ANALYZE")
        # Both caches are warm before anything counts.
        for path in PATHS:
            latency(deployment.port, path, 1, cookie)
        for number in range(options.rounds):
            for path in PATHS:
                alone[path].append(latency(deployment.port, path, options.seconds, cookie))
            crowd = Crowd(deployment.port)
            for path in PATHS:
                beside[path].append(latency(deployment.port, path, options.seconds, cookie))
            lives.append(crowd.end(PATIENCE if number == options.rounds - 1 else 8))
    for path in PATHS:
        table.add(f"GET {path} beside {COUNT:,} slow clients: p50, p99, longest",
                  f"{words(beside[path])} (without them: {words(alone[path])})", "p99 20 ms")
    table.add("who says nothing or drips a header: the last is cut after", cut(lives, ["silent", "header"]), "6 s")
    table.add("who drips a body: the last is cut after", cut(lives[-1:], ["body"]), "32 s")


def words(latencies):
    return (f"{statistics.median(each.p50 for each in latencies):.1f}, "
            f"{statistics.median(each.p99 for each in latencies):.1f}, {max(each.longest for each in latencies):.0f} ms")


def cut(lives, kinds):
    ended = [age for life in lives for kind in kinds for age in life[kind]["cut"]]
    alive = [age for life in lives for kind in kinds for age in life[kind]["alive"]]
    if alive:
        return f"{len(alive):,} are still there after {max(alive):.1f} s"
    return f"{max(ended):.1f} s ({len(ended):,} connections)"
