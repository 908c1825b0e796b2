"""HubSpot's own object types, and the many names by which people call them."""

from __future__ import annotations

import re
from dataclasses import dataclass

CONTACTS, COMPANIES, DEALS, TICKETS = "contacts", "companies", "deals", "tickets"
"""What paths call the types of which there are rules of their own, or which people mean most."""


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One type of record.

    Attributes:
        id: HubSpot's id of it: `0-1` of contacts; `2-…` of the account's own.
        name: what a path calls it: the plural name of HubSpot's own types, such as `contacts`,
            the fully qualified name of the account's.
    """

    id: str
    name: str


_STANDARD = """
0-1 contacts contact
0-2 companies company
0-3 deals deal
0-5 tickets ticket
0-7 products product
0-8 line_items line_item
0-14 quotes quote
0-18 communications communication
0-19 feedback_submissions feedback_submission
0-27 tasks task
0-46 notes note
0-47 meetings meeting
0-48 calls call
0-49 emails email
0-53 invoices invoice
0-54 marketing_events marketing_event
0-69 subscriptions subscription
0-74 goal_targets goal_target goals goal
0-84 discounts discount
0-85 fees fee
0-86 taxes tax
0-101 commerce_payments commerce_payment payments payment
0-115 users user
0-116 postal_mail postal_mail
0-123 orders order
0-136 leads lead
0-142 carts cart
0-162 services service
0-410 courses course
0-420 listings listing
0-421 appointments appointment
0-970 projects project
"""
"""HubSpot's own types (hubspot-api §2.1): the id, the name in paths, and other names."""

_STANDARD_ID = re.compile(r"0-\d+")


def standard_type(name: str) -> ObjectType | None:
    """The type of HubSpot's own that is called so: by id, plural or singular, in any case.

    An id such as `0-999` that is not listed here is taken at its word, as HubSpot adds types.
    """
    known = _BY_NAME.get(folded_name(name))
    if known is None and _STANDARD_ID.fullmatch(name.strip()):
        return ObjectType(name.strip(), name.strip())
    return known


def path_name(name: str) -> str:
    """What paths call a type: one name for each of HubSpot's own types, others as they are."""
    known = standard_type(name)
    return known.name if known else name


def singular_name(object_type_id: str) -> str | None:
    """The singular name of a type of HubSpot's own, such as `contact`; None for others."""
    return _SINGULAR.get(object_type_id)


def folded_name(name: str) -> str:
    """Names are compared without regard to case, with underscores for spaces and hyphens."""
    name = name.strip().lower()
    return name if re.fullmatch(r"\d+-\d+", name) else re.sub(r"[\s-]+", "_", name)


def _standard() -> dict[str, ObjectType]:
    lines = [line.split() for line in _STANDARD.strip().splitlines()]
    return {name: ObjectType(line[0], line[1]) for line in lines for name in line}


_BY_NAME = _standard()
_SINGULAR = {line.split()[0]: line.split()[2] for line in _STANDARD.strip().splitlines()}
