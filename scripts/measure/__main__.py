"""Measures speed and memory of the release build and prints a table.

Run by `make bench` beside a private Postgres and Redis (TEST_DATABASE_URL, TEST_REDIS_URL). Whatever is
compared is measured in turns within one run, and the median of the rounds is shown, as these figures vary
with the machine's other work. Talks to 127.0.0.1 alone.
"""

import argparse
import os
import time

from sections import checks, first_syncs, follows, idle_connections, keys, playlists, requests, slow_clients
from table import Table

# A section is a module of `sections/` with a docstring and `measure(options, table)`, which adds rows.
SECTIONS = {
    "saved-tracks": first_syncs, "checks": checks, "playlists": playlists, "follows": follows, "requests": requests,
    "idle-connections": idle_connections, "slow-clients": slow_clients, "keys": keys,
}


def main():
    sections = "\n".join(f"  {name:18}{section.__doc__.splitlines()[0]}" for name, section in SECTIONS.items())
    parser = argparse.ArgumentParser(
        prog="make bench ARGS=…", description=__doc__, epilog=f"sections:\n{sections}",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median is shown (default 3)")
    parser.add_argument("--seconds", type=int, default=4, help="of each load (default 4)")
    parser.add_argument("--people", type=int, default=20_000, help="whose grants `keys` is about (default 20,000)")
    parser.add_argument("--only", action="append", choices=SECTIONS, metavar="SECTION",
                        help="this section; may be repeated (default: all)")
    options = parser.parse_args()
    table = Table()
    print(f"{os.cpu_count()} cores, {options.rounds} rounds, load average {os.getloadavg()[0]:.1f}", flush=True)
    for name, section in SECTIONS.items():
        if options.only and name not in options.only:
            continue
        began = time.monotonic()
        print(f"{name}: {section.__doc__.splitlines()[0]}", flush=True)
        section.measure(options, table)
        print(f"  (took {time.monotonic() - began:.0f} s)", flush=True)
    table.print()
    print(f"\nload average over the last minute and the last five: {os.getloadavg()[0]:.1f}, {os.getloadavg()[1]:.1f}")


if __name__ == "__main__":
    main()
