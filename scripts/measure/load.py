"""The tools that make load, and what they say."""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass


@dataclass
class Latency:
    """In milliseconds, of requests that begin at a fixed rate."""

    rate: float
    p50: float
    p99: float
    longest: float


def run(command, path):
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"{path} answered errors:\n{out}")
    return out


def rate(out):
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def address(port, path, cookie):
    return (["-H", f"Cookie: {cookie}"] if cookie else []) + [f"http://127.0.0.1:{port}{path}"]


def throughput(port, path, seconds, cookie=None, connections=64):
    """Requests a second, as many as there can be."""
    return rate(run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s"] + address(port, path, cookie), path))


def latency(port, path, seconds, cookie=None, connections=8, pause=10):
    """Of connections that rest `pause` milliseconds after each answer, so that nothing is ever busy."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f"function delay() return {pause} end\n")
        script.flush()
        out = run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script.name]
                  + address(port, path, cookie), path)
    return Latency(
        rate(out), milliseconds(re.search(r"\s50%\s+(\S+)", out).group(1)),
        milliseconds(re.search(r"\s99%\s+(\S+)", out).group(1)),
        milliseconds(re.search(r"Latency\s+\S+\s+\S+\s+(\S+)", out).group(1)))


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1_000, "m": 60_000}[unit]


def pgbench(database, statement, seconds):
    """Transactions a second of a prepared statement over 16 connections."""
    return transactions(database, [statement], seconds)


def transactions(database, statements, seconds, settings=""):
    """The same of several statements, one after the other. `settings` are the connections': `-c name=value`."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        for statement in statements:
            line = statement.replace("\n", " ").strip()
            script.write(line + ("\n" if line.startswith("\\") or line.endswith(";") else ";\n"))
        script.flush()
        out = subprocess.run(
            ["pgbench", "-n", "-M", "prepared", "-c", "16", "-j", "2", "-T", str(seconds), "-f", script.name, database],
            capture_output=True, text=True, check=True, env={**os.environ, "PGOPTIONS": settings}).stdout
    return float(re.search(r"tps = ([\d.]+)", out).group(1))
