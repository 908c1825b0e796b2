"""Subscriptions as Segment's Public API returns them → a destination, and what is left out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml

from hubspot_pipeline.actions import ACTIONS, Action
from hubspot_pipeline.json_schema import COMPONENT
from hubspot_pipeline.mapping.conditions import Condition, Group
from hubspot_pipeline.mapping.directives.reading import ROOT_DIRECTIVE, is_directive
from hubspot_pipeline.mapping.errors import MappingError, TriggerError, did_you_mean
from hubspot_pipeline.mapping.shorthand import as_shorthand
from hubspot_pipeline.mapping.trigger import Dialect, compile_trigger
from hubspot_pipeline.payloads import (
    BATCH_SETTINGS,
    SYNC_MODE,
    problems_of_payloads,
    sync_mode_of,
)
from hubspot_pipeline.writes import Mode

_CLEARING = frozenset({"upsertContact"})
"""The actions whose empty texts reach HubSpot from the reference destination: it sends them in
batches, where those stay; from single events, they are dropped (actions §2.4)."""

_WITHOUT_MODE: dict[str, Mode] = {"upsertObject": "update", "customEvent": "upsert"}
"""What a mapping is for that has no sync mode: the reference destination fails in the one action,
where the cautious mode is taken, and does both in the other (actions §8.1, §9.1)."""

NO_PORTAL = "0"

_SHORT_LINE = 90
_BREAK = re.compile("[\n\r\x85\u2028\u2029]")

_BETA = frozenset({"dissociations", "list_details"})
"""Fields that the reference destination ignores unless it is told otherwise (actions §8.3)."""


class SubscriptionsError(ValueError):
    """A document that holds no subscriptions; the message says what it should hold."""


class _LeftOut(Exception):  # noqa: N818  # reads as what became of the subscription
    """A subscription that cannot become a mapping; the message says why."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription, and what became of it.

    Attributes:
        title: Its name, as people see it.
        action: Its action's slug.
        given: As the API returned it.
        name: Its mapping's name; None where it is left out.
        spec: Its mapping as a destination's YAML has it; None where it is left out.
        reason: Why it is left out; None where it is not.
        remarks: What was not carried over of it, and what to know.
    """

    title: str
    action: str
    given: dict[str, Any]
    name: str | None
    spec: dict[str, Any] | None
    reason: str | None
    remarks: tuple[str, ...]

    @property
    def is_disabled(self) -> bool:
        """Whether it delivers nothing where it comes from."""
        return self.given.get("enabled") is False


@dataclass(frozen=True, slots=True)
class Imported:
    """Every subscription of a document, in its order.

    Attributes:
        subscriptions: What became of each.
        has_more: Whether the API has further pages, which the document has not.
    """

    subscriptions: list[Subscription]
    has_more: bool

    @property
    def mappings(self) -> list[Subscription]:
        """Those that became mappings."""
        return [one for one in self.subscriptions if one.spec is not None]

    @property
    def left_out(self) -> list[Subscription]:
        """Those that did not."""
        return [one for one in self.subscriptions if one.spec is None]

    @property
    def is_whole(self) -> bool:
        """Whether all that delivers where it comes from is carried over."""
        return not self.has_more and all(one.is_disabled for one in self.left_out)


def import_subscriptions(document: Any) -> Imported:
    """Turn subscriptions into mappings.

    Args:
        document: The API's answer, whole or in parts: ``{"data": {"subscriptions": […]}}``, a list
            of subscriptions, or one.

    Raises:
        SubscriptionsError: There are none in it.
    """
    found, has_more = _found(document)
    taken: set[str] = set()
    return Imported([_subscription(one, taken) for one in found], has_more)


def destination_text(imported: Imported, *, portal: str, source: str) -> str:
    """Return the ``defs.yaml`` of a destination with the mappings that were imported."""
    lines = [
        f"# Made by hubspot-pipeline import-segment from {_one_line(source)}",
        f"type: {COMPONENT}",
        "attributes:",
        f'  portal: "{portal}"'
        + ("  # write the account's Hub ID here" if portal == NO_PORTAL else ""),
        "  mappings:",
    ]
    for one in imported.mappings:
        text = yaml.dump(
            {one.name: _laid_out(one.spec)},
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            width=4096,
        )
        lines.append(f"    # {one.title}")
        lines += [f"    {line}" for line in text.rstrip("\n").split("\n")]
    return "\n".join(lines) + "\n"


def left_out_text(imported: Imported) -> str:
    """Return what was left out as the API returned it, with the reason; a later import takes it."""
    subscriptions = [{**one.given, "leftOut": one.reason} for one in imported.left_out]
    return json.dumps({"subscriptions": subscriptions}, indent=2) + "\n"


def _found(document: Any) -> tuple[list[dict[str, Any]], bool]:
    """Return the subscriptions in a document, and whether there are more of them elsewhere."""
    inner, has_more = document, False
    while isinstance(inner, dict) and "actionSlug" not in inner:
        pages = inner.get("pagination")
        has_more = has_more or (isinstance(pages, dict) and bool(pages.get("next")))
        parts = ("data", "subscriptions", "subscription", "destinationSubscription")
        inner = next((inner[key] for key in parts if key in inner), None)
    found = inner if isinstance(inner, list) else [inner]
    if not found or not all(isinstance(one, dict) and "actionSlug" in one for one in found):
        raise SubscriptionsError(
            'holds no subscriptions. It should be what Segment\'s Public API returns: {"data": '
            '{"subscriptions": [{"name", "actionSlug", "trigger", "enabled", "settings"}]}}.'
        )
    return found, has_more


def _subscription(given: dict[str, Any], taken: set[str]) -> Subscription:
    """Return what becomes of a subscription; its mapping's name is added to those taken."""
    action = _one_line(str(given["actionSlug"]))
    title = _one_line(str(given.get("name") or "")) or action
    remarks: list[str] = []
    try:
        spec = _spec(given, action, remarks)
    except _LeftOut as reason:
        return Subscription(title, action, given, None, None, str(reason), tuple(remarks))
    name = _free_name(title, action, taken)
    return Subscription(title, action, given, name, spec, None, tuple(remarks))


def _spec(given: dict[str, Any], key: str, remarks: list[str]) -> dict[str, Any]:
    """Return a subscription's mapping as a destination's YAML has it, and add what to know."""
    if given.get("enabled") is False:
        raise _LeftOut("it is disabled.")
    action = ACTIONS.get(key)
    if action is None:
        raise _LeftOut(f"unknown action '{key}'{did_you_mean(key, ACTIONS)}.")
    if given.get("modelId"):
        remarks.append(f"it reads the model {given['modelId']}: export its rows as events.")
    trigger, dialect = _trigger(given.get("trigger"), remarks)
    settings = _settings(given.get("settings"))
    spec: dict[str, Any] = {"action": key, "trigger": trigger}
    if dialect != "strict":
        spec["dialect"] = dialect
    if action.sync_mode is not None:
        spec["sync_mode"] = _sync_mode(settings.pop(SYNC_MODE, None), action, remarks)
    mapping = _mapping(settings, action, remarks)
    problems = problems_of_payloads(key, trigger, mapping, dialect=dialect)
    if problems:
        raise _LeftOut("; ".join(f"{place}: {reason}" for place, reason in problems))
    return {**spec, "mapping": as_shorthand(mapping)}


def _sync_mode(given: Any, action: Action, remarks: list[str]) -> Mode | None:
    """Return the sync mode of a subscription of an action that has some."""
    if given is None:
        remarks.append(f"it has no sync mode: '{_WITHOUT_MODE[action.key]}' is written.")
        return _WITHOUT_MODE[action.key]
    try:
        return sync_mode_of(action, given, None)
    except MappingError as error:
        raise _LeftOut(error.reason) from error


def _trigger(text: Any, remarks: list[str]) -> tuple[str, Dialect]:
    """Return a trigger, and the dialect in which it means what it meant."""
    if not isinstance(text, str) or not text.strip():
        raise _LeftOut("it has no trigger, so it picks no event.")
    try:
        meant = compile_trigger(text, "segment")
    except TriggerError as error:
        raise _LeftOut(
            "the reference destination cannot read its trigger, so it picks no event: "
            f"column {error.column}: {error.reason}."
        ) from error
    try:
        strict = compile_trigger(text)
    except TriggerError as error:
        remark = f"column {error.column}: {error.reason}"
    else:
        if _bare(strict.condition) == _bare(meant.condition):
            return text, "strict"
        remark = "the reference destination takes it for something else than it says"
    remarks.append(f"its trigger needs 'dialect: segment': {remark}.")
    return text, "segment"


def _bare(condition: Condition) -> Condition:
    """Return a condition without groups that make no difference."""
    if not isinstance(condition, Group):
        return condition
    children: list[Condition] = []
    for child in map(_bare, condition.children):
        same = isinstance(child, Group) and child.operator == condition.operator
        children += child.children if same and isinstance(child, Group) else [child]
    return children[0] if len(children) == 1 else Group(condition.operator, tuple(children))


def _settings(settings: Any) -> dict[str, Any]:
    """Return a copy of a subscription's settings, which hold its mapping."""
    if isinstance(settings, str):  # as infrastructure tools write it
        try:
            settings = json.loads(settings)
        except ValueError as error:
            raise _LeftOut("its settings are a text that is not JSON.") from error
    if not isinstance(settings, dict):
        raise _LeftOut("it has no settings, which hold the mapping.")
    return dict(settings)


def _mapping(settings: dict[str, Any], action: Action, remarks: list[str]) -> dict[str, Any]:
    """Return a subscription's mapping, without what the reference destination itself drops."""
    if is_directive(settings):
        return settings
    known = {field.key for field in action.fields} | {ROOT_DIRECTIVE}
    kept = {}
    for key, value in settings.items():
        is_empty = isinstance(value, str) and not value
        if key in BATCH_SETTINGS:
            remarks.append(f"'{key}' is dropped: everything is sent in batches.")
        elif key not in known:
            remarks.append(f"'{key}' is dropped: {action.title} has no such field, there or here.")
        elif is_empty and action.key not in _CLEARING:
            remarks.append(f"'{key}' is dropped: it is an empty text, which is dropped there, too.")
        else:
            kept[key] = value
            if is_empty:
                remarks.append(f"'{key}' is an empty text: here it clears the property.")
            if key in _BETA:
                remarks.append(f"'{key}' takes effect here; there only with a beta feature on.")
    return kept


def _free_name(title: str, action: str, taken: set[str]) -> str:
    """Return a mapping's name, which is part of paths and of what Dagster calls its parts."""
    wanted = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or action
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    taken.add(name)
    return name


class _Flow(dict[str, Any]):
    """An object to be written in one line."""


class _Dumper(yaml.SafeDumper):
    """YAML in which short directives stand in one line, and nothing is an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # the base class's signature
        """Write equal values each in full."""
        return True


_Dumper.add_representer(
    _Flow,
    lambda dumper, value: dumper.represent_mapping(
        "tag:yaml.org,2002:map", value.items(), flow_style=True
    ),
)

_Dumper.add_representer(
    str,
    # Left to itself, PyYAML folds texts at line breaks, and does not find the rarer ones again.
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style='"' if _BREAK.search(text) else None
    ),
)


def _laid_out(value: Any) -> Any:
    """Return a value with its short directives marked as such."""
    if isinstance(value, list):
        return [_laid_out(item) for item in value]
    if not isinstance(value, dict):
        return value
    if is_directive(value) and len(json.dumps(value)) <= _SHORT_LINE:
        return _Flow(value)
    return {key: _laid_out(member) for key, member in value.items()}


def _one_line(text: str) -> str:
    """Return a text without line breaks and what no terminal shows."""
    return " ".join(re.sub(r"[^\x20-\x7e\xa0-\ud7ff]+", " ", text).split())
