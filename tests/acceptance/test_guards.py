"""Guards count all that an action would create or take away, exactly, and let just so much pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from hubspot_pipeline.guards import GuardError
from tests.acceptance import branches
from tests.acceptance.custom_objects import company, contacts, friend, in_list, seen
from tests.acceptance.shop import Event, Shop, group, identify, track
from tests.acceptance.snapshots import snapshot

BEFORE = "2026-01-01"


def companies_with_numbers(shop: Shop) -> None:
    shop.define("companies", "number", unique=True)
    shop.add("companies", number="7", name="Seven")


def associated(shop: Shop) -> None:
    companies_with_numbers(shop)
    events = [seen("a@x.com", 1, company="7"), seen("b@x.com", 2, company="7")]
    shop.run(contacts(associations=[company()]), events, day=BEFORE)


def members(shop: Shop) -> None:
    events = [seen(f"{name}@x.com", at, vip=True) for at, name in enumerate("abc")]
    shop.run(in_list(), events, day=BEFORE)


def with_phones(shop: Shop) -> None:
    for name in "ab":
        shop.add("contacts", email=f"{name}@x.com", phone="1", city="Oslo")
    shop.add("contacts", email="c@x.com")


def orders(shop: Shop) -> None:
    shop.define_event("order", {"total": "number"})
    shop.add("contacts", email="a@x.com")


def people(**fields: str) -> dict[str, Any]:
    return {"action": "upsertContact", "mapping": {"email": "$.traits.email", **fields}}


@dataclass(frozen=True)
class Case:
    """What rows of a mapping come to.

    Attributes:
        guard: The guard that counts it.
        found: So much.
        mapping: The mapping.
        events: Its rows.
        prepare: What is so of the account beforehand.
    """

    guard: str
    found: int
    mapping: dict[str, Any]
    events: Sequence[Event]
    prepare: Callable[[Shop], object] = lambda _: None


PEOPLE = [identify(f"{name}@x.com", at) for at, name in enumerate("abc")]

CASES = {
    "contacts": Case("most_new_records", 3, {"action": "upsertContact"}, PEOPLE),
    "contacts of which some exist": Case(
        "most_new_records",
        2,
        {"action": "upsertContact"},
        PEOPLE,
        lambda shop: shop.add("contacts", email="b@x.com"),
    ),
    "companies": Case(
        "most_new_records",
        2,
        branches.companies(),
        [group("g1", 1, name="One"), group("g2", 2, name="Two"), group("g1", 3, name="Uno")],
    ),
    "contacts that are made to be associated with": Case(
        "most_new_records",
        4,
        contacts(**friend()),
        [seen("a@x.com", 1, friend="d@x.com"), seen("b@x.com", 2, friend="e@x.com")],
    ),
    "objects that may only be updated": Case(
        "most_new_records",
        0,
        contacts("update"),
        [seen("a@x.com", 1), seen("b@x.com", 2)],
    ),
    "occurrences of events": Case(
        "most_new_records",
        0,
        branches.custom(),
        [track("order", at, total=at) for at in range(3)],
        orders,
    ),
    "values that the mapping clears": Case(
        "most_values_taken_away",
        4,
        {
            "action": "upsertContact",
            "mapping": {"email": "$.traits.email", "phone": "", "city": ""},
        },
        PEOPLE,
        with_phones,
    ),
    "values that are replaced": Case(
        "most_values_taken_away",
        0,
        people(phone="2"),
        PEOPLE,
        with_phones,
    ),
    "associations": Case(
        "most_values_taken_away",
        2,
        contacts(dissociations=[company()]),
        [seen(f"{name}@x.com", 10, company="7") for name in "abc"],
        associated,
    ),
    "members of a list": Case(
        "most_values_taken_away",
        2,
        in_list(),
        [seen(f"{name}@x.com", 10, vip=False) for name in "abd"],
        members,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_guard_lets_pass_what_it_allows_and_holds_back_one_more(shop: Shop, case: Case) -> None:
    case.prepare(shop)
    before = snapshot(shop.account)
    if case.found:
        with pytest.raises(
            GuardError, match=f"{case.guard} is {case.found - 1}; [a-z ]*: {case.found}\\b"
        ):
            shop.run(case.mapping | {"guards": {case.guard: case.found - 1}}, case.events)
        assert snapshot(shop.account) == before
    run = shop.run(case.mapping | {"guards": {case.guard: case.found}}, case.events)
    assert "undelivered" not in run.counts
    assert snapshot(shop.account) != before or case.mapping.get("sync_mode") == "update"


def test_a_guard_looks_at_what_an_earlier_mapping_has_delivered(shop: Shop) -> None:
    """Contacts come first, so that the companies' mapping creates none of them."""
    events = [group("g1", 1, email="a@x.com", name="One"), identify("a@x.com")]
    persons = {"action": "upsertContact"}
    firms = branches.companies(associateContact=True) | {"guards": {"most_new_records": 1}}
    shop.run_one("people", {"people": persons, "firms": firms}, events)
    run = shop.run_one("firms", {"people": persons, "firms": firms}, events)
    assert run.counts == {"delivered": 1}
    assert len(shop.records("companies", "segment_group_id")) == 1
