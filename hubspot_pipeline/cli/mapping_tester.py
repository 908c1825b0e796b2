"""A mapping as the mapping tester runs it: trigger, directives, and its action's fields if any."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import orjson
import pyarrow as pa

from hubspot_pipeline.actions import ACTIONS, MappingSettings
from hubspot_pipeline.cli.problems import UserError
from hubspot_pipeline.documents import Document, DocumentError, read_document
from hubspot_pipeline.mapping import Program, Trigger, compile_mapping, compile_trigger
from hubspot_pipeline.mapping.checking import problems_of
from hubspot_pipeline.mapping.column import Column, objects_of
from hubspot_pipeline.mapping.errors import MappingError, TriggerError, did_you_mean
from hubspot_pipeline.mapping.shorthand import expand_shorthand
from hubspot_pipeline.mapping.trigger import Dialect
from hubspot_pipeline.payloads import (
    PayloadProgram,
    compile_payloads,
    find_action,
    problems_of_payloads,
    sync_mode_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hubspot_pipeline.events import EventBatch

SPEC_KEYS = frozenset({"action", "trigger", "dialect", "sync_mode", "mapping"})


@dataclass(frozen=True, slots=True)
class _Spec:
    """What a mapping file holds; a bare mapping has no action."""

    action: str | None
    trigger: str | None
    dialect: Dialect
    sync_mode: Any
    mapping: Any


@dataclass(frozen=True, slots=True)
class MappingTester:
    """A compiled mapping file.

    Attributes:
        mapping: The mapping: an action's, whose fields coerce and validate the payload, or a bare
            one, whose payload is left as it is mapped.
        trigger: Picks the events; None picks all.
    """

    mapping: PayloadProgram | Program
    trigger: Trigger | None

    @property
    def paths(self) -> frozenset[tuple[str, ...]]:
        """The event paths that it reads."""
        return self.mapping.paths | (self.trigger.paths if self.trigger else frozenset())

    def lines(self, batch: EventBatch) -> Iterator[str]:
        """Yield a JSON line for each row of a batch, good or rejected, in the file's order."""
        rows = heapq.merge(self._good(batch.events), _malformed(batch.rejected))
        return (f'{{"row": {row}, {text}}}\n' for row, text in rows)

    def _good(self, events: pa.Table) -> Iterator[tuple[int, str]]:
        if self.trigger is None:
            matched = pa.repeat(True, events.num_rows)
            picked = events
        else:
            matched = self.trigger.mask(events)
            picked = events.filter(matched)
        answers = iter(self._payloads(picked))
        for row, is_matched in zip(events["row"].to_pylist(), matched.to_pylist(), strict=True):
            yield row, next(answers) if is_matched else '"matched": false, "payload": null'

    def _payloads(self, events: pa.Table) -> list[str]:
        """Return each event's payload, or why it has none, as the rest of its line."""
        payloads, errors = (
            _validated(self.mapping, events)
            if isinstance(self.mapping, PayloadProgram)
            else _plain(self.mapping, events)
        )
        return [
            f'"matched": true, "payload": {payload or "null"}'
            if error is None
            else f'"matched": true, "error": {error}'
            for payload, error in zip(payloads.json().to_pylist(), errors, strict=True)
        ]


def read_tester(file: str, trigger: str | None) -> MappingTester:
    """Compile a mapping file.

    Args:
        file: JSON or YAML.
        trigger: FQL in place of the file's own; None takes the file's.

    Raises:
        UserError: It cannot be read, or not be compiled: every problem with its line and place.
    """
    try:
        document = read_document(Path(file))
    except DocumentError as error:
        raise UserError(str(error)) from error
    spec = _spec_of(document)
    fql = spec.trigger if trigger is None else trigger
    try:
        return MappingTester(
            _compiled(spec, has_shorthand=document.has_shorthand),
            None if fql is None else compile_trigger(fql, spec.dialect),
        )
    except (MappingError, TriggerError) as error:
        problems = _problems(document, replace(spec, trigger=None) if trigger else spec)
        raise UserError("\n".join(problems) or str(error)) from error


def _compiled(spec: _Spec, *, has_shorthand: bool) -> PayloadProgram | Program:
    if spec.action is not None:
        mode = sync_mode_of(find_action(spec.action), spec.sync_mode, spec.mapping)
        return compile_payloads(
            spec.action,
            None,
            spec.mapping,
            has_shorthand=has_shorthand,
            settings=MappingSettings(sync_mode=mode),
        )
    return compile_mapping(expand_shorthand(spec.mapping) if has_shorthand else spec.mapping)


def _problems(document: Document, spec: _Spec) -> list[str]:
    """Return all that is wrong in a document, each with its line and place."""
    has_shorthand = document.has_shorthand
    if spec.action is None:
        found = problems_of(spec.mapping, has_shorthand=has_shorthand)
        problems = [(error.place, error.reason) for error in found]
    else:
        problems = problems_of_payloads(
            spec.action,
            spec.trigger,
            spec.mapping,
            dialect=spec.dialect,
            sync_mode=spec.sync_mode,
            has_shorthand=has_shorthand,
        )
    # The places of a bare mapping begin in the document itself.
    beginning = "" if spec.action else "mapping."
    return [
        f"{document.at(place.removeprefix(beginning))}: {place}: {reason}"
        for place, reason in problems
    ]


def _spec_of(document: Document) -> _Spec:
    """Return what a document holds."""
    spec = document.value
    if not _is_spec(spec):
        return _Spec(None, None, "strict", None, spec)
    trigger = spec.get("trigger")
    for unknown in spec.keys() - SPEC_KEYS:
        raise UserError(
            f"{document.at(unknown)}: unknown key '{unknown}'{did_you_mean(unknown, SPEC_KEYS)}."
        )
    if trigger is not None and not isinstance(trigger, str):
        raise UserError(
            f"{document.at('trigger')}: 'trigger' must be text, not {type(trigger).__name__}."
        )
    dialect = spec.get("dialect", "strict")
    if dialect not in get_args(Dialect):
        raise UserError(
            f"{document.at('dialect')}: 'dialect' must be 'strict' or 'segment', not {dialect!r}."
        )
    mapping = spec.get("mapping", "default")
    return _Spec(spec["action"], trigger, dialect, spec.get("sync_mode"), mapping)


def _is_spec(document: Any) -> bool:
    """Return whether a document names an action, rather than being a mapping itself."""
    if not isinstance(document, dict) or not isinstance(document.get("action"), str):
        return False
    return "mapping" in document or (document["action"] in ACTIONS and document.keys() <= SPEC_KEYS)


def _plain(program: Program, events: pa.Table) -> tuple[Column, list[str | None]]:
    """Return what the directives yield, and an error for each event where one of them failed."""
    column = program.evaluate(events)
    reasons = [None] * len(column) if column.errors is None else column.errors.to_pylist()
    return column, [None if reason is None else _error(None, reason) for reason in reasons]


def _validated(program: PayloadProgram, events: pa.Table) -> tuple[Column, list[str | None]]:
    """Return the action's payloads, and an error for each event that is not to be delivered."""
    checked = program.checked(events.append_column("position", events["row"]))
    members = []
    for field in program.action.fields:
        values = checked.payloads[field.key].combine_chunks()
        is_json = field.type == "object" or field.multiple
        members.append((field.key, Column.of_json(values) if is_json else Column.of(values)))
    errors: list[str | None] = [None] * events.num_rows
    for error in checked.errors.to_pylist():
        errors[error["index"]] = _error(error["field"], error["reason"])
    return objects_of(members, events.num_rows), errors


def _malformed(rejected: pa.Table) -> Iterator[tuple[int, str]]:
    for row in rejected.select(["row", "reason"]).to_pylist():
        yield row["row"], f'"matched": false, "error": {_error(None, row["reason"])}'


def _error(field: str | None, reason: str) -> str:
    return orjson.dumps({"field": field, "reason": reason}).decode()
