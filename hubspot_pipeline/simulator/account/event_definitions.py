"""Definitions of custom events: what exists, since when, and what their properties accept."""

import re
from dataclasses import dataclass, field, fields
from typing import Any

from hubspot_pipeline.simulator.account import values
from hubspot_pipeline.simulator.account.values import Accept

MAX_NAME = 50
MAX_PROPERTIES = 50
SHORT_TEXT, LONG_TEXT = 256, 1_024
FIELD_TYPES = {
    "string": "text",
    "number": "number",
    "enumeration": "select",
    "datetime": "date",
    "date": "date",
    "bool": "radio",
}
"""Each type of an event's property (hubspot-api §5.3), and how HubSpot's forms show it."""

_Rule = tuple[str, Accept, int]
"""A property's name, what takes its values, and how long they may be."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LONG_WORDS = ("url", "referrer", "link")
_MAX_KNOWN_EVENTS = 1_000

_DEFAULTS = """
asset_description asset_type browser campaign_id city country device_name device_type element_class
element_id element_text language link_href operating_system operating_version page_content_type
page_id page_title page_url parent_module_id referrer region screen_height screen_width
touchpoint_source tracking_name user_agent utm_campaign utm_content utm_medium utm_source utm_term
""".split()  # noqa: SIM905 - as a list, 32 lines
_DEFAULT_TYPES = {
    "device_type": "enumeration",
    "language": "enumeration",
    "page_content_type": "enumeration",
    "screen_height": "number",
    "screen_width": "number",
}
_DEFAULT_OPTIONS = {
    "device_type": (
        "Game Console", "PDA", "Personal Computer", "Desktop", "Smartphone", "Smart TV", "Tablet",
        "Wearable Computer", "Unknown",
    ),
    "page_content_type": (
        "BLOG_POST", "KNOWLEDGE_ARTICLE", "LANDING_PAGE", "LISTING_PAGE", "STANDARD_PAGE",
        "WEB_INTERACTIVE",
    ),
}  # fmt: skip


class NotTaken(Exception):  # noqa: N818 - one event's fate, not a program's error
    """An event whose properties HubSpot does not take; its text says why."""


@dataclass(slots=True)
class EventProperty:
    """One property of an event.

    Attributes:
        options: As given: label, value, …; without any, an enumeration takes every text.
        hubspot_defined: One of the 32 that come with HubSpot.
        visible_from: When sends begin to see it (nanoseconds): the definition lag of §3.4.
    """

    name: str
    label: str
    type: str
    description: str = ""
    options: list[dict[str, Any]] = field(default_factory=list)
    hubspot_defined: bool = False
    created: str = "2019-08-06T02:41:08.029Z"
    updated: str = "2019-08-06T02:41:08.029Z"
    visible_from: int = 0

    @property
    def longest(self) -> int:
        """How many characters a value may have: names of addresses take more (§5.2)."""
        return LONG_TEXT if any(word in self.name for word in _LONG_WORDS) else SHORT_TEXT

    def acceptor(self) -> Accept:
        """What takes a value of this type; raises `values.Refused`."""
        match self.type:
            case "number":
                return values.accept_number(self.name)
            case "bool":
                return values.accept_option(("true", "false"))
            case "enumeration" if self.options:
                return values.accept_option([str(option["value"]) for option in self.options])
            case "date":
                return values.accept_date(normalize=False)
            case "datetime":
                return values.accept_datetime
            case _:
                return values.text_of


@dataclass(slots=True)
class EventDefinition:
    """One kind of event.

    Attributes:
        id: Decimal digits; HubSpot's object type id of the event is ``6-{id}``.
        full_name: ``pe{HubID}_{name}``, as sends name it.
        kind: The object type's id that its events belong to; never changes.
        matching: The unique property of that type, and the event's property that is matched
            with it (customMatchingId).
        visible_from: When sends begin to see it (nanoseconds).
    """

    id: str
    name: str
    full_name: str
    label: str
    kind: str
    description: str = ""
    matching: tuple[str, str] | None = None
    properties: dict[str, EventProperty] = field(default_factory=dict)
    created: str = ""
    updated: str = ""
    visible_from: int = 0
    _known: dict[tuple[str, ...], list[_Rule]] = field(default_factory=dict, repr=False)
    _acceptors: dict[str, tuple[Accept, int]] = field(default_factory=dict, repr=False)

    def changed(self) -> None:
        """Take in that properties were added, changed or deleted."""
        self._known.clear()
        self._acceptors.clear()

    def check(self, given: dict[str, Any], now: int, *, unknown_refused: bool) -> dict[str, str]:
        """What an event's properties become: the texts to keep.

        Events come five hundred at a time with the same properties: what is known of those seen
        before is not looked up again.

        Raises:
            NotTaken: A name or a value is not allowed (§5.2).
            NotText: A value is an array or object.
        """
        known = self._known.get(tuple(given))
        accepted = None if known is None else _accepted_at_once(known, given)
        if accepted is not None:
            return accepted
        if len(given) > MAX_PROPERTIES:
            raise NotTaken(
                f"An event can have at most {MAX_PROPERTIES} properties, {self.full_name} was "
                f"sent with {len(given)}"
            )
        return self._check_each(given, now, unknown_refused)

    def _check_each(self, given: dict[str, Any], now: int, unknown_refused: bool) -> dict[str, str]:
        accepted: dict[str, str] = {}
        rules: list[_Rule] = []
        plain = True
        for spelled in given if _all_lower(given) else sorted(given):
            name, value = spelled.lower(), given[spelled]
            known = self._acceptors.get(name) or self._learn(name, now)
            if known is None:
                plain = False
                _check_name(name)
                if unknown_refused:
                    raise NotTaken(f"Property {name} does not exist on event {self.full_name}")
                continue
            if value is None:
                plain = False
                continue
            accept, longest = known
            text = _accepted(spelled, accept, value)
            if len(text) > longest:
                raise NotTaken(
                    f"The value of property {name} is too long: {len(text)} characters, at most "
                    f"{longest} are allowed"
                )
            accepted[name] = text
            plain = plain and name == spelled
            rules.append((name, accept, longest))
        if plain and len(self._known) < _MAX_KNOWN_EVENTS:
            self._known[tuple(given)] = rules
        return accepted

    def _learn(self, name: str, now: int) -> tuple[Accept, int] | None:
        found = self.properties.get(name)
        if found is None or found.visible_from > now:
            return None
        self._acceptors[name] = (found.acceptor(), found.longest)
        return self._acceptors[name]


class EventDefinitions:
    """The account's event definitions, by name; a name is never free again (§5.3)."""

    def __init__(self, portal_id: int) -> None:
        self._prefix = f"pe{portal_id}_"
        self.all: dict[str, EventDefinition] = {}
        self._used: set[str] = set()
        self._next_id = 30_000_001

    def __len__(self) -> int:
        return len(self.all)

    def full_name(self, name: str) -> str:
        """The name by which sends call an event."""
        return self._prefix + name

    def is_taken(self, name: str) -> bool:
        """Whether an event has this name, or ever had it."""
        return name in self._used

    def find(self, name: str, now: int) -> EventDefinition | None:
        """The definition of this name or full name, if calls that arrive now can see it."""
        found = self.all.get(name) or self.all.get(name.removeprefix(self._prefix))
        return found if found is not None and found.visible_from <= now else None

    def sent(self, full_name: str, now: int) -> EventDefinition | None:
        """The definition of a full name, if sends that arrive now can see it."""
        return self.find(full_name, now) if full_name.startswith(self._prefix) else None

    def add(self, name: str, label: str, kind: str) -> EventDefinition:
        """A new definition, to be completed by the caller."""
        made = EventDefinition(str(self._next_id), name, self.full_name(name), label, kind)
        self._next_id += 1
        self.all[name] = made
        self._used.add(name)
        return made

    def remove(self, name: str) -> None:
        """Delete a definition; its name stays taken."""
        del self.all[name]

    def saved(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "next_id": self._next_id,
            "used": sorted(self._used),
            "all": [_saved(one) for one in self.all.values()],
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Become what was saved."""
        self._next_id = saved["next_id"]
        self._used = set(saved["used"])
        self.all = {one["name"]: _restored(one) for one in saved["all"]}


def default_properties() -> dict[str, EventProperty]:
    """The 32 properties that HubSpot adds to an event unless it is told not to (§5.3)."""
    made = {}
    for bare in _DEFAULTS:
        label = bare.replace("_", " ").capitalize().replace("Utm", "UTM").replace(" id", " ID")
        options = [{"label": one, "value": one} for one in _DEFAULT_OPTIONS.get(bare, ())]
        type_ = _DEFAULT_TYPES.get(bare, "string")
        name = f"hs_{bare}"
        made[name] = EventProperty(name, label, type_, options=options, hubspot_defined=True)
    return made


def is_name(text: str, *, hyphens: bool = False) -> bool:
    """Whether a text can name an event or a property of one (§5.2, §5.3)."""
    text = text.replace("-", "_") if hyphens else text
    return len(text) <= MAX_NAME and _NAME.fullmatch(text) is not None


def bad_name(what: str, name: str) -> str:
    """What HubSpot says of a name that is none; `what` it was to name: ``Event``, ``Property``."""
    return (
        f"{what} name {name} is not valid: it has at most {MAX_NAME} characters, starts with a "
        "letter and contains only lower-case letters, digits and underscores"
    )


def name_of_label(label: str) -> str:
    """The name that HubSpot makes of a label where none is given."""
    words = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    return (words if words[:1].isalpha() else f"e_{words}")[:MAX_NAME]


def _check_name(name: str) -> None:
    if not is_name(name):
        raise NotTaken(bad_name("Property", name))


def _accepted(name: str, accept: Accept, value: Any) -> str:
    try:
        return accept(value)
    except values.NotText:
        raise values.NotText(name) from None
    except values.Refused as refused:
        raise NotTaken(f"Property {name} is not valid: {refused.message}") from None


def _all_lower(given: dict[str, Any]) -> bool:
    """Names that differ in case are one: the last in order of the alphabet counts (§5.2)."""
    return "".join(given).islower()


def _accepted_at_once(rules: list[_Rule], given: dict[str, Any]) -> dict[str, str] | None:
    """The texts to keep; None if some value is not taken or null: then look at each."""
    accepted = given.copy()
    try:
        for (name, accept, longest), value in zip(rules, given.values(), strict=True):
            if accept is values.text_of and type(value) is str:
                text = value
            elif value is None:
                return None
            else:
                accepted[name] = text = accept(value)
            if len(text) > longest:
                return None
    except (values.Refused, values.NotText):
        return None
    return accepted


def _plain(one: EventDefinition | EventProperty) -> dict[str, Any]:
    names = (each.name for each in fields(one) if not each.name.startswith("_"))
    return {name: getattr(one, name) for name in names}


def _saved(definition: EventDefinition) -> dict[str, Any]:
    properties = [_plain(one) for one in definition.properties.values()]
    return _plain(definition) | {"properties": properties}


def _restored(saved: dict[str, Any]) -> EventDefinition:
    properties = {one["name"]: EventProperty(**one) for one in saved["properties"]}
    matching = None if saved["matching"] is None else tuple(saved["matching"])
    return EventDefinition(**saved | {"properties": properties, "matching": matching})
