"""However rows are ordered, chunked and split into partitions, the account ends the same.

But for what depends on the order of calls in HubSpot itself: which of a contact's companies becomes
its primary one, and which of two writes comes last that name one contact by two of its addresses.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline import sending
from hubspot_pipeline.payload_files import sorted_chunks
from tests.acceptance.shop import PORTAL, Event, Shop, group, identify, prompt_account, track
from tests.acceptance.snapshots import Snapshot, snapshot
from tests.conftest import EXAMPLES

pytestmark = pytest.mark.slow

WHO = st.integers(0, 4)
CITIES = st.sampled_from([None, "", " ", "Oslo", " Rome "])
STAGES = st.sampled_from([None, "lead", "Customer ", "subscriber", "opportunity"])
ADDRESSES = ("a@x.com", "A@X.com ", "b@x.com", "second@x.com", "nobody")
"""A new contact's, another one's, a known contact's secondary one, and none."""


@dataclass(frozen=True)
class Case:
    """An action with rows of it.

    Attributes:
        mapping: As in a destination.
        row: What is drawn for a row, with its place in time → the event.
        drawn: What can be drawn.
        prepare: What is so of the account beforehand.
    """

    mapping: dict[str, Any]
    row: Callable[[int, Any], Event]
    drawn: st.SearchStrategy[Any]
    prepare: Callable[[Shop], None] = lambda _: None


def _people(shop: Shop) -> None:
    shop.add("contacts", email="first@x.com", hs_additional_emails="second@x.com", city="Bonn")
    for at in range(5):
        shop.add("contacts", email=f"p{at}@x.com", lifecyclestage="lead")


def _companies(shop: Shop) -> None:
    _people(shop)
    for at in range(3):
        shop.add("companies", domain=f"c{at}.com", city="Bonn")
    shop.add("companies", domain="c2.com")


def _numbers(shop: Shop) -> None:
    _people(shop)
    shop.define("companies", "number", unique=True)
    shop.add("companies", number="0", name="Known")
    shop.define_label("contacts", "companies", "Champion")
    shop.define_list("Old", "contacts")


def _deals(shop: Shop) -> None:
    _people(shop)
    for name in ("order 0", "order 1", "order 1"):
        shop.add("deals", dealname=name, dealstage="contractsent", pipeline="default")


def _definition(shop: Shop) -> None:
    _people(shop)
    shop.define_event("order", {"city": "string", "total": "number"})


def _objects(mode: str) -> Case:
    mapping = {
        "object_details": {
            "object_type": "contact",
            "id_field_name": "email",
            "id_field_value": "$.properties.email",
            "property_group": "contactinformation",
        },
        "properties": {
            "city": "$.properties.city",
            "lifecyclestage": "$.properties.stage",
            "visits": "$.properties.visits",
        },
        "association_sync_mode": "upsert",
        "associations": [
            {
                "object_type": "company",
                "association_label": "$.properties.label",
                "id_field_name": "number",
                "id_field_value": "$.properties.number",
            }
        ],
        "list_details": {
            "connected_to_engage_audience": False,
            "list_name": "$.properties.list",
            "list_action": "$.properties.member",
            "should_create_list": True,
        },
    }
    drawn = st.fixed_dictionaries(
        {
            "email": st.sampled_from(ADDRESSES),
            "city": CITIES,
            "stage": STAGES,
            "visits": st.one_of(st.none(), st.integers(0, 9)),
            "label": st.sampled_from(["HUBSPOT_DEFINED:279", "champion"]),
            "number": st.sampled_from([None, "0", "1", " 2"]),
            "list": st.sampled_from(["Old", "New"]),
            "member": st.booleans(),
        }
    )
    spec = {
        "action": "upsertObject",
        "trigger": 'type = "track"',
        "sync_mode": mode,
        "mapping": mapping,
    }
    return Case(spec, lambda at, row: track("Seen", at, **row), drawn, _numbers)


CASES = {
    "Upsert Contact": Case(
        {
            "action": "upsertContact",
            "mapping": {
                "email": "$.traits.email",
                "city": "$.traits.city",
                "lifecyclestage": "$.traits.stage",
                "properties": {"phone": {"@if": {"exists": "$.traits.city", "then": ""}}},
            },
        },
        lambda at, row: identify(row[0], at, city=row[1], stage=row[2]),
        st.tuples(st.sampled_from(ADDRESSES), CITIES, STAGES),
        _people,
    ),
    "Upsert Company": Case(
        {
            "action": "upsertCompany",
            "mapping": {
                "groupid": "$.groupId",
                "createNewCompany": True,
                "associateContact": True,
                "email": "$.context.traits.email",
                "companysearchfields": {"domain": "$.traits.domain"},
                "name": "$.traits.name",
                "city": "$.traits.city",
                "lifecyclestage": "$.traits.stage",
            },
        },
        lambda at, row: group(
            f"g{row[0]}", at, f"p{row[1]}@x.com",
            name="C", domain=f"c{row[0]}.com", city=row[2], stage=row[3],
        ),
        st.tuples(WHO, WHO, CITIES, STAGES),
        _companies,
    ),
    "Upsert Custom Object Record": Case(
        {
            "action": "upsertCustomObjectRecord",
            "trigger": 'type = "track"',
            "mapping": {
                "objectType": "deals",
                "customObjectSearchFields": {"dealname": "$.properties.order"},
                "properties": {
                    "dealname": "$.properties.order",
                    "amount": "$.properties.total",
                    "dealstage": "$.properties.stage",
                    "pipeline": "default",
                },
                "toObjectType": "contacts",
                "associationLabel": "HUBSPOT_DEFINED:3",
                "searchFieldsToAssociateCustomObjects": {"email": "$.properties.email"},
            },
        },
        lambda at, row: track("Order", at, **row),
        st.fixed_dictionaries(
            {
                "order": st.sampled_from(["order 0", "order 1", "order 2", " Order 2"]),
                "total": st.one_of(st.none(), st.integers(0, 9)),
                "stage": st.sampled_from(["Closed Won", "contractsent"]),
                "email": st.sampled_from(["p0@x.com", "P1@x.com", "nobody@x.com"]),
            }
        ),
        _deals,
    ),
    "Upsert Custom Object Record without search": Case(
        {
            "action": "upsertCustomObjectRecord",
            "trigger": 'type = "track"',
            "mapping": {
                "objectType": "deals",
                "properties": {
                    "dealname": "$.properties.order",
                    "dealstage": "closedwon",
                    "pipeline": "default",
                },
            },
        },
        lambda at, row: track("Order", at, order=f"order {row}"),
        WHO,
    ),
    **{f"Custom Object V2, {mode}": _objects(mode) for mode in ("upsert", "update", "add")},
    "Send Custom Behavioral Event": Case(
        {
            "action": "sendCustomBehavioralEvent",
            "mapping": {
                "eventName": f"pe{PORTAL}_Order",
                "email": "$.properties.email",
                "properties": {"city": "$.properties.city", "total": "$.properties.total"},
            },
        },
        lambda at, row: track("Order", at, email=row[0], city=row[1], total=row[2]),
        st.tuples(
            st.sampled_from(["p0@x.com", "P0@x.com", "p1@x.com", None]),
            CITIES,
            st.sampled_from([None, 1, "2", "many"]),
        ),
        _definition,
    ),
    "Custom Event V2": Case(
        {
            "action": "customEvent",
            "trigger": 'type = "track"',
            "sync_mode": "upsert",
            "mapping": {
                "event_name": "$.event",
                "record_details": {"object_type": "contact", "email": "$.properties.email"},
                "properties": {"city": "$.properties.city", "total": "$.properties.total"},
            },
        },
        lambda at, row: track(row[0], at, email=row[1], city=row[2], total=row[3]),
        st.tuples(
            st.sampled_from(["order", "New Order"]),
            st.sampled_from(["p0@x.com", "P0@x.com", "p1@x.com", None]),
            CITIES,
            st.sampled_from([None, 1, 2.5]),
        ),
        _definition,
    ),
}  # fmt: skip


def ended(shop: Shop, case: Case, days: list[list[Event]], chunk_rows: int) -> Snapshot:
    """Deliver days one after another to an account of their own; return what it then holds."""
    shop.simulator.reset(prompt_account(first_company_is_primary=False))
    shop.forget_deliveries()
    case.prepare(shop)
    with pytest.MonkeyPatch.context() as patch:
        small = functools.partial(sorted_chunks, chunk_rows=chunk_rows)
        patch.setattr(sending, "sorted_chunks", small)
        for number, events in enumerate(days, 1):
            run = shop.run(case.mapping, events, day=f"2026-01-{number:02d}")
            assert run.summary.rows_read == len(events)
            assert sum(run.counts.values()) + run.summary.filtered == len(events)
            assert len(run.rows) == len(events)
    return snapshot(shop.account)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@settings(max_examples=EXAMPLES // 10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_account_ends_the_same(shop: Shop, case: Case, data: st.DataObject) -> None:
    rows = data.draw(st.lists(case.drawn, min_size=1, max_size=14))
    events = [case.row(60 * at, row) for at, row in enumerate(rows)]
    at_once = ended(shop, case, [events], 10_000)

    shuffled = data.draw(st.permutations(events))
    assert ended(shop, case, [shuffled], data.draw(st.integers(1, 5))) == at_once

    cuts = sorted(data.draw(st.sets(st.integers(1, len(events)), max_size=3)) | {len(events)})
    days = [events[start:end] for start, end in zip([0, *cuts], cuts, strict=False)]
    assert ended(shop, case, days, 10_000) == at_once
