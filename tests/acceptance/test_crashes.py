"""A delivery that dies, wherever it dies, and is run again ends as one that nothing ever stopped.

Killed with SIGKILL before and after records of the journal and calls, at points spread over the
whole run. ``HUBSPOT_PIPELINE_CRASH_POINTS`` is at how many, 4 by default; ``all`` for all of them.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hubspot_pipeline import pipeline
from hubspot_pipeline.delivery.states import ENTRY
from hubspot_pipeline.delivery.verdicts import SKIPPED_BY_A_RERUN
from hubspot_pipeline.destination import Destination
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.stores import open_journal, scope_of
from tests.acceptance.cases import CASES, TWO_ADDRESSES, Case
from tests.acceptance.crash_points import deliver, deliver_and_die
from tests.acceptance.shop import DAY, Event, identify
from tests.acceptance.snapshots import Snapshot, snapshot
from tests.acceptance.trials import Made, Trial, Trials

pytestmark = pytest.mark.slow

POINTS = os.environ.get("HUBSPOT_PIPELINE_CRASH_POINTS", "4")
WRITES = ("objects.batch.upsert", "objects.batch.create", "objects.batch.update")
TOLD = ("file", "row", "record", "verdict", "field", "category", "superseded_by")
"""What of a result does not differ from run to run."""


@dataclass
class Delivery:
    """One delivery of a case to an account of its own, whole or in two runs.

    Attributes:
        trial: The account, and the files.
        destination: Its mapping is named so.
        made: What is made of its payloads.
        others: What is made of other days' payloads.
    """

    trial: Trial
    destination: Destination
    made: Made
    others: Mapping[str, Made] = field(default_factory=dict)

    def run(self, day: str = DAY) -> list[str]:
        """Deliver to the end; return the points that were passed."""
        made = self.others.get(day, self.made)
        passed = deliver(made, self.destination, self.trial.storage, day)
        self.trial.account.settle(self.trial.simulator.clock.now())
        return passed

    def die(self, point: int) -> bool:
        """Deliver until a point; return whether there was such a point."""
        return deliver_and_die(self.made, self.destination, self.trial.storage, DAY, point)

    def results(self) -> list[dict[str, Any]]:
        """What became of each row, without what differs between two runs."""
        found = pipeline.read_results(self.destination, "mapping", DAY, self.trial.storage)
        return found.select(TOLD).sort_by([("file", "ascending"), ("row", "ascending")]).to_pylist()

    def account(self) -> Snapshot:
        """What the account holds."""
        return snapshot(self.trial.account)

    def remembered(self) -> tuple[list[tuple[str, bytes]], list[tuple[str, int]]]:
        """What is remembered of each record, and by which keys it is known."""
        return (
            self._of_records("SELECT record_id, state FROM record_states"),
            self._of_records("SELECT record_id, key_b FROM record_keys"),
        )

    def times(self) -> list[tuple[str, list[Any]]]:
        """When each thing that is remembered of a record happened, also where it is in doubt."""
        return [
            (name, np.frombuffer(state, ENTRY)[["name", "time"]].tolist())
            for name, state in self.remembered()[0]
        ]

    def _of_records(self, query: str) -> list[tuple[str, Any]]:
        """What a query tells of records, which are named by their values."""
        names = {
            int(record.id): f"{records.kind.name}: {sorted(record.values.items())}"
            for records in self.trial.account.all_records.values()
            for record in records
        }
        return sorted((names[record_id], told) for record_id, told in self._read(query))

    def sent(self) -> dict[str, int]:
        """How many calls have carried each write that is delivered, by its key.

        It is read from a copy: to look at a journal is to go on with its run.
        """
        copy = self.trial.state.with_name("copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.trial.state, copy)
        settings = self.trial.connection(self.destination)
        scope = scope_of(self.destination, "mapping", DAY, settings)
        storage = replace(self.trial.storage, state=copy)
        with (
            open_journal(self.destination, storage) as book,
            book.partition(scope) as journal,
        ):
            known = journal.known("", "\U0010ffff")
        return {k: e.attempts for k, e in known.items() if e.verdict in SKIPPED_BY_A_RERUN}

    def written(self, case: Case, since: int) -> set[str]:
        """The ids of all records that calls wrote since one of them."""
        by_id = {
            record.id: record.values.get(case.by, "").lower()
            for record in self.trial.account.records(case.object_type)
        }
        return {
            by_id.get(key, key).lower()
            for call in list(self.trial.simulator.log)[since:]
            if call.route in WRITES
            for key in call.keys
        }

    def _read(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.trial.storage.state_file("journal.sqlite"))) as database:
            return database.execute(query).fetchall()


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory, simulator: SimulatorServer) -> Trials:
    return Trials(tmp_path_factory.mktemp("cases"), simulator)


def chosen(points: int) -> Iterator[int]:
    """Some of the points, spread over all of them; not only those before, or only those after."""
    step = 1 if POINTS == "all" else max(1, points // int(POINTS)) | 1
    yield from range(0, points, step)


@pytest.mark.parametrize(
    "name", ["Upsert Contact", "Upsert Company", "Custom Object V2, upsert", "Custom Event V2"]
)
def test_a_delivery_that_dies_anywhere_and_is_run_again_ends_as_an_unbroken_one(
    trials: Trials, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    whole = Delivery(*trials.begun(case, tmp_path / "whole"))
    points = whole.run()
    expected = whole.results(), whole.account(), whole.remembered()
    for point in chosen(len(points)):
        broken = Delivery(*trials.begun(case, tmp_path / str(point)))
        assert broken.die(point), points[point]
        final, calls = broken.sent(), len(broken.trial.simulator.log)
        broken.run()
        assert broken.results() == expected[0], points[point]
        assert broken.account() == expected[1], points[point]
        assert broken.remembered() == expected[2], points[point]
        sent = broken.sent()
        assert {key: sent[key] for key in final} == final, points[point]
        if case.object_type:
            ids = {broken.made.ids[key] for key in final if key in broken.made.ids}
            assert not ids & broken.written(case, calls), points[point]


EARLIER, LATER = "2026-01-01", "2026-01-03"


def test_a_delivery_that_dies_between_two_addresses_of_a_contact_leaves_the_newest_value(
    trials: Trials, tmp_path: Path
) -> None:
    """Also where a later day gave it, and nobody knew yet that the second address is the same's."""
    trial, destination, made = trials.begun(TWO_ADDRESSES, tmp_path / "mapped")
    last = identify("ad@x.com", city="Latest")
    trial.export([last | {"timestamp": last["timestamp"].replace(DAY, LATER)}], LATER)
    pipeline.map_partition(destination, "mapping", LATER, trial.storage)
    others = {LATER: Made(made.action)}
    whole = Delivery(*trials.begun(TWO_ADDRESSES, tmp_path / "whole"), others)
    whole.run(LATER)
    points = whole.run()
    expected = whole.account()
    cities = [one["city"] for one in whole.trial.records("contacts", "email").values()]
    assert sorted(cities) == ["Late", "Late", "Latest"]
    for point in chosen(len(points)):
        broken = Delivery(*trials.begun(TWO_ADDRESSES, tmp_path / str(point)), others)
        broken.run(LATER)
        assert broken.die(point), points[point]
        broken.run()
        assert broken.account() == expected, points[point]


def elsewhere(events: Sequence[Event], day: str) -> list[Event]:
    """The same rows on another day, when everybody lived in another city."""
    kinds = ("traits", "properties")
    return [
        event
        | {"timestamp": event["timestamp"].replace(DAY, day)}
        | {kind: event[kind] | {"city": "Elsewhere"} for kind in kinds if kind in event}
        for event in events
    ]


def days_mapped(trials: Trials, case: Case, state: Path) -> dict[str, Made]:
    """Map the days before and after, too; each is made writes of but once."""
    trial, destination, made = trials.begun(case, state)
    for day in (EARLIER, LATER):
        trial.export(elsewhere(case.events, day), day)
        pipeline.map_partition(destination, "mapping", day, trial.storage)
    return {day: Made(made.action) for day in (EARLIER, LATER)}


@pytest.mark.parametrize("name", ["Upsert Contact", "Custom Object V2, upsert"])
def test_a_dead_run_does_not_keep_a_later_day_from_having_the_last_word(
    trials: Trials, tmp_path: Path, name: str
) -> None:
    """The later day has the values of the earlier one: only the dead run's may differ from them."""
    case = CASES[name]
    others = days_mapped(trials, case, tmp_path / "mapped")
    in_order = Delivery(*trials.begun(case, tmp_path / "whole"), others)
    points = [in_order.run(day) for day in (EARLIER, DAY, LATER)][1]
    expected = in_order.account(), in_order.times()
    for point in chosen(len(points)):
        broken = Delivery(*trials.begun(case, tmp_path / str(point)), others)
        broken.run(EARLIER)
        assert broken.die(point), points[point]
        broken.run(LATER)
        broken.run(DAY)
        assert (broken.account(), broken.times()) == expected, points[point]
