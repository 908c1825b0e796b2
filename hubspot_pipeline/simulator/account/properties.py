"""Property definitions of one object type: what exists, since when, and what each accepts."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

from hubspot_pipeline.simulator.account import values
from hubspot_pipeline.simulator.account.validation_rules import ValidationRules
from hubspot_pipeline.simulator.account.values import MAX_TEXT, Accept
from hubspot_pipeline.simulator.answers import PropertyProblem

MAX_KNOWN_WRITES = 1_000
_Acceptors = dict[str, tuple[str, Accept]]
_Special = list[tuple[str, Accept]]


@dataclass(slots=True)
class Property:
    """One definition, as the properties API shows it (hubspot-api §3.3).

    Attributes:
        options: As given: label, value, displayOrder, hidden, description.
        hubspot_defined: Comes with HubSpot; cannot be archived.
        read_only: Its value cannot be set.
        external_options: Its options are kept elsewhere: owners, or the stages of pipelines.
        visible_from: When other calls begin to see it (nanoseconds): the definition lag of §3.4.
        archived_at: When it was archived (nanoseconds), if it is.
        previous: What other calls see until then, if it was changed.
    """

    name: str
    label: str
    type: str
    field_type: str
    group: str
    options: list[dict[str, Any]] = field(default_factory=list)
    description: str = ""
    display_order: int = -1
    unique: bool = False
    hidden: bool = False
    form_field: bool = False
    hubspot_defined: bool = False
    read_only: bool = False
    external_options: bool = False
    sensitivity: str = "non_sensitive"
    created: str = "2019-08-06T02:41:08.029Z"
    updated: str = "2019-08-06T02:41:08.029Z"
    visible_from: int = 0
    archived_at: int | None = None
    previous: "Property | None" = None

    @property
    def option_values(self) -> list[str]:
        """The options' internal values, in their order of display."""
        ordered = sorted(self.options, key=lambda option: option["displayOrder"])
        return [option["value"] for option in ordered]

    @property
    def multiple(self) -> bool:
        """Whether it holds several members, to which a leading ``;`` appends."""
        return self.field_type == "checkbox" or self.name == "hs_additional_emails"


class Acceptors(Protocol):
    """Who knows what a property takes."""

    @property
    def text(self) -> Accept:
        """What takes plain text, the same for all properties."""

    def of(self, definition: Property, *, normalize_dates: bool) -> Accept:
        """What takes a value of this property; raises `values.Refused`."""


class Properties:
    """The properties of one object type, and what record writes make of them."""

    def __init__(self, definitions: Iterable[Property], acceptors: Acceptors) -> None:
        self._of_definitions = acceptors
        self.defined: dict[str, Property] = {one.name: one for one in definitions}
        self.archived: dict[str, Property] = {}
        self.rules = ValidationRules()
        self.changed()

    def changed(self) -> None:
        """Take in that definitions were added, changed or archived."""
        self._acceptors: tuple[_Acceptors, _Acceptors] = ({}, {})
        self._specials: tuple[dict[tuple[str, ...], _Special], ...] = ({}, {})
        self.unique = [one.name for one in self.defined.values() if one.unique]
        self.unique_with_email = ["email", *self.unique]
        stage = self.defined.get("lifecyclestage")
        ordered = stage.option_values if stage else []
        self.stages = {value: at for at, value in enumerate(ordered)}
        self.multiple = tuple(one.name for one in self.defined.values() if one.multiple)
        self.sensitive = {
            one.name: one.sensitivity
            for one in self.defined.values()
            if one.sensitivity != "non_sensitive"
        }

    def find(self, name: str, now: int) -> Property | None:
        """The property of this name, as calls that arrive now can see it."""
        found = self.defined.get(name)
        while found is not None and found.visible_from > now:
            found = found.previous
        return found

    def visible(self, now: int) -> list[Property]:
        """All properties, as calls that arrive now can see them."""
        found = (self.find(name, now) for name in self.defined)
        return [one for one in found if one is not None]

    def update(self, changed: Property, now: int, visible_from: int) -> None:
        """Let a changed definition stand in for the one of its name, as of an instant."""
        seen = self.find(changed.name, now)
        changed.previous = None if seen is None else replace(seen, previous=None)
        changed.visible_from = visible_from
        self.defined[changed.name] = changed
        self.changed()

    def archive(self, name: str, now: int) -> None:
        """Take a definition out of sight; records keep its values until it is there again."""
        found = self.defined.pop(name)
        found.archived_at = now
        self.archived[name] = found
        self.changed()

    def saved(self) -> Any:
        """All definitions and validation rules as plain data."""
        return {
            "defined": [asdict(one) for one in self.defined.values()],
            "archived": [asdict(one) for one in self.archived.values()],
            "rules": self.rules.saved(),
        }

    def restore(self, saved: Any) -> None:
        """Take up what `saved` gave."""
        self.defined = {one["name"]: _restored(one) for one in saved["defined"]}
        self.archived = {one["name"]: _restored(one) for one in saved["archived"]}
        self.rules.restore(saved["rules"])
        self.changed()

    def check(
        self, given: dict[str, Any], now: int, *, normalize_dates: bool
    ) -> tuple[dict[str, str], list[PropertyProblem], list[dict[str, Any]]]:
        """What a record write's properties become: the texts to keep, problems, warnings.

        Null is left out: HubSpot ignores it (§3.6). Writes come a hundred at a time with the
        same properties, most of them plain text: of properties seen before, only the others
        are looked at one by one. `given` is used up: it may become what is kept.

        Raises:
            NotText: One of them is an array or object.
        """
        special = self._specials[normalize_dates].get(tuple(given))
        if special is not None:
            try:
                if len("".join(given.values())) <= MAX_TEXT:  # no single one is longer, then
                    for name, accept in special:
                        given[name] = accept(given[name])
                    return given, [], []
            except (TypeError, values.Refused, values.Normalized):
                pass  # one is no text, or not as it should be, and others may be so too
        return self._check_each(given, now, normalize_dates)

    def _check_each(
        self, given: dict[str, Any], now: int, normalize_dates: bool
    ) -> tuple[dict[str, str], list[PropertyProblem], list[dict[str, Any]]]:
        accepted: dict[str, str] = {}
        problems: list[PropertyProblem] = []
        warnings: list[dict[str, Any]] = []
        special: list[tuple[str, Accept]] = []
        settled = True
        for name, value in given.items():
            known = self._acceptors[normalize_dates].get(name)
            known = known or self._learn(name, now, normalize_dates)
            if known is None:
                message = f'Property "{name}" does not exist'
                problems.append(PropertyProblem(name, "PROPERTY_DOESNT_EXIST", message))
                continue
            own_name, accept = known
            settled = settled and name in self._acceptors[normalize_dates]
            if accept is not self._of_definitions.text:
                special.append(known)
            if value is None:
                continue
            try:
                accepted[own_name] = accept(value)
            except values.NotText:
                raise values.NotText(name) from None
            except values.Refused as refused:
                problems.append(PropertyProblem(name, refused.code, refused.message))
            except values.Normalized as normalized:
                accepted[own_name] = normalized.text
                warnings.append(_normalized(name, value, normalized.text))
        if settled and not problems and len(self._specials[normalize_dates]) < MAX_KNOWN_WRITES:
            self._specials[normalize_dates][tuple(given)] = special
        return accepted, problems, warnings

    def _learn(self, name: str, now: int, normalize_dates: bool) -> tuple[str, Accept] | None:
        """The property's own name and acceptor, kept once calls see what it is to be."""
        definition = self.find(name, now)
        if definition is None:
            return None
        accept = self._of_definitions.of(definition, normalize_dates=normalize_dates)
        known = (definition.name, self.rules.applied_to(definition.name, definition.type, accept))
        if definition is self.defined[name]:
            self._acceptors[normalize_dates][definition.name] = known
        return known


def _restored(saved: dict[str, Any]) -> Property:
    previous = saved["previous"]
    return Property(**saved | {"previous": None if previous is None else _restored(previous)})


def _normalized(name: str, raw: Any, text: str) -> dict[str, Any]:
    return {
        "category": "PROPERTY_VALUE_NORMALIZED",
        "message": f"{name} was normalized",
        "context": {
            "normalizedValue": text,
            "propertyName": name,
            "rawValue": values.text_of(raw),
        },
    }
