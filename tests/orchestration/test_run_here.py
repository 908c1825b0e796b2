"""Dagster's instance as the command line opens it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest

from hubspot_pipeline.orchestration.run_here import open_instance


def test_runs_that_are_started_at_once_make_a_new_instance_one_after_the_other(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    making, another_came = threading.Lock(), threading.Event()

    def make(_: str) -> dg.DagsterInstance:
        if not making.acquire(blocking=False):
            another_came.set()
            raise AssertionError("Two make its databases at once.")
        another_came.wait(0.2)
        making.release()
        return instance

    monkeypatch.setattr("dagster.DagsterInstance.from_config", make)
    with ThreadPoolExecutor(2) as runs:
        opened = runs.map(open_instance, [tmp_path / "home"] * 2)
    assert list(opened) == [instance, instance]
    assert (tmp_path / "home" / "dagster.yaml").exists()
