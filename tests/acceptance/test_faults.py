"""Whatever goes wrong with calls, every row ends with a true verdict, and the account as it should.

Every fault that the simulator knows, alone and all mixed, against every action: delivered, and run
again until nothing is undelivered. ``HUBSPOT_PIPELINE_FAULT_SEEDS`` is how often each is drawn, 1
by default; with more, faults before a call takes effect are all tried with every action, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from tests.acceptance.cases import CASES, Case
from tests.acceptance.trials import End, Trials

pytestmark = pytest.mark.slow

SEEDS = int(os.environ.get("HUBSPOT_PIPELINE_FAULT_SEEDS", "1"))

BEFORE = {
    "429 burst": Fault("status", status=429),
    "429 secondly": Fault("status", status=429, variant="secondly"),
    "429 token": Fault("status", status=429, variant="token"),
    "423": Fault("status", status=423),
    "500 before": Fault("status", status=500),
    "503 empty": Fault("status", status=503, empty=True),
    "reset before": Fault("reset"),
    "timeout before": Fault("timeout"),
}
"""Faults of calls that have no effect, and are made again: of these, a few with each action."""

AFTER = {
    "500 after": Fault("status", status=500, after_commit=True),
    "502 after": Fault("status", status=502, after_commit=True),
    "524 after": Fault("status", status=524, after_commit=True),
    "reset after": Fault("reset", after_commit=True),
    "timeout after": Fault("timeout", after_commit=True),
    "truncate": Fault("truncate"),
    "duplicate": Fault("duplicate"),
    "repeat": Fault("repeat"),
    "hostile": Fault("hostile"),
    "latency": Fault("latency", seconds=0.01),
}
"""Faults of calls that take effect."""

STOPPING = {
    "429 daily": Fault("status", status=429, variant="daily"),
    "477": Fault("status", status=477),
    "revoke": Fault("revoke"),
    "expire": Fault("expire"),
}
"""Faults that may end a run, so that only a few of them let it ever come to an end."""

ALONE = BEFORE | AFTER | STOPPING
RATE, MOST_STOPS = 0.35, 3
MIXED_RATE = 0.2
MOST_RUNS = 12
READ_SECONDS = 0.25
"""How long a call waits for its answer, where some never come."""

CALLS_A_FAULT = 3
"""What a fault costs at most: the call again, and where its answer was damaged, a read of what is
there, and another try of what that did not find."""


def cells() -> Iterator[tuple[str, str]]:
    """Which fault is tried with which action."""
    some = len(BEFORE) if SEEDS > 1 else 2
    for at, name in enumerate(CASES):
        rotated = [*BEFORE, *BEFORE][some * at % len(BEFORE) :][:some]
        yield from ((name, fault) for fault in (*rotated, *AFTER, *STOPPING))


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory, simulator: SimulatorServer) -> Trials:
    return Trials(tmp_path_factory.mktemp("cases"), simulator)


def hold(case: Case, clean: End, end: End) -> None:
    """Hold what was told and done under faults to what comes of the case without any."""
    (expected,) = clean.runs
    keys = [case.key(event) for event in case.events]
    for run, held in zip(end.runs, end.held, strict=True):
        for key, row, verdict in zip(keys, run.rows, expected.verdicts, strict=True):
            assert row["verdict"] in {verdict, "undelivered"}, row
            if row["verdict"] == "delivered":
                assert held.get(key) == clean.held[0][key], row
    for before, after in zip(end.runs, end.runs[1:], strict=False):
        for was, is_ in zip(before.verdicts, after.verdicts, strict=True):
            assert was != "delivered" or is_ == "delivered"
    assert end.runs[-1].verdicts == expected.verdicts, end.runs[-1].rows
    assert end.account == clean.account
    schema_and_token = len(expected.arrivals) - expected.calls_for_rows + 1
    usual = expected.calls_for_rows + schema_and_token * len(end.runs)
    assert len(end.arrivals) <= usual + CALLS_A_FAULT * end.struck


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize(("name", "fault"), list(cells()))
def test_a_fault_alone_changes_neither_verdicts_nor_the_account(
    trials: Trials, tmp_path: Path, name: str, fault: str, seed: int
) -> None:
    case = CASES[name]
    most = MOST_STOPS if fault in STOPPING or "timeout" in fault else None
    end = trials.end(
        case,
        tmp_path,
        replace(ALONE[fault], rate=RATE, seed=seed, count=most),
        most_runs=MOST_RUNS,
        oauth=fault == "expire",
        read_seconds=READ_SECONDS if "timeout" in fault else None,
    )
    hold(case, trials.clean(case, tmp_path), end)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("oauth", [False, True], ids=["a private app", "an OAuth app"])
def test_a_fifth_of_all_calls_at_fault_changes_neither_verdicts_nor_the_account(
    trials: Trials, tmp_path: Path, name: str, seed: int, *, oauth: bool
) -> None:
    case = CASES[name]
    faults = [
        replace(
            fault,
            rate=MIXED_RATE / len(ALONE),
            seed=seed,
            count=MOST_STOPS if "timeout" in kind else None,
        )
        for kind, fault in ALONE.items()
    ]
    end = trials.end(
        case, tmp_path, *faults, most_runs=MOST_RUNS, oauth=oauth, read_seconds=READ_SECONDS
    )
    hold(case, trials.clean(case, tmp_path), end)
