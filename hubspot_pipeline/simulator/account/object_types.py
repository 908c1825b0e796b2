"""HubSpot's object types and the many names by which a path may call them (hubspot-api §2.1)."""

from dataclasses import dataclass, field

from hubspot_pipeline.simulator.answers import Refusal
from hubspot_pipeline.simulator.clock import Clock


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One type of record; two of the same id are equal, as a schema's type can be changed.

    Attributes:
        id: ``0-1``, … and ``2-…`` of custom types.
        name: Plural name, as in paths; of custom types ``p{HubID}_{name}``.
        singular: Singular name, upper case in messages; of custom types the base name.
        scope: The object's part of ``crm.objects.….read``.
        modified: The property that holds when a record last changed.
        default_properties: What a read returns if it names no properties.
        short_name: The short-hand of a custom type's name; empty if it has none.
        labels: What people call one record, and several.
        required_properties: What a new record must have, by its schema (§2.10).
        custom: Defined by the account, in a schema.
    """

    id: str
    name: str = field(compare=False)
    singular: str = field(compare=False)
    scope: str = field(compare=False)
    modified: str = field(default="hs_lastmodifieddate", compare=False)
    default_properties: tuple[str, ...] = field(
        default=("createdate", "hs_lastmodifieddate", "hs_object_id"), compare=False
    )
    short_name: str = field(default="", compare=False)
    labels: tuple[str, str] = field(default=("", ""), compare=False)
    required_properties: tuple[str, ...] = field(default=(), compare=False)
    custom: bool = field(default=False, compare=False)

    @property
    def group(self) -> str:
        """The property group that its standard properties are in."""
        if self.custom:
            return f"{self.singular}_information"
        return f"{self.singular.replace('_', '')}information"

    @property
    def names(self) -> tuple[str, ...]:
        """What a path may call it (§2.1): a custom type never by its bare base name."""
        if self.custom:
            return tuple(filter(None, (self.id, self.name.lower(), self.short_name.lower())))
        return (self.id, self.name, self.singular)


CONTACTS = ObjectType(
    "0-1", "contacts", "contact", "contacts", "lastmodifieddate",
    ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    labels=("Contact", "Contacts"),
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


def _standard(id_: str, name: str, singular: str, scope: str) -> ObjectType:
    labels = tuple(words.replace("_", " ").capitalize() for words in (singular, name))
    return ObjectType(id_, name, singular, scope, labels=(labels[0], labels[1]))


STANDARD_TYPES = (
    CONTACTS,
    *(_standard(*line.split()) for line in _OTHERS.strip().splitlines()),
)


class ObjectTypes:
    """The account's object types, by every name that HubSpot takes for them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_id: dict[str, ObjectType] = {}
        self._named: dict[str, ObjectType] = {}
        self._not_yet: list[tuple[int, ObjectType]] = []
        for kind in STANDARD_TYPES:
            self._enter(kind)

    @property
    def all(self) -> list[ObjectType]:
        """Every type, HubSpot's own first; also those that calls cannot see yet."""
        return list(self._by_id.values())

    def find(self, name: str) -> ObjectType:
        """The type of this name, id or singular name, in any case.

        Raises:
            Refusal: No such type; the body has no category (§2.1).
        """
        kind = self._named.get(name) or self._named.get(name.lower())
        if kind is None and self._not_yet and self._reveal():
            return self.find(name)
        if kind is None:
            message = f"Unable to infer object type from: {name}"
            raise Refusal(400, {"status": "error", "message": message})
        return kind

    def by_id(self, id_: str) -> ObjectType | None:
        """The type of this id, whether or not calls can see it yet."""
        return self._by_id.get(id_)

    def is_visible(self, kind: ObjectType) -> bool:
        """Whether calls can see a type by now."""
        self._reveal()
        return self._named.get(kind.id) == kind

    def add(self, kind: ObjectType, visible_from: int = 0) -> None:
        """Take in a custom type, or what became of one; calls see it from that instant on.

        `visible_from` is in nanoseconds since 1970: types, too, take a while to be known (§3.4).
        """
        visible_from = max([visible_from, *(at for at, one in self._not_yet if one == kind)])
        self._not_yet = [one for one in self._not_yet if one[1] != kind]
        if visible_from > self._clock.now():
            self._by_id[kind.id] = kind
            self._not_yet.append((visible_from, kind))
        else:
            self._enter(kind)

    def remove(self, kind: ObjectType) -> None:
        """Forget a custom type."""
        self._by_id.pop(kind.id, None)
        self._not_yet = [one for one in self._not_yet if one[1] != kind]
        self._named = {name: one for name, one in self._named.items() if one != kind}

    def _reveal(self) -> bool:
        """Let calls see the types that are due; whether there were any."""
        now = self._clock.now()
        due = [kind for at, kind in self._not_yet if at <= now]
        self._not_yet = [one for one in self._not_yet if one[0] > now]
        for kind in due:
            self._enter(kind)
        return bool(due)

    def _enter(self, kind: ObjectType) -> None:
        self._by_id[kind.id] = kind
        for name in kind.names:
            self._named[name] = kind
