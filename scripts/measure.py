#!/usr/bin/env python3
"""Measures speed and memory of the release build and prints a table.

Run by `make bench` beside a private Postgres and Redis (TEST_DATABASE_URL, TEST_REDIS_URL). Whatever is
compared is measured in turns within one run, and the median of the rounds is shown, as these figures vary
with the machine's other work. Talks to 127.0.0.1 alone.
"""

import argparse
import http.client
import os
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

BIN = ".build/release"
CLIENT = ("cratekeeper-demo", "cratekeeper-demo-secret")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A program of ours, ended with the block that started it."""

    def __init__(self, *command, env=None):
        self.log = tempfile.TemporaryFile()
        self.child = subprocess.Popen(command, env={**os.environ, **(env or {})}, stdout=self.log, stderr=self.log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def memory(self, field):
        """VmRSS or VmHWM in MB."""
        with open(f"/proc/{self.child.pid}/status") as status:
            return int(re.search(rf"^{field}:\s+(\d+)", status.read(), re.M).group(1)) / 1024

    def text(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")


def wait_for(port, path, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.child.poll() is not None:
            sys.exit(f"a program ended early:\n{process.text()}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit(f"nothing answers {path} on {port}:\n{process.text()}")


def psql(database, sql):
    return subprocess.run(
        ["psql", "-qtAX", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql],
        check=True, capture_output=True, text=True).stdout.strip()


class Deployment:
    """A database, a simulator, a server and a worker, all of them new."""

    count = 0

    def __init__(self, latency=0, pages=20, tracks=10_000, reactors=None):
        Deployment.count += 1
        self.latency, self.tracks = latency, tracks
        admin = os.environ["TEST_DATABASE_URL"]
        name = f"bench_{os.getpid()}_{Deployment.count}"
        psql(admin, f"CREATE DATABASE {name}")
        self.admin, self.name = admin, name
        parts = urllib.parse.urlsplit(admin)
        self.database = urllib.parse.urlunsplit(parts._replace(path=f"/{name}"))
        self.port, self.ops, self.worker_ops, self.spotify = (free_port() for _ in range(4))
        keys = subprocess.run([f"{BIN}/cratekeeper", "keys", "generate"], capture_output=True, text=True, check=True)
        self.env = {
            "DATABASE_URL": self.database, "REDIS_URL": os.environ["TEST_REDIS_URL"],
            "REDIS_NAMESPACE": name.replace("_", "-"), "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "LISTEN": f"127.0.0.1:{self.port}", "OPS_LISTEN": f"127.0.0.1:{self.ops}",
            "SPOTIFY_CLIENT_ID": CLIENT[0], "SPOTIFY_CLIENT_SECRET": CLIENT[1],
            "SPOTIFY_API_URL": f"http://127.0.0.1:{self.spotify}/v1",
            "SPOTIFY_ACCOUNTS_URL": f"http://127.0.0.1:{self.spotify}", "TOKEN_KEYS": keys.stdout.strip(),
            "PAGES_IN_PARALLEL": str(pages), "LOG_LEVEL": "warning", "LOG_FORMAT": "text",
            # Saved tracks alone: the other kinds would share the cores and the connections.
            "SPOTIFY_SCOPES": "user-library-read",
        }
        if reactors:
            self.env["REACTORS"] = str(reactors)

    def __enter__(self):
        subprocess.run([f"{BIN}/cratekeeper", "migrate"], env={**os.environ, **self.env}, check=True,
                       stdout=subprocess.DEVNULL)
        self.simulator = Process(
            f"{BIN}/spotify-simulator", "--listen", f"127.0.0.1:{self.spotify}", "--mode", "extended",
            "--client", f"{CLIENT[0]}:{CLIENT[1]}:http://127.0.0.1:{self.port}/spotify/callback/",
            "--latency", str(self.latency), "--page-bytes", "150000", "--no-oddities",
            "--user", f"bench:Bench:{self.tracks}:1:0:0")
        self.server = Process(f"{BIN}/cratekeeper", "serve", env=self.env)
        self.worker = Process(f"{BIN}/cratekeeper", "worker", env={
            **self.env, "OPS_LISTEN": f"127.0.0.1:{self.worker_ops}", "LOG_LEVEL": "info"})
        wait_for(self.port, "/readyz", self.server)
        wait_for(self.worker_ops, "/readyz", self.worker)
        return self

    def __exit__(self, *_):
        for process in (self.worker, self.server, self.simulator):
            process.__exit__()
        psql(self.admin, f"DROP DATABASE {self.name} WITH (FORCE)")

    def request(self, port, path, cookies=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path, headers={"Cookie": cookies} if cookies else {})
        answer = connection.getresponse()
        answer.body = answer.read()
        return answer

    def sign_in(self):
        """Connects the simulator's user; returns the session's cookie."""
        begun = self.request(self.port, "/spotify/auth/")
        page = urllib.parse.urlsplit(begun.getheader("Location"))
        allowed = self.request(self.spotify, f"{page.path}?{page.query}&simulate_user=bench")
        back = urllib.parse.urlsplit(allowed.getheader("Location"))
        done = self.request(self.port, f"{back.path}?{back.query}", begun.getheader("Set-Cookie").split(";")[0])
        if done.status not in (302, 303):
            sys.exit(f"the sign-in failed: {done.status} {done.body[:300]}")
        cookies = [value.split(";")[0] for name, value in done.getheaders() if name.lower() == "set-cookie"]
        return "; ".join(cookie for cookie in cookies if not cookie.endswith("="))

    def first_sync(self):
        """Seconds that the worker took for the first run, its commit included."""
        cookie = self.sign_in()
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            ended = re.search(r"a run succeeded .*kind=tracks .*took=([\d.]+)ms", self.worker.text())
            if ended:
                row = psql(self.database, "SELECT status, added FROM cratekeeper.sync_run WHERE kind = 'tracks'")
                assert row == f"succeeded|{self.tracks}", row
                return cookie, float(ended.group(1)) / 1_000
            if "a run ended early" in self.worker.text():
                sys.exit(f"the sync failed:\n{self.worker.text()}")
            time.sleep(0.05)
        sys.exit("the sync took over two minutes")


def wrk(port, path, seconds, cookie=None, connections=64):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    if cookie:
        command += ["-H", f"Cookie: {cookie}"]
    out = subprocess.run(command + [f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        sys.exit(f"{path} answered errors:\n{out}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


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


def pgbench(database, seconds):
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(LISTING.replace("\n", " ").strip() + "\n")
        script.flush()
        out = subprocess.run(
            ["pgbench", "-n", "-M", "prepared", "-c", "16", "-j", "2", "-T", str(seconds), "-f", script.name, database],
            capture_output=True, text=True, check=True).stdout
    return float(re.search(r"tps = ([\d.]+)", out).group(1))


def idle_connections(port, count):
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(count + 1_000, 8_192),) * 2)
    sockets = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n")
        sockets.append(connection)
    for connection in sockets:
        connection.recv(4_096)
    return sockets


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, figure, goal):
        self.rows.append((what, figure, goal))
        print(f"  {what}: {figure} (goal {goal})", flush=True)

    def print(self):
        widths = [max(len(row[column]) for row in self.rows) for column in range(3)]
        print()
        for row in [("what", "measured", "goal")] + self.rows:
            print("| " + " | ".join(cell.ljust(max(width, 4)) for cell, width in zip(row, widths)) + " |")


def main():
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median is shown (default 3)")
    parser.add_argument("--seconds", type=int, default=4, help="of each load (default 4)")
    options = parser.parse_args()
    table = Table()
    print(f"{os.cpu_count()} cores, {options.rounds} rounds, load average {os.getloadavg()[0]:.1f}", flush=True)

    cases = [(50, 20, "0.9 s"), (50, 10, "1.4 s"), (0, 20, "0.8 s")]
    times, memory = {case: [] for case in cases}, []
    for _ in range(options.rounds):
        for case in cases:
            with Deployment(latency=case[0], pages=case[1]) as deployment:
                times[case].append(deployment.first_sync()[1])
                memory.append(deployment.worker.memory("VmHWM"))
    for latency, pages, goal in cases:
        table.add(f"first sync of 10,000 tracks, {latency} ms latency, {pages} in parallel",
                  f"{statistics.median(times[(latency, pages, goal)]):.2f} s", goal)
    table.add("memory of the worker, highest", f"{max(memory):.0f} MB", "150 MB")

    with Deployment() as deployment:
        rest = deployment.server.memory("VmRSS")
        cookie, _ = deployment.first_sync()
        psql(deployment.database, "VACUUM ANALYZE")
        hello, artists, tracks, select = [], [], [], []
        for _ in range(options.rounds):
            hello.append(wrk(deployment.port, "/healthz", options.seconds))
            artists.append(wrk(deployment.port, "/api/artists/", options.seconds))
            tracks.append(wrk(deployment.port, "/api/me/tracks/?limit=50", options.seconds, cookie))
            select.append(pgbench(deployment.database, options.seconds))
        table.add("hello-world through the middleware, 64 connections", f"{statistics.median(hello):,.0f}/s", "60,000/s")
        table.add("GET /api/artists/ with 100 releases", f"{statistics.median(artists):,.0f}/s, "
                  f"{statistics.median(a / h for a, h in zip(artists, hello)):.2f} of hello-world", "0.5")
        table.add("GET /api/me/tracks/?limit=50", f"{statistics.median(tracks):,.0f}/s, "
                  f"{statistics.median(t / s for t, s in zip(tracks, select)):.2f} of pgbench "
                  f"({statistics.median(select):,.0f}/s)", "0.25")
        table.add("server at rest", f"{rest:.0f} MB", "60 MB")
    with Deployment() as deployment:
        sockets = idle_connections(deployment.port, 5_000)
        table.add("server with 5,000 idle connections", f"{deployment.server.memory('VmRSS'):.0f} MB", "250 MB")
        for connection in sockets:
            connection.close()
    table.print()


if __name__ == "__main__":
    main()
