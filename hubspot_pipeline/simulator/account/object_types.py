"""HubSpot's object types and the many names by which a path may call them (hubspot-api §2.1)."""

from dataclasses import dataclass

from hubspot_pipeline.simulator.answers import Refusal


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One type of record.

    Attributes:
        id: ``0-1``, …
        name: Plural name, as in paths.
        singular: Singular name; upper case in messages.
        scope: The object's part of ``crm.objects.….read``.
        modified: The property that holds when a record last changed.
        default_properties: What a read returns if it names no properties.
    """

    id: str
    name: str
    singular: str
    scope: str
    modified: str = "hs_lastmodifieddate"
    default_properties: tuple[str, ...] = ("createdate", "hs_lastmodifieddate", "hs_object_id")

    @property
    def group(self) -> str:
        """The property group that its standard properties are in."""
        return f"{self.singular.replace('_', '')}information"


CONTACTS = ObjectType(
    "0-1", "contacts", "contact", "contacts", "lastmodifieddate",
    ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
)  # fmt: skip

_OTHERS = """
0-2 companies company companies
0-3 deals deal deals
0-5 tickets ticket tickets
0-7 products product products
0-8 line_items line_item line_items
0-14 quotes quote quotes
0-18 communications communication contacts
0-19 feedback_submissions feedback_submission contacts
0-27 tasks task contacts
0-46 notes note contacts
0-47 meetings meeting contacts
0-48 calls call contacts
0-49 emails email contacts
0-53 invoices invoice invoices
0-54 marketing_events marketing_event contacts
0-69 subscriptions subscription contacts
0-74 goal_targets goal_target contacts
0-84 discounts discount line_items
0-85 fees fee line_items
0-86 taxes tax line_items
0-101 commerce_payments commerce_payment contacts
0-115 users user contacts
0-116 postal_mail postal_mail contacts
0-123 orders order orders
0-136 leads lead leads
0-142 carts cart carts
0-162 services service services
0-410 courses course courses
0-420 listings listing listings
0-421 appointments appointment appointments
0-970 projects project custom
"""

STANDARD_TYPES = (
    CONTACTS,
    *(
        ObjectType(id_, name, singular, scope)
        for id_, name, singular, scope in (line.split() for line in _OTHERS.strip().splitlines())
    ),
)


class ObjectTypes:
    """The account's object types, by every name that HubSpot takes for them."""

    def __init__(self) -> None:
        self.all = list(STANDARD_TYPES)
        self._named: dict[str, ObjectType] = {}
        for kind in self.all:
            for name in (kind.id, kind.name, kind.singular):
                self._named[name] = kind

    def find(self, name: str) -> ObjectType:
        """The type of this name, id or singular name, in any case.

        Raises:
            Refusal: No such type; the body has no category (§2.1).
        """
        kind = self._named.get(name) or self._named.get(name.lower())
        if kind is None:
            message = f"Unable to infer object type from: {name}"
            raise Refusal(400, {"status": "error", "message": message})
        return kind
