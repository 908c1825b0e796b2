"""What the results tell of the calls that carried a row."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.delivery.history import HISTORY, Call, histories
from hubspot_pipeline.hubspot.rate_limit import LimitStoreError
from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Behaviour, SimulatorSettings
from tests.delivery.conftest import Delivered, Portal
from tests.delivery.contacts import deliver, to_company
from tests.delivery.record_writes import Record, link, listed, seed
from tests.delivery.test_dead_runs import DiesBefore


def history(delivered: Delivered, record: str) -> list[dict[str, Any]]:
    told: Any = delivered.rows()[record]["history"]
    return list(told)


def told(delivered: Delivered, record: str) -> list[tuple[int, str, str]]:
    """The run, the step and the outcome of each call."""
    return [(call["run"], call["step"], call["outcome"]) for call in history(delivered, record)]


def test_a_call_is_told_as_the_journal_and_hubspot_name_it(portal: Portal) -> None:
    delivered = portal.deliver({"a@b.co": {"city": "Oslo"}})
    row = delivered.rows()["a@b.co"]
    (call,) = history(delivered, "a@b.co")
    assert call == {
        "run": 1,
        "step": "upsert",
        "outcome": "accepted",
        **{name: row[name] for name in ("batch", "sent_at", "correlation_id")},
        "answered_at": call["answered_at"],
    }
    assert call["correlation_id"]
    assert call["sent_at"] <= call["answered_at"]


def test_rows_beside_a_bad_one_tell_of_the_batch_that_was_refused(portal: Portal) -> None:
    portal.deliver({"a@b.co": {"phone": "1"}, "b@b.co": {"phone": "1"}})
    contacts = {"a@b.co": {"no_such_property": "x"}, "b@b.co": {"city": "Oslo"}}
    # Batch updates refuse as a whole, trace ids or not.
    delivered = portal.deliver(contacts, way="read_then_write")
    refusal = (2, "update", "refused: VALIDATION_ERROR")
    assert told(delivered, "a@b.co") == [(1, "upsert", "accepted"), refusal]
    assert told(delivered, "b@b.co") == [
        (1, "upsert", "accepted"),
        refusal,
        (2, "update", "accepted"),
    ]


def test_earlier_runs_come_first_also_where_the_row_is_another_since(portal: Portal) -> None:
    portal.simulator.faults.add(Fault("status", route="objects.batch.upsert", status=503))
    first = portal.deliver({"a@b.co": {"city": "Oslo"}})
    portal.simulator.faults.clear()
    portal.deliver({"a@b.co": {"city": "Oslo"}})
    third = portal.deliver({"a@b.co": {"city": "Rome"}})
    assert history(first, "a@b.co")[0]["answered_at"] is None
    assert told(third, "a@b.co") == [
        (1, "upsert", "no answer"),
        (2, "upsert", "accepted"),
        (3, "upsert", "accepted"),
    ]


def test_a_call_that_a_dead_run_made_is_told_without_an_answer(
    portal: Portal, shop: Account
) -> None:
    seed(shop, "companies", ext_id="c1")
    limiter, portal.limiter = portal.limiter, DiesBefore(2)
    one = Record("a@b.co", {"city": "Oslo"}, links=[to_company("c1")], lists=[listed("L")])
    with contextlib.suppress(ExceptionGroup):
        deliver(portal, one)
    portal.limiter = limiter
    resumed = deliver(portal, one)
    assert told(resumed, "a@b.co") == [
        (1, "upsert", "accepted"),
        (1, "associate", "no answer"),
        (1, "associate", "accepted"),
        (1, "make list", "accepted"),
        (1, "change list", "accepted"),
    ]
    lost, answered = history(resumed, "a@b.co")[1:3]
    assert lost["answered_at"] is None
    assert len(lost["batch"]) == len(answered["batch"])


def test_a_call_that_was_never_made_is_not_told(portal: Portal) -> None:
    class Broken(DiesBefore):
        async def acquire(self, _limits: Any) -> None:
            raise LimitStoreError("the store is gone")

    portal.limiter = Broken(0)
    assert told(portal.deliver({"a@b.co": {"city": "Oslo"}}), "a@b.co") == []


FATES = {
    "well": None,
    "unavailable": Fault("status", route="*.batch.*", status=503, rate=0.4),
    "lost": Fault("status", route="*.batch.*", status=503, after_commit=True, rate=0.4),
    "hostile": Fault("hostile"),
}


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*FATES, "dies"]),
            st.sampled_from(["Oslo", "Rome"]),
            st.integers(0, 4),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_each_run_tells_what_the_run_before_told_and_then_its_own(
    server: SimulatorServer, folder: Path, runs: list[tuple[str, str, int]]
) -> None:
    """A run tells its own calls as it made them, and earlier ones as the journal has them."""
    server.reset()
    seed(server.account, "companies", domain="c1", name="C")
    portal = Portal(server, f"sqlite:///{folder}/{uuid4()}.sqlite")
    before: dict[str, list[dict[str, Any]]] = {"a@b.co": [], "b@b.co": [], "c@b.co": []}
    for fate, city, number in [*runs, ("well", "Oslo", 0)]:
        server.faults.clear()
        if fault := FATES.get(fate):
            server.faults.add(replace(fault, seed=number))
        limiter, portal.limiter = portal.limiter, DiesBefore(number if fate == "dies" else 1_000)
        with contextlib.suppress(ExceptionGroup):
            delivered = deliver(portal, *_three(city))
            now = {record: history(delivered, record) for record in before}
            assert {record: now[record][: len(before[record])] for record in before} == before
            before = now
        portal.limiter = limiter
    assert {call["outcome"] for calls in before.values() for call in calls} <= {
        "accepted",
        "refused: VALIDATION_ERROR",
        "refused",
        "no answer",
        "left out",
    }


def _three(city: str) -> list[Record]:
    company = link("companies", {"name": "C"})
    return [
        Record("a@b.co", {"city": city}, links=[company], lists=[listed("L")]),
        Record("b@b.co", {"city": city, "no_such_property": "x"}),
        Record("c@b.co", {"city": city}, lists=[listed("L"), listed("M")]),
    ]


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    behaviour = Behaviour(search_lag_seconds=0, definition_lag_seconds=0)
    with SimulatorServer(SimulatorSettings(limits=None, behaviour=behaviour)) as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journals")


@given(
    st.lists(
        st.lists(
            st.builds(
                Call,
                st.integers(1, 3),
                st.sampled_from(["upsert", "associate"]),
                st.text(max_size=3),
                st.integers(0, 9),
                st.none() | st.integers(0, 9),
                st.just("accepted"),
                st.none() | st.text(max_size=3),
            ),
            max_size=4,
        ),
        max_size=5,
    )
)
def test_histories_are_the_calls_in_the_order_of_their_sending(calls: list[list[Call]]) -> None:
    plain = [
        [call._asdict() for call in sorted(each, key=lambda call: call.sent_at)] for each in calls
    ]
    assert histories(calls).cast(_IN_NUMBERS).to_pylist() == plain


_IN_NUMBERS = pa.list_(
    pa.struct(
        [
            (field.name, pa.int64() if pa.types.is_timestamp(field.type) else field.type)
            for field in HISTORY.value_type
        ]
    )
)
