"""A database, a simulated Spotify, a server and a worker, all of them new."""

import http.client
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
from dataclasses import dataclass

from process import BIN, Process, free_port, psql

CLIENT = ("cratekeeper-demo", "cratekeeper-demo-secret")
TRACKS = "user-library-read"
PLAYLISTS = "playlist-read-private playlist-read-collaborative"
FOLLOWS = "user-follow-read"


@dataclass
class Run:
    """A sync that succeeded."""

    seconds: float
    requests: int
    added: int
    gaps: dict


class Deployment:
    """Ended with the block that started it, its database included."""

    count = 0

    def __init__(self, scopes=TRACKS, latency=0, pages=20, tracks=0, artists=0, playlists=0):
        """
        scopes: what is synced on connecting; as few kinds as possible, as they share the cores.
        latency: of every answer of Spotify's, in milliseconds.
        pages: how many requests a run has under way.
        tracks, artists, playlists: how many the user has at Spotify.
        """
        Deployment.count += 1
        self.latency = latency
        self.user = f"bench:Bench:{tracks}:1:{artists}:{playlists}"
        self.admin = os.environ["TEST_DATABASE_URL"]
        self.name = f"bench_{os.getpid()}_{Deployment.count}"
        psql(self.admin, f"CREATE DATABASE {self.name}")
        parts = urllib.parse.urlsplit(self.admin)
        self.database = urllib.parse.urlunsplit(parts._replace(path=f"/{self.name}"))
        self.port, self.ops, self.worker_ops, self.spotify = (free_port() for _ in range(4))
        keys = subprocess.run([f"{BIN}/cratekeeper", "keys", "generate"], capture_output=True, text=True, check=True)
        self.env = {
            "DATABASE_URL": self.database, "REDIS_URL": os.environ["TEST_REDIS_URL"],
            "REDIS_NAMESPACE": self.name.replace("_", "-"), "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "LISTEN": f"127.0.0.1:{self.port}", "OPS_LISTEN": f"127.0.0.1:{self.ops}",
            "SPOTIFY_CLIENT_ID": CLIENT[0], "SPOTIFY_CLIENT_SECRET": CLIENT[1],
            "SPOTIFY_API_URL": f"http://127.0.0.1:{self.spotify}/v1",
            "SPOTIFY_ACCOUNTS_URL": f"http://127.0.0.1:{self.spotify}", "TOKEN_KEYS": keys.stdout.strip(),
            "PAGES_IN_PARALLEL": str(pages), "LOG_LEVEL": "warning", "LOG_FORMAT": "text",
            "SPOTIFY_SCOPES": scopes,
            # High, not off: what they cost is in the figures.
            "LIMIT_SIGN_INS": "1000000", "LIMIT_CHANGES": "1000000", "LIMIT_READS": "100000000",
            "LIMIT_AT_ONCE": "10000",
        }

    def __enter__(self):
        subprocess.run([f"{BIN}/cratekeeper", "migrate"], env={**os.environ, **self.env}, check=True,
                       stdout=subprocess.DEVNULL)
        self.simulator = Process(
            f"{BIN}/spotify-simulator", "--listen", f"127.0.0.1:{self.spotify}", "--mode", "extended",
            "--client", f"{CLIENT[0]}:{CLIENT[1]}:http://127.0.0.1:{self.port}/spotify/callback/",
            "--latency", str(self.latency), "--page-bytes", "150000", "--no-oddities", "--user", self.user)
        self.server = Process(f"{BIN}/cratekeeper", "serve", env=self.env)
        self.worker = Process(f"{BIN}/cratekeeper", "worker", env={
            **self.env, "OPS_LISTEN": f"127.0.0.1:{self.worker_ops}", "LOG_LEVEL": "info"})
        self.server.wait_for(self.port, "/readyz")
        self.worker.wait_for(self.worker_ops, "/readyz")
        return self

    def __exit__(self, *_):
        for process in (self.worker, self.server, self.simulator):
            process.__exit__()
        psql(self.admin, f"DROP DATABASE {self.name} WITH (FORCE)")

    def sql(self, statement):
        return psql(self.database, statement)

    def request(self, port, path, cookies=None, method="GET", body=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, path, body=body, headers={"Cookie": cookies} if cookies else {})
        answer = connection.getresponse()
        answer.body = answer.read()
        return answer

    def control(self, path, order):
        """Tells the simulator something (docs/simulator.md)."""
        answer = self.request(self.spotify, f"/_simulator/{path}", method="POST", body=json.dumps(order))
        if answer.status != 200:
            sys.exit(f"the simulator refuses {path}: {answer.status} {answer.body[:300]}")

    def sign_in(self):
        """Connects the simulator's user, which begins the first syncs; returns the session's cookie."""
        begun = self.request(self.port, "/spotify/auth/")
        page = urllib.parse.urlsplit(begun.getheader("Location"))
        allowed = self.request(self.spotify, f"{page.path}?{page.query}&simulate_user=bench")
        back = urllib.parse.urlsplit(allowed.getheader("Location"))
        done = self.request(self.port, f"{back.path}?{back.query}", begun.getheader("Set-Cookie").split(";")[0])
        if done.status not in (302, 303):
            sys.exit(f"the sign-in failed: {done.status} {done.body[:300]}")
        cookies = [value.split(";")[0] for name, value in done.getheaders() if name.lower() == "set-cookie"]
        self.cookie = "; ".join(cookie for cookie in cookies if not cookie.endswith("="))
        return self.cookie

    def sync(self, kind):
        """Asks for a run, and waits for its end."""
        answer = self.request(self.port, f"/spotify/sync/{kind}/", self.cookie, method="POST")
        if answer.status != 202:
            sys.exit(f"no run of {kind}: {answer.status} {answer.body[:300]}")
        return self.ended(kind, json.loads(answer.body)["id"])

    def audit(self):
        """Lets the scheduled run come now that reads all saved tracks, and waits for its end."""
        newest = "SELECT max(run_id::text) FROM cratekeeper.sync_run WHERE kind = 'tracks'"
        before = self.sql(newest)
        self.sql("UPDATE cratekeeper.saved_tracks_list SET audit_at = now()")
        self.sql("UPDATE cratekeeper.sync_schedule SET next_check_at = now() WHERE kind = 'tracks'")
        deadline = time.monotonic() + 30
        while (run := self.sql(newest)) == before:
            if time.monotonic() > deadline:
                sys.exit("the audit doesn't begin")
            time.sleep(0.05)
        return self.ended("tracks", run)

    def ended(self, kind, run=None):
        """Waits for a run's end, without an id for that of the newest of its kind.

        Its seconds are those that the worker took, its commit included.
        """
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            answer = self.request(self.port, f"/spotify/sync/?kind={kind}&limit=1", self.cookie)
            newest = json.loads(answer.body)["items"][0]
            run = run or newest["id"]
            assert newest["id"] == run, "another run came between"
            # Releases wait for the follows without an error.
            if newest["status"] in ("failed", "cancelled") or newest["error"]:
                sys.exit(f"the sync of {kind} failed:\n{newest}\n{self.worker.text()}")
            said = [line for line in self.worker.text().splitlines() if "a run succeeded" in line and run in line]
            if newest["status"] == "succeeded" and said:
                took = re.search(r"took=([\d.]+)ms", said[0]).group(1)
                return Run(float(took) / 1_000, newest["requests"]["made"], newest["changes"]["added"],
                           {gap["reason"]: gap["count"] for gap in newest["gaps"]})
            time.sleep(0.05)
        sys.exit(f"the sync of {kind} took over three minutes")
