"""Events → payloads: a mapping's trigger, directives and fields, over batches of events."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions import ACTIONS, MappingSettings
from hubspot_pipeline.actions.times import times
from hubspot_pipeline.mapping.checking import problems_of
from hubspot_pipeline.mapping.compiler import compile_mapping
from hubspot_pipeline.mapping.directives.reading import is_directive
from hubspot_pipeline.mapping.errors import MappingError, TriggerError
from hubspot_pipeline.mapping.shorthand import expand_shorthand
from hubspot_pipeline.mapping.trigger import compile_trigger
from hubspot_pipeline.mapping.validation import Validated, validate
from hubspot_pipeline.privacy import hashed_keys, redacted
from hubspot_pipeline.private_fields import ALWAYS, has_private_key, problems_of_private
from hubspot_pipeline.writes import REJECTED, Mode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hubspot_pipeline.actions import Action
    from hubspot_pipeline.mapping.compiler import Program
    from hubspot_pipeline.mapping.fields import Field
    from hubspot_pipeline.mapping.paths import Path
    from hubspot_pipeline.mapping.trigger import Dialect, Trigger


@dataclass(frozen=True, slots=True)
class PayloadProgram:
    """A mapping of an action, compiled.

    Attributes:
        action: The action.
        trigger: Picks the events; None picks all.
        program: Computes the fields.
        settings: What the action needs to know of the mapping.
        private: The fields, dotted, whose values no reason shows.
        schema: The columns of the payloads: ``writes.REJECTED``, ``record_key``, and the action's
            fields. A payload file has one row per row of the export that is malformed or picked by
            the trigger.
    """

    action: Action
    trigger: Trigger | None
    program: Program
    settings: MappingSettings
    private: frozenset[str]
    schema: pa.Schema

    @property
    def paths(self) -> frozenset[Path]:
        """Return the event paths that are read; nothing else of an export needs to be."""
        of_trigger = self.trigger.paths if self.trigger else frozenset()
        of_row = {(field,) for field in (*_TIME_FIELDS, *_USER_FIELDS)}
        return self.program.paths | of_trigger | of_row

    def picked(self, events: pa.Table) -> pa.Table:
        """Return the events that the trigger picks."""
        return events.filter(self.trigger.mask(events)) if self.trigger else events

    def validated(self, events: pa.Table) -> Validated:
        """Return the payloads of events, and what is wrong with those that are not valid."""
        fields = [field.key for field in self.action.fields]
        columns = self.program.evaluate_fields(events, fields)
        return validate(self.action.fields, columns, events.num_rows, self.private)

    def checked(self, events: pa.Table) -> Validated:
        """Return the payloads of events, and what is wrong with those that are not to be delivered.

        They are not valid, or the action refuses them.

        Args:
            events: As ``events.readers.read_events`` yields them, with a column ``position``.

        Returns:
            The payloads have ``writes.ROW`` before the action's fields.
        """
        found = self.validated(events)
        payloads = pa.table(_row_columns(events) | dict(_columns(found.payloads)))
        if self.action.problems is None:
            return Validated(payloads, found.errors)
        problems = _without_values(
            self.action.problems(payloads, self.settings), payloads, self.private
        )
        new = pc.invert(pc.is_in(problems["index"], found.errors["index"].combine_chunks()))
        errors = pa.concat_tables([found.errors, problems.filter(new)]).sort_by("index")
        return Validated(payloads, errors)

    def map_batch(self, events: pa.Table, rejected: pa.Table, position: int) -> pa.Table:
        """Return the payload rows of a batch of events, in ``schema``.

        Args:
            events: As ``events.readers.read_events`` yields them.
            rejected: The malformed rows beside them.
            position: The place in the partition of the batch's first row.
        """
        places = pa.array(range(position, position + events.num_rows), pa.int64())
        checked = self.checked(self.picked(events.append_column("position", places)))
        columns = {
            "record_key": self._record_key(checked.payloads),
            **_spread(checked.errors, checked.payloads.num_rows),
            **dict(_columns(checked.payloads)),
        }
        rows = pa.table([columns[name] for name in self.schema.names], self.schema.names)
        malformed = self._malformed(rejected, position + events.num_rows)
        return pa.concat_tables([rows.cast(self.schema), malformed])

    def _record_key(self, payloads: pa.Table) -> pa.ChunkedArray:
        """Return the action's keys, hashed where they may be private: the journal has them, too."""
        keys = self.action.record_key(payloads)
        return hashed_keys(keys) if has_private_key(self.action, self.private) else keys

    def _malformed(self, rejected: pa.Table, position: int) -> pa.Table:
        rows = rejected.num_rows
        columns: dict[str, Any] = {
            "position": pa.array(range(position, position + rows), pa.int64()),
            "file": rejected["file"],
            "row": rejected["row"],
            "message_id": rejected["messageId"],
            "error_reason": rejected["reason"],
        }
        return pa.table(
            [columns.get(field.name, pa.nulls(rows, field.type)) for field in self.schema],
            self.schema.names,
        ).cast(self.schema)


def find_action(key: str) -> Action:
    """Return the action with a key; ``MappingError`` names the nearest where there is none."""
    if key in ACTIONS:
        return ACTIONS[key]
    near = get_close_matches(key, ACTIONS, n=1, cutoff=0.4)
    hint = f"did you mean '{near[0]}'?" if near else f"there is: {', '.join(ACTIONS)}."
    raise MappingError("action", f"unknown action '{key}'; {hint}")


def compile_payloads(
    action: str,
    trigger: str | None,
    mapping: Any,
    *,
    dialect: Dialect = "strict",
    has_shorthand: bool = False,
    settings: MappingSettings | None = None,
    private: Sequence[str] = (),
) -> PayloadProgram:
    """Compile an action's mapping.

    Args:
        action: The action's key.
        trigger: FQL; None takes the action's default.
        mapping: Field → directive; ``default`` takes every field's default directive.
        dialect: How the trigger is read.
        has_shorthand: Whether a bare ``$.traits.email`` in the mapping is a path.
        settings: What the action needs to know of the mapping; None for a mapping that belongs to
            no destination.
        private: Fields, dotted, whose values no reason shows.

    Raises:
        MappingError: The action, a field or a directive is unknown or wrong; the message names it.
        TriggerError: The trigger cannot be read; the message names the column.
    """
    found = find_action(action)
    directives = found.default_mapping() if mapping == "default" else mapping
    for problem in (
        *_unknown_fields(found, directives, has_shorthand=has_shorthand),
        *problems_of_private(found, private),
    ):
        raise problem
    program = compile_mapping(expand_shorthand(directives) if has_shorthand else directives)
    nothing = validate(found.fields, {}, 0).payloads.schema
    picks = None
    if trigger is not None:
        picks = compile_trigger(trigger, dialect)
    elif found.default_trigger is not None:
        picks = compile_trigger(found.default_trigger)
    return PayloadProgram(
        action=found,
        trigger=picks,
        program=program,
        settings=settings or MappingSettings(),
        private=ALWAYS.union(private),
        schema=pa.schema([*REJECTED, ("record_key", pa.string()), *nothing]),
    )


def sync_mode_of(action: Action, given: Any, mapping: Any) -> Mode | None:
    """Return what a mapping's writes may do.

    Args:
        action: Its action.
        given: The mode that stands beside the mapping; None takes the one in the mapping, which is
            where the reference destination has it, or else the action's.
        mapping: The mapping.

    Raises:
        MappingError: There is no such mode, or the action has none.
    """
    inside = mapping.get(SYNC_MODE) if isinstance(mapping, dict) else None
    mode = given or inside or action.sync_mode
    place = "sync_mode" if given else f"mapping.{SYNC_MODE}"
    if mode is not None and action.sync_mode is None:
        raise MappingError(place, f"{action.title} has no sync modes; leave it out.")
    if mode not in {None, *get_args(Mode)}:
        raise MappingError(place, f"there is no sync mode {mode!r}: name add, update or upsert.")
    found: Mode | None = mode
    return found


SYNC_MODE = "__segment_internal_sync_mode"
"""Where mappings of the reference destination keep their sync mode (actions §2.1)."""


def problems_of_payloads(
    action: str,
    trigger: str | None,
    mapping: Any,
    *,
    dialect: Dialect = "strict",
    sync_mode: Any = None,
    has_shorthand: bool = False,
    private: Sequence[str] = (),
) -> list[tuple[str, str]]:
    """Return the place and the reason of all that would be refused of a mapping."""
    problems: list[tuple[str, str]] = []
    try:
        found = find_action(action)
    except MappingError as error:
        problems.append((error.place, error.reason))
        wrong = [] if mapping == "default" else problems_of(mapping, has_shorthand=has_shorthand)
    else:
        directives = found.default_mapping() if mapping == "default" else mapping
        wrong = [
            *_unknown_fields(found, directives, has_shorthand=has_shorthand),
            *problems_of_private(found, private),
            *problems_of(directives, has_shorthand=has_shorthand),
        ]
        try:
            sync_mode_of(found, sync_mode, mapping)
        except MappingError as error:
            problems.append((error.place, error.reason))
    if trigger is not None:
        try:
            compile_trigger(trigger, dialect)
        except TriggerError as error:
            problems.append(("trigger", str(error)))
    return problems + [(error.place, error.reason) for error in wrong]


def _unknown_fields(action: Action, mapping: Any, *, has_shorthand: bool) -> Iterator[MappingError]:
    """Yield what is wrong with the fields that a mapping names.

    Batch settings say nothing here. One that was written for this project should not have any; in
    one of the original language they are passed over.
    """
    if not isinstance(mapping, dict):
        yield MappingError("mapping", "is not an object of fields, nor the word 'default'")
        return
    if not has_shorthand:
        mapping = {key: value for key, value in mapping.items() if key not in BATCH_SETTINGS}
    yield from _unknown_members(action.title, action.fields, mapping, "mapping")


def _unknown_members(
    owner: str, fields: tuple[Field, ...], given: dict[str, Any], place: str
) -> Iterator[MappingError]:
    """Yield the names that an object has no field of, in the objects of its fields, too."""
    known = {field.key: field for field in fields}
    for key, value in given.items():
        if key in known:
            yield from _unknown_below(known[key], value, f"{place}.{key}")
        elif not key.startswith(("@", "__segment_internal_")):
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"it has: {', '.join(known)}."
            if key in BATCH_SETTINGS:
                hint = "leave it out: everything is sent in batches."
            yield MappingError(f"{place}.{key}", f"{owner} has no such field; {hint}")


def _unknown_below(field: Field, value: Any, place: str) -> Iterator[MappingError]:
    if field.multiple and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown_below(field, item, f"{place}.{index}")
    elif field.fields and isinstance(value, dict) and not is_directive(value):
        yield from _unknown_members(field.label, field.fields, value, place)


BATCH_SETTINGS = frozenset({"enable_batching", "batch_size", "batch_bytes", "batch_keys"})
"""Settings of the reference destination's mappings that have no meaning here."""


def _without_values(problems: pa.Table, payloads: pa.Table, private: frozenset[str]) -> pa.Table:
    """Return an action's problems (``action.PROBLEMS``) without the values of private fields."""
    for field in private & set(problems["field"].unique().to_pylist()):
        ours = pc.equal(problems["field"], field)
        values = payloads[field].cast(pa.string()).take(problems["index"].filter(ours))
        told = problems["reason"].filter(ours).to_pylist()  # bad rows only, a few of all
        hidden = [
            redacted(text, [value or ""])
            for text, value in zip(told, values.to_pylist(), strict=True)
        ]
        reasons = pc.replace_with_mask(problems["reason"], ours, pa.array(hidden, pa.string()))
        problems = problems.set_column(2, "reason", reasons)
    return problems


def _spread(errors: pa.Table, rows: int) -> dict[str, pa.Array]:
    """Return the errors' field and reason at their rows, null elsewhere."""
    mask = pc.is_in(pa.array(range(rows), pa.int64()), errors["index"].combine_chunks())
    return {
        f"error_{name}": pc.replace_with_mask(
            pa.nulls(rows, pa.string()), mask, errors[name].combine_chunks()
        )
        for name in ("field", "reason")
    }


def _columns(table: pa.Table) -> Iterator[tuple[str, pa.ChunkedArray]]:
    return zip(table.column_names, table.columns, strict=True)


def _row_columns(events: pa.Table) -> dict[str, pa.ChunkedArray]:
    """Return what names the events' rows, as ``writes.ROW`` has it."""
    return {
        "position": events["position"],
        "file": events["file"],
        "row": events["row"],
        "message_id": events["messageId"],
        "event_time": pc.coalesce(*(times(events[field]) for field in _TIME_FIELDS)),
        "user_id": pc.coalesce(*(events[field] for field in _USER_FIELDS)),
    }


_TIME_FIELDS = ("timestamp", "receivedAt", "sentAt")
"""What tells when an event happened; the first that does."""

_USER_FIELDS = ("userId", "anonymousId")
"""What tells whose event it is; the first that does."""
