"""Every branch of every action, with what a thousand rows of it cost the reference destination."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.acceptance.shop import PORTAL, Event, Run, Shop, group, identify, track

ROWS = 1_000
Prepare = Callable[[Shop], None]


@dataclass(frozen=True)
class Branch:
    """A way that rows of an action can take.

    Attributes:
        action: The action's title.
        name: What is so of these rows.
        reference: The reference destination's calls per 1,000 rows (actions §16).
        better: What the reference holds to be possible; empty where it says nothing.
        most: How many calls we may make, those for the account's schema apart.
        mapping: As in a destination.
        events: A thousand rows.
        prepare: What is so of the account beforehand.
        verdict: What becomes of every row.
    """

    action: str
    name: str
    reference: str
    better: str
    most: int
    mapping: dict[str, Any]
    events: Sequence[Event]
    prepare: Prepare = lambda _: None
    verdict: str = "delivered"

    def run(self, shop: Shop) -> Run:
        """Deliver the rows to an account as the branch wants it."""
        self.prepare(shop)
        return shop.run(self.mapping, self.events)


def contacts_of(stage: str = "lead", every: int = 1) -> Prepare:
    """Every contact is known already, or every so many."""

    def prepare(shop: Shop) -> None:
        for at in range(0, ROWS, every):
            shop.add("contacts", email=f"p{at}@x.com", lifecyclestage=stage)

    return prepare


def companies_of_groups(shop: Shop) -> None:
    """The contacts, and companies that an earlier day delivered."""
    contacts_of()(shop)
    shop.run(companies(), [group(f"c{at}", at, name="C") for at in range(ROWS)], day="2026-01-01")


def another_company(shop: Shop) -> None:
    """A company that an earlier day delivered."""
    shop.run(companies(), [group("another", name="C")], day="2026-01-01")


def companies_with_domains(copies: int) -> Prepare:
    """The contacts, companies that were made by hand, and one that was not."""

    def prepare(shop: Shop) -> None:
        another_company(shop)
        contacts_of()(shop)
        for at in range(ROWS * copies):
            shop.add("companies", name="C", domain=f"company-{at % ROWS}.example.com")

    return prepare


def deals_of(copies: int, contacts: int = 1) -> Prepare:
    """The contacts, one or more of each city, and deals, one or more of each name."""

    def prepare(shop: Shop) -> None:
        for at in range(ROWS * contacts):
            shop.add("contacts", email=f"p{at}@x.com", city=f"City {at % ROWS}")
        for at in range(ROWS * copies):
            shop.add(
                "deals", dealname=f"order-{at % ROWS}", dealstage="closedwon", pipeline="default"
            )

    return prepare


def numbered(shop: Shop) -> None:
    """Companies and deals have numbers of their own, and some are there."""
    for object_type in ("companies", "deals"):
        shop.define(object_type, "number", unique=True)
    for at in range(50):
        shop.add("companies", number=str(at), name="C")
        shop.add("deals", number=str(at), dealname="D", dealstage="closedwon", pipeline="default")


def numbered_with_contacts(shop: Shop) -> None:
    """The contacts are known already, too."""
    numbered(shop)
    contacts_of()(shop)


def associated(shop: Shop) -> None:
    """The contacts are associated with their companies already."""
    numbered(shop)
    shop.run(objects(associations=[link("company", 279)]), SEEN, day="2026-01-01")


def event_definition(shop: Shop) -> None:
    """The event is known, with its properties."""
    shop.define_event("order", {"number": "string", "total": "number", "note": "string"})
    shop.add("contacts", email="a@x.com")


def contact_fields(**fields: Any) -> dict[str, Any]:
    """A mapping of Upsert Contact."""
    mapping = {"email": "$.traits.email", "city": "$.traits.city"}
    return {"action": "upsertContact", "mapping": mapping | fields}


def companies(**fields: Any) -> dict[str, Any]:
    """A mapping of Upsert Company; without contacts, if not told."""
    mapping = {
        "groupid": "$.groupId",
        "createNewCompany": True,
        "associateContact": False,
        "email": "$.context.traits.email",
        "name": "$.traits.name",
    }
    return {"action": "upsertCompany", "mapping": mapping | fields}


BY_DOMAIN = {"companysearchfields": {"domain": "$.traits.domain"}, "domain": "$.traits.domain"}


def deals(*, search: bool = True, to: str | None = None, **fields: Any) -> dict[str, Any]:
    """A mapping of Upsert Custom Object Record; associated with contacts by a property, if told."""
    mapping: dict[str, Any] = {
        "objectType": "deals",
        "properties": {
            "dealname": "$.properties.order",
            "amount": "$.properties.total",
            "dealstage": "closedwon",
            "pipeline": "default",
        },
    }
    if search:
        mapping["customObjectSearchFields"] = {"dealname": "$.properties.order"}
    if to:
        mapping |= {
            "toObjectType": "contacts",
            "associationLabel": "HUBSPOT_DEFINED:3",
            "searchFieldsToAssociateCustomObjects": {to: f"$.properties.{to}"},
        }
    return {
        "action": "upsertCustomObjectRecord",
        "trigger": 'type = "track"',
        "mapping": mapping | fields,
    }


def objects(mode: str = "upsert", **fields: Any) -> dict[str, Any]:
    """A mapping of Custom Object V2."""
    mapping: dict[str, Any] = {
        "object_details": {
            "object_type": "contact",
            "id_field_name": "email",
            "id_field_value": "$.properties.email",
        },
        "association_sync_mode": "upsert",
        "properties": {"city": "$.properties.city"},
    }
    return {
        "action": "upsertObject",
        "trigger": 'type = "track"',
        "sync_mode": mode,
        "mapping": mapping | fields,
    }


def link(object_type: str, label: int) -> dict[str, str]:
    """An association with a record by its own number."""
    return {
        "object_type": object_type,
        "association_label": f"HUBSPOT_DEFINED:{label}",
        "id_field_name": "number",
        "id_field_value": "$.properties.number",
    }


def friend(number: int) -> dict[str, str]:
    """An association with another contact, who is created."""
    return {
        "object_type": "contact",
        "association_label": "HUBSPOT_DEFINED:449",
        "id_field_name": "email",
        "id_field_value": f"$.properties.friend{number}",
    }


VIPS = {
    "connected_to_engage_audience": False,
    "list_name": "VIPs",
    "list_action": True,
    "should_create_list": True,
}


def behavioral(name: str = f"pe{PORTAL}_order") -> dict[str, Any]:
    """A mapping of Send Custom Behavioral Event."""
    return {
        "action": "sendCustomBehavioralEvent",
        "mapping": {
            "eventName": name,
            "email": "a@x.com",
            "properties": {"number": "$.properties.number"},
        },
    }


def custom(name: str = "order", mode: str = "upsert") -> dict[str, Any]:
    """A mapping of Custom Event V2."""
    return {
        "action": "customEvent",
        "trigger": 'type = "track"',
        "sync_mode": mode,
        "mapping": {
            "event_name": name,
            "record_details": {"object_type": "contact", "email": "a@x.com"},
            "properties": "$.properties",
        },
    }


# -- the rows -------------------------------------------------------------------------------------

PEOPLE = [identify(f"p{at}@x.com", at, city=f"City {at}", stage="lead") for at in range(ROWS)]
GROUPS = [
    group(f"c{at}", at, f"p{at}@x.com", name=f"C{at}", domain=f"company-{at}.example.com")
    for at in range(ROWS)
]
ORDERS = [
    track("Order", at, order=f"order-{at}", total=at, email=f"p{at}@x.com", city=f"City {at}")
    for at in range(ROWS)
]
SEEN = [
    track("Seen", at, email=f"p{at}@x.com", city=f"City {at}", number=f"{at % 50}")
    for at in range(ROWS)
]
SEEN_MANY = [
    one | {"properties": one["properties"] | {f"friend{n}": f"f{n}.{at}@x.com" for n in range(3)}}
    for at, one in enumerate(SEEN)
]
SOLD = [track("Sold", at, number=str(at), total=at) for at in range(ROWS)]
SHAPES = [{"number": "1", "total": 2}, {"note": "x"}]
ALTERNATING = [track("Sold", at, **SHAPES[at % 2]) for at in range(ROWS)]

A, B, C = "Send Custom Behavioral Event", "Upsert Contact", "Upsert Company"
D, E, F = "Upsert Custom Object Record", "Custom Object V2", "Custom Event V2"
STAGED = contact_fields(lifecyclestage="$.traits.stage")
WITH_CONTACT = {"associateContact": True}
UPDATE_ONLY = {"createNewCompany": False}

BRANCHES = (
    Branch(A, "valid", "1,000", "2", 2, behavioral(), SOLD, event_definition),
    Branch(A, "rejected here", "0", "0", 0, behavioral("order"), SOLD, verdict="rejected"),
    Branch(B, "all new", "2,000, batched 20", "10–20", 10, contact_fields(), PEOPLE),
    Branch(
        B, "all existing", "1,000, batched 20", "10–20", 10, contact_fields(), PEOPLE, contacts_of()
    ),
    Branch(B, "mixed", "batched 30", "10–30", 10, contact_fields(), PEOPLE, contacts_of(every=2)),
    Branch(
        B, "existing, stages backward", "3,000, batched 40", "30", 30,
        STAGED, PEOPLE, contacts_of("customer"),
    ),
    Branch(
        B, "mixed, stages backward", "batched 50", "30–40", 20,
        STAGED, PEOPLE, contacts_of("customer", every=2),
    ),
    Branch(C, "known by group id", "1,000", "10", 10, companies(), GROUPS, companies_of_groups),
    Branch(
        C, "known by group id, with contact", "2,000", "11–20", 21,
        companies(**WITH_CONTACT), GROUPS, companies_of_groups,
    ),
    Branch(C, "new", "2,000", "10", 10, companies(), GROUPS),
    Branch(
        C, "new, with contact", "3,000", "20", 21, companies(**WITH_CONTACT), GROUPS, contacts_of()
    ),
    Branch(
        C, "one found by search", "3,000", "10–30", 20,
        companies(**BY_DOMAIN), GROUPS, companies_with_domains(1),
    ),
    Branch(
        C, "one found by search, with contact", "4,000", "10–30", 31,
        companies(**BY_DOMAIN, **WITH_CONTACT), GROUPS, companies_with_domains(1),
    ),
    Branch(C, "none found by search", "3,000", "10–30", 20, companies(**BY_DOMAIN), GROUPS),
    Branch(
        C, "none found by search, with contact", "4,000", "10–30", 31,
        companies(**BY_DOMAIN, **WITH_CONTACT), GROUPS, contacts_of(),
    ),
    Branch(
        C, "unknown, none to be created", "1,000", "10", 10,
        companies(**UPDATE_ONLY), GROUPS, another_company, "skipped",
    ),
    Branch(
        C, "unknown, searched, none to be created", "2,000", "10", 20,
        companies(**UPDATE_ONLY, **BY_DOMAIN), GROUPS, another_company, "skipped",
    ),
    Branch(
        C, "several found by search", "2,000", "10", 20,
        companies(**BY_DOMAIN), GROUPS, companies_with_domains(2), verdict="failed",
    ),
    Branch(
        C, "nobody to associate", "0", "–", 0,
        companies(**WITH_CONTACT, email="$.traits.nobody"),
        [one | {"userId": None} for one in GROUPS], verdict="rejected",
    ),
    Branch(D, "no search, created", "1,000", "10", 10, deals(search=False), ORDERS),
    Branch(D, "search, created", "2,000", "10–20", 20, deals(), ORDERS),
    Branch(D, "search, updated", "2,000", "10–20", 20, deals(), ORDERS, deals_of(1)),
    Branch(
        D, "search, none to be created", "1,000", "10", 10,
        deals(createNewCustomRecord=False), ORDERS, verdict="skipped",
    ),
    Branch(D, "search, several", "1,000", "10", 10, deals(), ORDERS, deals_of(2), "failed"),
    Branch(
        D, "no search, associated", "2,000", "20", 21,
        deals(search=False, to="email"), ORDERS, deals_of(0),
    ),
    Branch(
        D, "search, created, associated", "3,000", "30", 31,
        deals(to="email"), ORDERS, deals_of(0),
    ),
    Branch(
        D, "search, updated, associated", "4,000", "30", 31,
        deals(to="email"), ORDERS, deals_of(1),
    ),
    Branch(
        D, "search, updated, nobody to associate", "3,000", "30", 40,
        deals(to="city"), ORDERS, deals_of(1, 0),
    ),
    Branch(
        D, "search, updated, several to associate", "3,000", "30", 30,
        deals(to="city"), ORDERS, deals_of(1, 2), "failed",
    ),
    Branch(
        D, "none to be created, association", "2,000", "10", 10,
        deals(to="email", createNewCustomRecord=False), ORDERS, deals_of(0), "skipped",
    ),
    Branch(E, "upsert", "10", "10", 10, objects(), SEEN),
    Branch(E, "update, found", "20", "10–20", 20, objects("update"), SEEN, contacts_of()),
    Branch(E, "update, none found", "10", "10–20", 10, objects("update"), SEEN, verdict="skipped"),
    Branch(E, "add, all new", "20", "10–20", 20, objects("add"), SEEN),
    Branch(
        E, "add, none new", "20", "10–20", 10, objects("add"), SEEN, contacts_of(), "skipped"
    ),
    Branch(
        E, "upsert, one association", "30", "21", 12,
        objects(associations=[link("company", 279)]), SEEN, numbered,
    ),
    Branch(
        E, "upsert of known ones, one association", "30", "21", 12,
        objects(associations=[link("company", 279)]), SEEN, numbered_with_contacts,
    ),
    Branch(
        E, "upsert, associations of two types", "50", "30", 14,
        objects(associations=[link("company", 279), link("deal", 4)]), SEEN, numbered,
    ),
    Branch(
        E, "upsert, three links each, to new ones", "90", "26", 42,
        objects(associations=[friend(number) for number in range(3)]), SEEN_MANY,
    ),
    Branch(
        E, "upsert, one dissociation", "30", "21", 12,
        objects(dissociations=[link("company", 279)]), SEEN, associated,
    ),
    Branch(
        E, "upsert, members of a list", "20", "11", 11, objects(list_details=VIPS), SEEN
    ),
    Branch(F, "known event", "1,000", "2", 2, custom(), SOLD, event_definition),
    Branch(
        F, "known event by its full name", "2,000", "3", 2,
        custom(f"pe{PORTAL}_order"), SOLD, event_definition,
    ),
    Branch(F, "alternating properties", "2,000", "3", 2, custom(), ALTERNATING, event_definition),
    Branch(F, "new event", "1,000 + 2 once", "2 + 2 once", 2, custom(), SOLD,
           lambda shop: shop.add("contacts", email="a@x.com") and None),
    Branch(
        F, "unknown event in update mode", "1,000", "1 an hour", 0,
        custom("$.event", mode="update"), SOLD, verdict="rejected",
    ),
)  # fmt: skip
