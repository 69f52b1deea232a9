"""What was measured, beside what it should be."""

import statistics


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, figure, goal="–"):
        self.rows.append((what, figure, goal))
        print(f"  {what}: {figure} (goal {goal})", flush=True)

    def add_runs(self, what, runs, goal="–"):
        """The median of runs that did the same; of their requests, all that occurred."""
        requests = sorted({run.requests for run in runs})
        count = f"{requests[0]:,}" if len(requests) == 1 else f"{requests[0]:,} to {requests[-1]:,}"
        self.add(what, f"{statistics.median(run.seconds for run in runs):.2f} s, {count} requests", goal)

    def print(self):
        widths = [max(len(row[column]) for row in self.rows) for column in range(3)]
        print()
        for row in [("what", "measured", "goal")] + self.rows:
            print("| " + " | ".join(cell.ljust(max(width, 4)) for cell, width in zip(row, widths)) + " |")
