"""Runs of processes that are gone: told apart from live ones by a lock, and ended in Dagster.

A process that is killed cannot say so. Its run would stay "in progress" for ever and keep its place
in the pool; after as many deaths as the pool has places, no run would start again. Dagster's daemon
clears up after the runs that it launches, but not after those of a command line.
"""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING

import filelock
from dagster import DagsterRunStatus, RunsFilter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster import DagsterInstance, DagsterRun

PROCESS_TAG = "hubspot_pipeline/process"
"""The tag of a run with the name of the lock that its process holds."""

FOLDER = "processes"

GONE = "The process of this run is gone."


@contextlib.contextmanager
def living_process(home: Path) -> Iterator[str]:
    """Hold a lock as long as this process lives; yields its name, for ``PROCESS_TAG``."""
    name = uuid.uuid4().hex
    file = _lock_file(home, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(file):
        yield name
    file.unlink(missing_ok=True)


def end_dead_runs(instance: DagsterInstance, home: Path) -> list[DagsterRun]:
    """Mark the runs of dead processes as failed, free their places in the pools, and return them.

    A run whose lock is not on this machine is left alone: it may be another machine's.
    """
    ended = []
    running = RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.STARTING])
    for run in instance.get_runs(filters=running):
        file = _lock_file(home, run.tags.get(PROCESS_TAG, ""))
        if file.is_file() and _is_free(file):
            instance.report_run_failed(run, GONE)
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            file.unlink(missing_ok=True)
            ended.append(run)
    return ended


def _lock_file(home: Path, name: str) -> Path:
    return home / FOLDER / name


def _is_free(file: Path) -> bool:
    try:
        with filelock.FileLock(file, timeout=0):
            return True
    except filelock.Timeout:
        return False
