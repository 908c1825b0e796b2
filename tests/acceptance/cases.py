"""A few rows of every action: what is so of the account before, and what it has of each row after.

Small enough to be delivered hundreds of times, with every step that delivery knows: records found,
written, refused, matched by search, their stages settled, associations made and taken away, lists
joined, properties, lists and event definitions made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.acceptance.branches import VIPS, behavioral, companies, contact_fields, custom, deals
from tests.acceptance.shop import Event, Shop, group, identify, track

ROWS = 8


@dataclass(frozen=True)
class Case:
    """An action with rows of it.

    Attributes:
        mapping: As in a destination.
        events: The rows; no two are of one record.
        prepare: What is so of the account beforehand.
        object_type: Of the records that are written; empty for events.
        by: The property that tells the records, or the occurrences, apart.
        key: That property's value of a row.
    """

    mapping: dict[str, Any]
    events: Sequence[Event]
    prepare: Callable[[Shop], None]
    object_type: str
    by: str
    key: Callable[[Event], str]

    def held(self, shop: Shop) -> dict[str, str]:
        """What the account has of each row that it has anything of, in comparable words."""
        return _occurrences(shop, self.by) if not self.object_type else self._records(shop)

    def _records(self, shop: Shop) -> dict[str, str]:
        account = shop.account
        kind = account.types.find(self.object_type)
        lists = {one.name: one.members for one in account.lists.live()}
        held = {}
        for record in account.records(self.object_type):
            links = sorted(
                (to.name, sorted(map(str, types)))
                for to in account.associations.kinds(kind, record.id)
                for types in account.associations.of(kind, record.id, to).values()
            )
            joined = sorted(name for name, members in lists.items() if record.id in members)
            told = repr((sorted(record.values.items()), links, joined))
            key = record.values.get(self.by, record.id)
            held[key] = held.get(key, "") + told
        return held


def _occurrences(shop: Shop, by: str) -> dict[str, str]:
    held: dict[str, str] = {}
    for name in ("order", "parcel"):
        for one in shop.occurrences(name):
            key = one.properties[by]
            held[key] = held.get(key, "") + repr(sorted(one.properties.items()))
    return held


def _people(shop: Shop) -> None:
    """Half of the contacts are known, some of them further on than the rows say."""
    for at in range(0, ROWS, 2):
        stage = "customer" if at % 4 else "lead"
        shop.add("contacts", email=f"p{at}@x.com", lifecyclestage=stage, city="Bonn")


def _companies(shop: Shop) -> None:
    """One company was delivered before, one was made by hand; one contact is not known."""
    for at in range(1, ROWS):
        shop.add("contacts", email=f"p{at}@x.com")
    shop.define("companies", "segment_group_id", unique=True)
    shop.add("companies", name="Old", segment_group_id="c1")
    shop.add("companies", name="By hand", domain="c2.com")


def _deals(shop: Shop) -> None:
    for at in range(ROWS):
        shop.add("contacts", email=f"p{at}@x.com")
    for at in range(0, ROWS, 2):
        shop.add("deals", dealname=f"order-{at}", dealstage="contractsent", pipeline="default")


def _numbers(shop: Shop) -> None:
    """Companies have numbers; half of the contacts are associated with another one."""
    _people(shop)
    shop.define("companies", "number", unique=True)
    old = shop.add("companies", number="old", name="Old")
    for number in ("0", "1"):
        shop.add("companies", number=number, name="Known")
    find, associations = shop.account.types.find, shop.account.associations
    for email, contact in shop.ids("contacts", "email").items():
        if email != "p0@x.com":
            associations.link(find("contacts"), contact, find("companies"), old)


def _definition(shop: Shop) -> None:
    shop.define_event("order", {"number": "string"})
    shop.add("contacts", email="a@x.com")


def _a_contact(shop: Shop) -> None:
    shop.add("contacts", email="a@x.com")


def _objects(mode: str) -> Case:
    company = {
        "object_type": "company",
        "association_label": "HUBSPOT_DEFINED:279",
        "id_field_name": "number",
    }
    mapping = {
        "object_details": {
            "object_type": "contact",
            "id_field_name": "email",
            "id_field_value": "$.properties.email",
            "property_group": "contactinformation",
        },
        "properties": {"city": "$.properties.city", "visits": "$.properties.visits"},
        "association_sync_mode": "upsert",
        "associations": [company | {"id_field_value": "$.properties.number"}],
        "dissociations": [company | {"id_field_value": "old"}],
        "list_details": VIPS,
    }
    spec = {
        "action": "upsertObject",
        "trigger": 'type = "track"',
        "sync_mode": mode,
        "mapping": mapping,
    }
    events = [
        track("Seen", at, email=f"p{at}@x.com", city=f"City {at}", visits=at, number=str(at % 3))
        for at in range(ROWS)
    ]
    return Case(spec, events, _numbers, "contacts", "email", _email)


def _email(event: Event) -> str:
    return str(event["properties"]["email"]).lower()


CASES = {
    "Upsert Contact": Case(
        contact_fields(lifecyclestage="$.traits.stage"),
        [
            # Only HubSpot knows which top-level domains there are.
            identify("p7@x.nowhere" if at == 7 else f"P{at}@x.com", at, city="Rome", stage="lead")
            for at in range(ROWS)
        ],
        _people,
        "contacts",
        "email",
        lambda event: str(event["traits"]["email"]).lower(),
    ),
    "Upsert Company": Case(
        companies(
            associateContact=True,
            companysearchfields={"domain": "$.traits.domain"},
            city="$.traits.city",
        ),
        [
            group(f"c{at}", at, f"p{at}@x.com", name=f"C{at}", domain=f"c{at}.com", city="Rome")
            for at in range(ROWS)
        ],
        _companies,
        "companies",
        "segment_group_id",
        lambda event: str(event["groupId"]),
    ),
    "Upsert Custom Object Record": Case(
        deals(to="email"),
        [
            track("Order", at, order=f"order-{at}", total=at, email=f"p{at}@x.com")
            for at in range(ROWS)
        ],
        _deals,
        "deals",
        "dealname",
        lambda event: str(event["properties"]["order"]),
    ),
    "Upsert Custom Object Record without search": Case(
        deals(search=False),
        [track("Order", at, order=f"new-{at}", total=at) for at in range(ROWS)],
        _deals,
        "deals",
        "dealname",
        lambda event: str(event["properties"]["order"]),
    ),
    **{f"Custom Object V2, {mode}": _objects(mode) for mode in ("upsert", "update", "add")},
    "Send Custom Behavioral Event": Case(
        behavioral(),
        [track("Order", at, number=str(at)) for at in range(ROWS)],
        _definition,
        "",
        "number",
        lambda event: str(event["properties"]["number"]),
    ),
    "Custom Event V2": Case(
        custom("$.event"),
        [track(("order", "parcel")[at % 2], at, number=str(at), kind="x") for at in range(ROWS)],
        _a_contact,
        "",
        "number",
        lambda event: str(event["properties"]["number"]),
    ),
}


def _two_addresses(shop: Shop) -> None:
    shop.add("contacts", email="aa@x.com", hs_additional_emails="ab@x.com")
    shop.add("contacts", email="ac@x.com", hs_additional_emails="zz@x.com")
    shop.add("contacts", email="ad@x.com", hs_additional_emails="mm@x.com")


TWO_ADDRESSES = Case(
    contact_fields(),
    [
        identify("aa@x.com", 2, city="Late"),
        identify("ab@x.com", 1, city="Early"),
        identify("zz@x.com", 4, city="Late"),
        identify("ac@x.com", 3, city="Early"),
        identify("mm@x.com", 5, city="Late"),
    ],
    _two_addresses,
    "contacts",
    "email",
    lambda event: str(event["traits"]["email"]),
)
"""Rows that name contacts by two addresses: of one both are on their way at once, of another the
newer row comes later, and of the last one here is only the second."""
