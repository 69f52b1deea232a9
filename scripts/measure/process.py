"""Programs of ours: started, watched, ended."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

BIN = ".build/release"


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

    def wait_for(self, port, path):
        """Returns when it answers 200 there."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                sys.exit(f"a program ended early:\n{self.text()}")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", path)
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        sys.exit(f"nothing answers {path} on {port}:\n{self.text()}")


def psql(database, sql, given=None):
    """What a statement answers. `given` is what it copies from; without a statement, a script."""
    return subprocess.run(
        ["psql", "-qtAX", "-v", "ON_ERROR_STOP=1", "-d", database] + (["-c", sql] if sql else []),
        check=True, capture_output=True, text=True, input=given).stdout.strip()
