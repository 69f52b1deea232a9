"""What looks across many people's grants: another key for all of them, and judging refusals in an outage.

A rotation reads and writes each grant as its person, four statements each; the UPDATE beside it writes fifty with one.
The verdicts are written over 16 connections by pgbench, as Storage/RefreshEnds.swift does it; what is measured beside
them is the same transaction without the question that it judges by.
"""

import os
import statistics
import subprocess
import threading
import time

import many_people
from deployment import TRACKS, Deployment
from load import throughput, transactions
from process import BIN, psql

TRACKS_PATH = "/api/me/tracks/?limit=50"
# What the program does on connecting.
SERVICE = "-c role=cratekeeper_service -c search_path=cratekeeper,pg_temp"

BEGIN = ["BEGIN", "SELECT set_config('app.user_id', :user::text, true)",
         "SELECT set_config('lock_timeout', '5s', true), set_config('idle_in_transaction_session_timeout', '5s', true)"]
QUESTION = """
SELECT held.refusals, others.*
FROM spotify_grant AS held
CROSS JOIN LATERAL answers_to_others(
  least(held.refused_at, now() - interval '3 hours'),
  least(held.refused_at, now() - interval '3 hours') - interval '3 hours',
  coalesce(held.suspect_since, now()), {waiting}) AS others
WHERE held.user_id = :user"""
VERDICT = ["""
UPDATE spotify_grant
SET refresh_lease = NULL, refresh_lease_until = NULL, last_error = 'Refresh token revoked',
    access_token_expires_at = least(access_token_expires_at, clock_timestamp()), status = 'suspect',
    suspect_since = coalesce(suspect_since, now()), refused_at = clock_timestamp(), refusals = refusals + 1,
    refresh_not_before = clock_timestamp() + make_interval(secs => 1800 * (1 + random() * 0.1))
WHERE user_id = :user""", "COMMIT"]
ALONE = BEGIN + VERDICT
OUTAGE = BEGIN + [QUESTION.format(waiting="false")] + VERDICT
HEALTHY = BEGIN + [QUESTION.format(waiting="false"), QUESTION.format(waiting="true")] + VERDICT


def measure(options, table):
    keys = [many_people.key("first"), many_people.key("second")]
    deployment = Deployment(TRACKS, tracks=10_000)
    deployment.env["TOKEN_KEYS"] = ",".join(keys)
    with deployment:
        cookie = deployment.sign_in()
        deployment.ended("tracks")
        first = many_people.connect(deployment.database, options.people, keys[0])
        change_keys(options, table, deployment, keys, first)
        change_beside(options, table, deployment, keys, cookie)
        judge(options, table, deployment.database, first)


def change_keys(options, table, deployment, keys, first):
    rotated, verified, rewritten, counted = [], [], [], []
    for _ in range(options.rounds):
        keys.reverse()
        rotated.append(seconds(command, deployment, "rotate", keys))
        verified.append(seconds(command, deployment, "verify", keys))
        rewritten.append(seconds(rewrite, deployment.database, first, options.people))
        deployment.sql("VACUUM cratekeeper.spotify_grant")
        counted.append(seconds(deployment.sql, "SELECT FROM cratekeeper.key_uses()"))
    per_second = options.people / statistics.median(rotated)
    share = statistics.median(plain / sealed for plain, sealed in zip(rewritten, rotated))
    table.add(f"keys rotate, {options.people:,} grants",
              f"{statistics.median(rotated):.1f} s, {per_second:,.0f}/s, {share:.2f} of the same UPDATE by psql",
              "0.1")
    table.add(f"keys verify, {options.people:,} grants",
              f"{statistics.median(verified):.1f} s, {options.people / statistics.median(verified):,.0f}/s", "20,000/s")
    # With the start of psql.
    table.add(f"keys in use, of {options.people:,} grants, as each start counts them",
              f"{statistics.median(counted) * 1_000:.0f} ms", "100 ms")


def change_beside(options, table, deployment, keys, cookie):
    alone, beside = [], []
    for _ in range(options.rounds):
        alone.append(throughput(deployment.port, TRACKS_PATH, load_seconds(options), cookie))
        with Changing(deployment, keys):
            beside.append(throughput(deployment.port, TRACKS_PATH, load_seconds(options), cookie))
        deployment.sql("VACUUM cratekeeper.spotify_grant")
    table.add("GET /api/me/tracks/?limit=50 during keys rotate",
              f"{statistics.median(beside):,.0f}/s, "
              f"{statistics.median(b / a for b, a in zip(beside, alone)):.2f} of without", "0.5")


def judge(options, table, database, first):
    def verdicts(statements, people):
        return transactions(
            database, [f"\\set user random({first}, {first + people - 1})"] + statements,
            load_seconds(options), SERVICE)

    # Some are refused, and most are not: everybody waits for those before.
    healthy = [verdicts(HEALTHY, 50) for _ in range(options.rounds)]
    many_people.refuse(database)
    outage, alone = [], []
    for _ in range(options.rounds):
        outage.append(verdicts(OUTAGE, options.people))
        alone.append(verdicts(ALONE, options.people))
    table.add(f"refusals judged in an outage of {options.people:,} people",
              f"{statistics.median(outage):,.0f}/s, {statistics.median(o / a for o, a in zip(outage, alone)):.2f} of "
              "writing the verdict alone", "0.33")
    table.add("refusals judged in healthy times, one after the other", f"{statistics.median(healthy):,.0f}/s", "50/s")


def load_seconds(options):
    """There are five loads in each round."""
    return max(1, options.seconds // 2)


def seconds(action, *arguments):
    began = time.monotonic()
    action(*arguments)
    return time.monotonic() - began


def command(deployment, name, keys):
    subprocess.run(
        [f"{BIN}/cratekeeper", "keys", name], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, **deployment.env, "TOKEN_KEYS": ",".join(keys)})


def rewrite(database, first, count):
    """What a rotation writes, as fast as Postgres goes: as many grants in each transaction."""
    psql(database, None, "\n".join(
        "UPDATE cratekeeper.spotify_grant SET access_token = set_byte(access_token, 0, 1), "
        f"refresh_token = set_byte(refresh_token, 0, 1) WHERE user_id BETWEEN {start} AND {start + 49};"
        for start in range(first, first + count, 50)))


class Changing:
    """Keys are changed to and fro for as long as the block lasts."""

    def __init__(self, deployment, keys):
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.change, args=(deployment, keys))

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    def change(self, deployment, keys):
        while not self.is_over.is_set():
            keys.reverse()
            command(deployment, "rotate", keys)
