"""Calls per 1,000 rows of each action in each branch, as the simulated account counted them.

    python benchmarks/calls.py [--only "Upsert Company"]

Beside them, from the reference destination's own count: its calls, and what is held to be possible
with HubSpot's batch endpoints. Calls about the account, which are made once a run, and one that is
made once a token, stand in a column of their own.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import stamina

from hubspot_pipeline.simulator.server import SimulatorServer
from tests.acceptance.branches import BRANCHES, Branch
from tests.acceptance.shop import Run, Shop, prompt_account

HEADINGS = ("", "calls", "once a run", "reference", "better")
WIDTHS = (42, 7, 12, 20, 12)


def main() -> None:
    """Run every branch and print a line for it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="an action's title")
    only = parser.parse_args().only
    os.environ.pop("HUBSPOT_BASE_URL", None)
    stamina.set_testing(True, attempts=100, cap=True)
    title = ""
    with SimulatorServer(prompt_account()) as simulator:
        for branch in BRANCHES:
            if only not in branch.action:
                continue
            if branch.action != title:
                title = branch.action
                _print(title, *HEADINGS[1:])
            _print(f"  {branch.name}", *_counted(branch, simulator))


def _counted(branch: Branch, simulator: SimulatorServer) -> tuple[str, ...]:
    simulator.reset(prompt_account())
    with tempfile.TemporaryDirectory() as folder:
        run = branch.run(Shop(Path(folder), simulator))
    problem = "" if run.counts == {branch.verdict: len(run.rows)} else f"  {run.counts}"
    return (
        str(run.calls_for_rows), str(_once(run)), branch.reference, f"{branch.better}{problem}",
    )  # fmt: skip


def _once(run: Run) -> int:
    return sum(run.calls.values()) - run.calls_for_rows


def _print(*cells: str) -> None:
    first, *others = cells
    aligned = (cell.rjust(width) for cell, width in zip(others, WIDTHS[1:], strict=True))
    print(first.ljust(WIDTHS[0]), *aligned, flush=True)


if __name__ == "__main__":
    main()
