"""A mapping as the mapping tester runs it: trigger, directives, and its action's fields if any."""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import yaml

from hubspot_pipeline.actions import ACTIONS
from hubspot_pipeline.cli.problems import UserError
from hubspot_pipeline.destination import parse_yaml
from hubspot_pipeline.mapping import Program, Trigger, compile_mapping, compile_trigger
from hubspot_pipeline.mapping.column import Column, objects_of
from hubspot_pipeline.mapping.errors import did_you_mean
from hubspot_pipeline.payloads import PayloadProgram, compile_payloads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hubspot_pipeline.events import EventBatch

SPEC_KEYS = frozenset({"action", "trigger", "mapping"})


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
        program = self.mapping.program if isinstance(self.mapping, PayloadProgram) else self.mapping
        return program.paths | (self.trigger.paths if self.trigger else frozenset())

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
    """
    action, own_trigger, mapping = _parts(file, _read(Path(file)))
    fql = own_trigger if trigger is None else trigger
    return MappingTester(
        compile_mapping(mapping) if action is None else compile_payloads(action, None, mapping),
        None if fql is None else compile_trigger(fql),
    )


def _parts(file: str, document: Any) -> tuple[str | None, str | None, Any]:
    """Return the action, the trigger and the mapping that a document holds."""
    if not _is_spec(document):
        return None, None, document
    trigger = document.get("trigger")
    for unknown in document.keys() - SPEC_KEYS:
        raise UserError(f"{file}: unknown key '{unknown}'{did_you_mean(unknown, SPEC_KEYS)}.")
    if trigger is not None and not isinstance(trigger, str):
        raise UserError(f"{file}: 'trigger' must be text, not {type(trigger).__name__}.")
    return document["action"], trigger, document.get("mapping", "default")


def _is_spec(document: Any) -> bool:
    """Return whether a document names an action, rather than being a mapping itself."""
    if not isinstance(document, dict) or not isinstance(document.get("action"), str):
        return False
    return "mapping" in document or (document["action"] in ACTIONS and document.keys() <= SPEC_KEYS)


def _read(file: Path) -> Any:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{file}: is not UTF-8 text (byte {error.start}).") from error
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if file.suffix == ".json":
            raise UserError(f"{file}:{error.lineno}:{error.colno}: {error.msg}.") from error
    try:
        return parse_yaml(text)
    except yaml.YAMLError as error:
        raise UserError(f"{file}: is neither JSON nor YAML: {error}") from error


def _plain(program: Program, events: pa.Table) -> tuple[Column, list[str | None]]:
    """Return what the directives yield, and an error for each event where one of them failed."""
    column = program.evaluate(events)
    reasons = [None] * len(column) if column.errors is None else column.errors.to_pylist()
    return column, [None if reason is None else _error(None, reason) for reason in reasons]


def _validated(program: PayloadProgram, events: pa.Table) -> tuple[Column, list[str | None]]:
    """Return the action's payloads, and an error for each event whose payload is not valid."""
    validated = program.validated(events)
    members = []
    for field in program.action.fields:
        values = validated.payloads[field.key].combine_chunks()
        is_json = field.type == "object" or field.multiple
        members.append((field.key, Column.of_json(values) if is_json else Column.of(values)))
    errors: list[str | None] = [None] * events.num_rows
    for error in validated.errors.to_pylist():
        errors[error["index"]] = _error(error["field"], error["reason"])
    return objects_of(members, events.num_rows), errors


def _malformed(rejected: pa.Table) -> Iterator[tuple[int, str]]:
    for row in rejected.select(["row", "reason"]).to_pylist():
        yield row["row"], f'"matched": false, "error": {_error(None, row["reason"])}'


def _error(field: str | None, reason: str) -> str:
    return orjson.dumps({"field": field, "reason": reason}).decode()
