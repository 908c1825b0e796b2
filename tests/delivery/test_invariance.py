"""The account after a delivery is what a plain model says, however the writes are cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Behaviour, SimulatorSettings
from tests.delivery.conftest import Portal
from tests.delivery.contacts import label, to_company
from tests.delivery.record_writes import Record, linked, listed, members, record_writes, seed

PEOPLE = [f"p{at}@b.co" for at in range(6)]
KNOWN = PEOPLE[:3]
COMPANIES = ["c0", "c1"]
LABELS = [None, "Boss", "Owner"]
LISTS = ["A", "B"]


@st.composite
def _records(draw: st.DrawFn) -> list[Record]:
    chosen = draw(st.lists(st.sampled_from(PEOPLE), unique=True, min_size=1))
    return [draw(_record(email)) for email in chosen]


def _record(email: str) -> st.SearchStrategy[Record]:
    ids = [*COMPANIES, "none"]
    links = st.lists(
        st.tuples(st.sampled_from(ids), st.sampled_from(LABELS), st.booleans()),
        unique_by=lambda one: one[:2],
        max_size=4,
    )
    lists = st.lists(
        st.tuples(st.sampled_from(LISTS), st.booleans()), unique_by=lambda one: one[0], max_size=2
    )
    return st.builds(
        lambda city, mode, links, lists: Record(
            email,
            {"city": city},
            mode,
            links=[to_company(id_, name, remove=remove) for id_, name, remove in links],
            lists=[listed(name, add=add) for name, add in lists],
        ),
        st.sampled_from(["Oslo", "Rome"]),
        st.sampled_from(["add", "update", "upsert"]),
        links,
        lists,
    )


@dataclass
class Model:
    """The account as a plain row-by-row delivery would leave it."""

    cities: dict[str, str] = field(default_factory=lambda: dict.fromkeys(KNOWN, "Bern"))
    labels: dict[tuple[str, str], set[str | None]] = field(default_factory=dict)
    lists: dict[str, set[str]] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)

    def deliver(self, record: Record) -> None:
        there = record.id in self.cities
        if there if record.mode == "add" else (record.mode == "update" and not there):
            self.verdicts[record.id] = "skipped"
            return
        self.verdicts[record.id] = "delivered"
        self.cities[record.id] = record.properties["city"]
        known = [each for each in record.links if each["id"] in COMPANIES]
        for each in known:
            if not each["remove"]:
                self.labels.setdefault((record.id, each["id"]), {None}).add(each["label"])
        for each in known:
            if each["remove"] and each["label"] is None:
                self.labels.pop((record.id, each["id"]), None)
            elif each["remove"]:
                self.labels.get((record.id, each["id"]), set()).discard(each["label"])
        for each in record.lists:
            joined = self.lists.setdefault(each["name"], set())
            (joined.add if each["add"] else joined.discard)(record.id)


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(SimulatorSettings(limits=None)) as running:
        yield running


def _fresh(simulator: SimulatorServer) -> dict[str | None, str]:
    """Start the account anew; returns what its labels are called in calls."""
    behaviour = Behaviour(search_lag_seconds=0, first_company_is_primary=False)
    simulator.reset(SimulatorSettings(limits=None, behaviour=behaviour))
    account = simulator.account
    key = Property("ext_id", "Ext", "string", "text", "companyinformation", unique=True)
    account.define(key, kind="companies")
    for email in KNOWN:
        seed(account, "contacts", email=email, city="Bern")
    for one in COMPANIES:
        seed(account, "companies", ext_id=one)
    return {name: label(account, name) for name in LABELS if name}


def _state(account: Account, names: dict[str | None, str]) -> Model:
    emails = {one.id: one.values["email"] for one in account.contacts}
    companies = {one.id: one.values["ext_id"] for one in account.records("companies")}
    by_type = {type_: name for name, type_ in names.items()}
    return Model(
        {one.values["email"]: one.values["city"] for one in account.contacts},
        {
            (email, companies[other]): {by_type.get(one) for one in types}
            for id_, email in emails.items()
            for other, types in linked(account, "contacts", id_, "companies").items()
        },
        {
            one.name: {emails[id_] for id_ in members(account, one.name)}
            for one in account.lists.live()
        },
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=_records(), chunk=st.integers(1, 6), in_flight=st.sampled_from([1, 8]))
def test_the_account_ends_as_a_plain_model_says(
    simulator: SimulatorServer, tmp_path: Path, records: list[Record], chunk: int, in_flight: int
) -> None:
    names = _fresh(simulator)
    model = Model()
    for record in sorted(records, key=lambda one: one.id):
        model.deliver(record)
    named = [
        Record(
            one.id,
            one.properties,
            one.mode,
            links=[{**each, "label": names.get(each["label"])} for each in one.links],
            lists=one.lists,
        )
        for one in sorted(records, key=lambda one: one.id)
    ]
    portal = Portal(simulator, f"sqlite:///{tmp_path}/{uuid4().hex}.sqlite")
    cut = [named[start : start + chunk] for start in range(0, len(named), chunk)]
    delivered = portal.deliver_writes(
        *(record_writes("contacts", "email", part) for part in cut), requests_in_flight=in_flight
    )
    told = {record: row["verdict"] for record, row in delivered.rows().items()}
    assert told == model.verdicts
    state = _state(simulator.account, names)
    assert (state.cities, state.labels, state.lists) == (model.cities, model.labels, model.lists)
