"""What Dagster's reruns of a day send, counted where it arrives, for each kind of action."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import stamina

from hubspot_pipeline import pipeline
from hubspot_pipeline.destination import Destination
from hubspot_pipeline.orchestration.component import destination_definitions
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN
from tests.acceptance import branches
from tests.acceptance.shop import (
    DAY,
    PORTAL,
    Event,
    Shop,
    group,
    identify,
    prompt_account,
    track,
)

DELIVERIES = dg.AssetKey(["shop", "mapping", "deliveries"])
PAYLOADS = dg.AssetKey(["shop", "mapping", "payloads"])
WRITES = ("objects.batch.create", "objects.batch.update", "objects.batch.upsert")
CITY = "$.context.city"
CHANGED = {"@if": {"exists": "$.context.town", "then": "$.context.town", "else": CITY}}
"""A city, as another mapping has it: other than before just where there is a town."""


@dataclass(frozen=True)
class Kind:
    """A kind of action.

    Attributes:
        mapping: As in a destination, given what the city is.
        row: The event at a place; where it is not good, its payload is rejected.
        route: The calls that write its rows.
        batch: How many rows one of them carries.
        prepare: What is so of the account beforehand.
        changes: Whether a delivered row that changes is sent again.
    """

    mapping: Callable[[Any], dict[str, Any]]
    row: Callable[[int, bool], Event]
    route: str = "objects.batch.upsert"
    batch: int = 100
    prepare: Callable[[Shop], None] = lambda _: None
    changes: bool = True

    def event(self, at: int, *, good: bool = True, town: bool = False, city: str = "Oslo") -> Event:
        """A row."""
        event = self.row(at, good)
        where = {"city": city, "town": "Bergen"} if town else {"city": city}
        return event | {"context": {**event.get("context", {}), **where}}


def _define_sold(shop: Shop) -> None:
    shop.define_event("sold", {"city": "string"})


def _seen(at: int, good: bool) -> Event:
    return track("Seen", at, email=f"p{at}@x.com" if good else None)


def _sold(at: int, good: bool) -> Event:
    return track("Sold", at, event=f"pe{PORTAL}_sold" if good else "no name!")


KINDS = {
    "contacts": Kind(
        lambda city: branches.contact_fields(city=city),
        lambda at, good: identify(f"p{at}@x.com" if good else "nobody", at),
    ),
    "companies": Kind(
        lambda city: branches.companies(city=city),
        lambda at, good: group(f"c{at}" if good else "", at, name="C"),
    ),
    "deals, searched for": Kind(
        lambda city: branches.deals(properties={
            "dealname": "$.properties.order", "amount": "$.properties.total",
            "dealstage": "closedwon", "pipeline": "default", "description": city,
        }),
        lambda at, good: track("Order", at, order=f"o{at}", total=1 if good else "much"),
    ),
    "objects, in a list": Kind(
        lambda city: branches.objects(properties={"city": city}, list_details=branches.VIPS), _seen
    ),
    "objects, only added": Kind(
        lambda city: branches.objects("add", properties={"city": city}),
        _seen, "objects.batch.create", changes=False,
    ),
    "behavioral events": Kind(
        lambda city: {
            "action": "sendCustomBehavioralEvent",
            "mapping": {
                "eventName": "$.properties.event", "email": "a@x.com", "properties": {"city": city},
            },
        },
        _sold, "events.send.batch", 500, _define_sold, changes=False,
    ),
    "custom events": Kind(
        lambda city: {
            **branches.custom(mode="update"),
            "mapping": {
                "event_name": "$.properties.event",
                "record_details": {"object_type": "contact", "email": "a@x.com"},
                "properties": {"city": city},
            },
        },
        _sold, "events.send.batch", 500, _define_sold, changes=False,
    ),
}  # fmt: skip


@dataclass
class Days:
    """A shop whose one mapping Dagster delivers."""

    shop: Shop
    kind: Kind
    instance: dg.DagsterInstance
    city: Any = CITY
    arrived: int = 0
    happened: int = 0

    @property
    def destination(self) -> Destination:
        return self.shop.destination({"mapping": self.kind.mapping(self.city)})

    def deliver(self) -> bool:
        """Map and deliver the day without Dagster; it succeeds, or raises."""
        self._begin()
        pipeline.map_partition(self.destination, "mapping", DAY, self.shop.storage)
        self.shop.deliver(self.destination, "mapping")
        return True

    def materialize(self, *assets: dg.AssetKey) -> bool:
        """Run the day as the UI does; return whether it succeeded."""
        self._begin()
        job = destination_definitions(self.destination).resolve_job_def("deliver_shop")
        return job.execute_in_process(
            instance=self.instance,
            partition_key=DAY,
            asset_selection=list(assets) or None,
            raise_on_error=False,
        ).success

    def failed(self) -> set[str]:
        """The partitions that "rerun failed partitions" would run again."""
        days = dg.DailyPartitionsDefinition(start_date="2026-01-01")
        known = self.instance.get_status_by_partition(DELIVERIES, [DAY], days) or {}
        return {day for day, status in known.items() if status and status.value == "FAILED"}

    def sent(self) -> int:
        """How many rows the calls carried that wrote since the last run began."""
        calls = list(self.shop.simulator.log)[self.arrived :]
        records = sum(
            max(len(call.keys), len(call.trace_ids)) for call in calls if call.route in WRITES
        )
        return records + self._events() - self.happened

    def _begin(self) -> None:
        self.arrived, self.happened = len(self.shop.simulator.log), self._events()

    def _events(self) -> int:
        """How many events arrived, those included that HubSpot drops as they arrived before."""
        account = self.shop.account
        account.settle(self.shop.simulator.clock.now())
        return sum(account.events.counts.values()) + len(account.events.repeated)

    def verdicts(self) -> Counter[str]:
        """How many rows have each verdict."""
        return Counter(row["verdict"] for row in self._results())

    def unwritten(self) -> int:
        """How many rows are good, and were in no call that HubSpot took, but for later steps."""
        return sum(
            row["verdict"] != "rejected"
            and not any(call["outcome"] == "accepted" for call in row["history"])
            for row in self._results()
        )

    def _results(self) -> list[dict[str, Any]]:
        results = pipeline.read_results(self.destination, "mapping", DAY, self.shop.storage)
        return results.to_pylist()


@pytest.fixture(autouse=True)
def _retries_are_few_and_do_not_wait() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(prompt_account()) as server:
        yield server


@pytest.fixture(params=KINDS)
def days(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    simulator: SimulatorServer,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> Days:
    monkeypatch.setenv("HUBSPOT_PIPELINE_ROOT", str(tmp_path))
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", PRIVATE_APP_TOKEN)
    monkeypatch.delenv("HUBSPOT_PIPELINE_STATE", raising=False)
    simulator.reset(prompt_account())
    shop = Shop(tmp_path, simulator, {"partitions": {"start": "2026-01-01"}})
    kind = KINDS[request.param]
    kind.prepare(shop)
    return Days(shop, kind, instance)


ROWS_BAD, ROWS_MOVED, ROWS_WITH_TOWN = range(3), range(5, 9), range(10, 15)


def _rows(kind: Kind, count: int, *, fixed: bool) -> list[Event]:
    """Rows of which some are bad, until the file is fixed, in which some others differ then."""
    return [
        kind.event(
            at,
            good=fixed or at not in ROWS_BAD,
            town=at in ROWS_WITH_TOWN,
            city="Rome" if fixed and at in ROWS_MOVED else "Oslo",
        )
        for at in range(count)
    ]


def test_rerunning_failed_partitions_sends_just_what_has_no_final_verdict(days: Days) -> None:
    kind = days.kind
    days.shop.export(_rows(kind, kind.batch + 20, fixed=False))
    # The first call that writes gets through, and no other.
    days.shop.simulator.faults.add(Fault("status", route=kind.route, status=503, skip=1))
    assert not days.materialize()
    assert set(days.verdicts()) <= {"rejected", "delivered", "undelivered"}
    assert days.failed() == {DAY}
    unwritten = days.unwritten()
    assert 0 < unwritten < kind.batch + 17

    days.shop.simulator.faults.clear()
    assert days.materialize(DELIVERIES)
    assert days.sent() == unwritten
    assert days.verdicts() == {"rejected": 3, "delivered": kind.batch + 17}
    assert days.failed() == set()


def test_a_fixed_file_or_a_changed_mapping_sends_just_the_rows_that_differ(days: Days) -> None:
    _fix_and_change(days, days.deliver)


@pytest.mark.parametrize("days", ["contacts"], indirect=True)
def test_so_it_is_where_dagster_runs_the_day_again(days: Days) -> None:
    _fix_and_change(days, days.materialize)


def _fix_and_change(days: Days, run: Callable[[], bool]) -> None:
    kind = days.kind
    days.shop.export(_rows(kind, 20, fixed=False))
    assert run()
    assert days.sent() == 17

    days.shop.export(_rows(kind, 20, fixed=True))
    assert run()
    assert days.sent() == len(ROWS_BAD) + kind.changes * len(ROWS_MOVED)

    days.city = CHANGED
    assert run()
    assert days.sent() == kind.changes * len(ROWS_WITH_TOWN)
