"""What a record must have: by its type, by its schema, and by rules that people set.

§2.4 and §2.10 hold in all versions; required and conditional properties only on the paths of
2026-09 (§1.5). A type without rules has no checks at all.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.account.pipelines import PLACES, Pipelines
from hubspot_pipeline.simulator.account.values import not_an_option
from hubspot_pipeline.simulator.answers import (
    MISSING_CONDITIONAL,
    MISSING_REQUIRED,
    PropertyProblem,
    Refusal,
    validation_error,
)
from hubspot_pipeline.simulator.settings import (
    ConditionalRule,
    RequiredOnCreation,
    SimulatorSettings,
)

_NEEDED = {
    "0-3": ("dealname", "dealstage"),
    "0-5": ("hs_pipeline_stage",),
    **dict.fromkeys(("0-27", "0-46", "0-47", "0-48", "0-49"), ("hs_timestamp",)),
}
"""§2.4; a ticket does without a subject, and pipelines have defaults. Activities need a time."""


Held = Mapping[str, str] | None
"""What a record holds; None of one that is being created."""

Found = Refusal | list[PropertyProblem] | None
"""What is wrong with a write: the whole, or some of its properties; None if nothing is."""

Check = Callable[[str, Held, dict[str, str]], Found]
"""Looks at a record's id, at what it holds, and at what is written, good value by value.

It may add to what is written what HubSpot adds.
"""


@dataclass(frozen=True, slots=True)
class Checks:
    """What the writes to one object type must pass."""

    on_creation: tuple[Check, ...]
    on_update: tuple[Check, ...]


class Requirements:
    """What the records of every type must have."""

    def __init__(self, settings: SimulatorSettings, pipelines: Pipelines) -> None:
        self._behaviour = settings.behaviour
        self._pipelines = pipelines
        self._on_creation = list(settings.required_on_creation)
        self._conditional = list(settings.conditional_rules)
        self._compiled: dict[tuple[str, tuple[str, ...], bool, bool, bool], Checks] = {}

    def add(self, rule: RequiredOnCreation | ConditionalRule) -> None:
        """One more rule, as people set them in HubSpot's settings."""
        if isinstance(rule, RequiredOnCreation):
            self._on_creation.append(rule)
        else:
            self._conditional.append(rule)
        self._compiled.clear()

    def uses(self, kind: ObjectType, name: str) -> bool:
        """Whether a rule asks for a property, so that it cannot be archived (§3.4)."""
        ruled = {rule.based_on for rule in self._conditional_of(kind)}
        ruled.update(*(rule.required for rule in self._conditional_of(kind)))
        return name in ruled or name in self._required_of(kind)

    def checks(self, kind: ObjectType, *, strict: bool) -> Checks:
        """What writes to a type must pass; `strict` on the paths of 2026-09."""
        named, enforced = self._switches
        key = (kind.id, kind.required_properties, strict, named, enforced)
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = self._compile(kind, strict=strict)
        return found

    def saved(self) -> Any:
        """The rules that people set, as plain data."""
        return {
            "on_creation": [asdict(rule) for rule in self._on_creation],
            "conditional": [asdict(rule) for rule in self._conditional],
        }

    def restore(self, saved: Any) -> None:
        """Take up what `saved` gave."""
        self._on_creation = [
            RequiredOnCreation(one["object_type"], tuple(one["properties"]))
            for one in saved["on_creation"]
        ]
        self._conditional = [
            ConditionalRule(
                one["object_type"], one["based_on"], tuple(one["values"]), tuple(one["required"])
            )
            for one in saved["conditional"]
        ]
        self._compiled.clear()

    @property
    def _switches(self) -> tuple[bool, bool]:
        behaviour = self._behaviour
        return behaviour.contacts_need_identity, behaviour.required_properties_enforced

    def _compile(self, kind: ObjectType, *, strict: bool) -> Checks:
        on_creation: list[Check] = []
        on_update: list[Check] = []
        if kind.id in PLACES:
            on_creation.append(_in_pipeline(kind, self._pipelines))
            on_update.append(_in_pipeline(kind, self._pipelines))
        if kind.id == "0-5":
            on_creation.append(_with_ticket_id)
        named, enforced = self._switches
        if kind.id == "0-1" and named:
            on_creation.append(_one_of(kind, ("email", "firstname", "lastname")))
        if enforced:
            if kind.id == "0-2":
                on_creation.append(_one_of(kind, ("domain", "name")))
            if needed := (*_NEEDED.get(kind.id, ()), *kind.required_properties):
                on_creation.append(_all_of(kind, needed))
        if strict and (required := self._required_of(kind)):
            on_creation.append(_required(required))
        if strict:
            conditional = [_conditional(rule) for rule in self._conditional_of(kind)]
            on_creation += conditional
            on_update += conditional
        return Checks(tuple(on_creation), tuple(on_update))

    def _required_of(self, kind: ObjectType) -> tuple[str, ...]:
        rules = (one for one in self._on_creation if one.object_type in kind.names)
        return tuple(dict.fromkeys(name for rule in rules for name in rule.properties))

    def _conditional_of(self, kind: ObjectType) -> list[ConditionalRule]:
        return [rule for rule in self._conditional if rule.object_type in kind.names]


def _one_of(kind: ObjectType, names: tuple[str, ...]) -> Check:
    def check(_id: str, _held: Held, written: dict[str, str]) -> Found:
        for name in names:
            if written.get(name):
                return None
        return _not_set(kind, names)

    return check


def _all_of(kind: ObjectType, names: tuple[str, ...]) -> Check:
    def check(_id: str, _held: Held, written: dict[str, str]) -> Found:
        missing = tuple(name for name in names if not written.get(name))
        return _not_set(kind, missing) if missing else None

    return check


def _not_set(kind: ObjectType, names: tuple[str, ...]) -> Refusal:
    what = kind.singular if kind.custom else kind.singular.upper()
    return validation_error(
        f"Error creating {what}. Some required properties were not set.",
        context={"properties": list(names)},
    )


def _with_ticket_id(id_: str, _held: Held, written: dict[str, str]) -> None:
    """A ticket also shows its id under another name (§2.5.1)."""
    written["hs_ticket_id"] = id_


def _required(names: tuple[str, ...]) -> Check:
    def check(_id: str, _held: Held, written: dict[str, str]) -> Found:
        return [
            PropertyProblem(name, MISSING_REQUIRED, f"A value for {name} must be provided")
            for name in names
            if not written.get(name)
        ]

    return check


def _conditional(rule: ConditionalRule) -> Check:
    """Looked at by writes that touch the rule's properties; no others fall foul of it."""

    def check(_id: str, held: Held, written: dict[str, str]) -> Found:
        if written.keys().isdisjoint((rule.based_on, *rule.required)):
            return None
        value = _after(held, written, rule.based_on)
        if not value or (rule.values and value not in rule.values):
            return None
        because = f"is required because of a conditional property rule based on [{rule.based_on}]"
        return [
            PropertyProblem(name, MISSING_CONDITIONAL, f"{name} {because}")
            for name in rule.required
            if not _after(held, written, name)
        ]

    return check


def _in_pipeline(kind: ObjectType, pipelines: Pipelines) -> Check:
    """A stage belongs to the record's pipeline; the first one unless another is named (§2.4)."""
    places = PLACES[kind.id]

    def check(_id: str, held: Held, written: dict[str, str]) -> Found:
        if places.stage not in written and places.pipeline not in written:
            return None
        stage = _after(held, written, places.stage)
        if stage and not _after(held, written, places.pipeline):
            written[places.pipeline] = pipelines.of(kind)[0].id
        pipeline = pipelines.find(kind, _after(held, written, places.pipeline))
        if not stage or pipeline is None or pipeline.stage(stage) is not None:
            return None
        message = not_an_option(stage, [one.id for one in pipeline.stages])
        return [PropertyProblem(places.stage, "INVALID_OPTION", message)]

    return check


def _after(held: Held, written: dict[str, str], name: str) -> str:
    """What the record will hold of a property; ``""`` for nothing."""
    if name in written:
        return written[name]
    return "" if held is None else held.get(name, "")
