"""Writes on their way: one object each, as each goes into a JSON body of its own from here on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
import pyarrow as pa

from hubspot_pipeline.delivery.journal import Entry
from hubspot_pipeline.delivery.later_steps import (
    Association,
    ListChange,
    Problem,
    is_required,
    outcome_of,
)
from hubspot_pipeline.delivery.verdicts import SKIPPED_BY_A_RERUN, Verdict
from hubspot_pipeline.privacy import redacted, without
from hubspot_pipeline.writes import ASSOCIATIONS, Private

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hubspot_pipeline.delivery.journal import PartitionJournal
    from hubspot_pipeline.hubspot.errors import RefusedError
    from hubspot_pipeline.writes import Mode, RecordWrites

WRITTEN = "written"
"""``Entry.done`` of a write whose record is as it should be, with only later steps left."""

_ROWS_AT_A_TIME = 1_000


@dataclass(slots=True)
class Pending:
    """A write of either kind on its way.

    Attributes:
        entry: What the journal knows of it; its verdict is None until it is final.
        private: What of it must not be told.
    """

    entry: Entry
    private: Private = field(default=Private(), kw_only=True)

    def private_values(self) -> Iterator[str]:
        """Yield what must not be told of the write."""
        yield from ()

    def hide(self) -> None:
        """Take what is private out of why the write has its verdict."""
        if self.private and self.entry.reason:
            self.entry.reason = redacted(self.entry.reason, self.private_values())

    def is_of(self, known: Entry) -> bool:
        """Whether what the journal knows under this write's key is about this write."""
        return known.digest in {None, self.entry.digest}

    def take_over(self, known: Entry) -> None:
        """Go on from what the journal knows."""
        known.digest = self.entry.digest
        self.entry = known
        self.hide()

    def reopen(self) -> None:
        """Take back what became of the write, as it is to be done again."""
        self.entry.verdict = self.entry.reason = self.entry.category = None

    def failed(self, problem: Problem) -> None:
        """Take note that the write cannot be done as it is."""
        entry = self.entry
        entry.verdict = Verdict.FAILED.value
        entry.reason, entry.category = problem.reason, problem.category
        entry.correlation_id = problem.correlation_id or entry.correlation_id
        self.hide()


PendingT = TypeVar("PendingT", bound=Pending)


@dataclass(slots=True)
class PendingWrite(Pending):
    """A write to a record on its way.

    Attributes:
        id: Its value of the property by which its record is found.
        properties: The values to write.
        event_time: When the latest of its events happened, in microseconds since 1970 (UTC).
        mode: What it may do.
        place: Its place among the chunk's writes; negative of a record at the other end.
        search: Values that its record has, where none has the id; empty for no search.
        associations: To add to the record, or to remove from it.
        lists: That the record joins or leaves.
        found: Whether its record was found; None while nobody looked, or nobody answered.
        claims: Whether the record was found by search, and is now to have the id.
        created_now: Whether this run created the record.
        left_out: Whether an answer spoke neither of its success nor of its refusal.
        only_later_steps: Whether the record is taken as written, as it has all the values already.
        spared: Its associations and lists, also those that its record has already: a record that
            turns out to be new has none.
        met: Whether another write of the chunk was upserted into the same record.
        kept_stage: Whether HubSpot kept another lifecycle stage than the one wanted.
        cleared: Whether HubSpot has cleared that stage since.
        conflict: The refusal that names another record as the owner of this one's key.
        outcome: What the steps did, as ``Entry.outcome`` tells it.
    """

    id: str
    properties: dict[str, str]
    event_time: int = 0
    mode: Mode = "upsert"
    place: int = -1
    search: dict[str, str] | None = None
    associations: tuple[Association, ...] = ()
    lists: tuple[ListChange, ...] = ()
    found: bool | None = None
    claims: bool = False
    created_now: bool = False
    left_out: bool = False
    kept_stage: bool = False
    met: bool = False
    only_later_steps: bool = False
    spared: tuple[tuple[Association, ...], tuple[ListChange, ...]] = ((), ())
    cleared: bool = False
    conflict: RefusedError | None = None
    outcome: dict[str, Any] = field(default_factory=dict)

    def private_values(self) -> Iterator[str]:
        """Yield its private values, and where others are private, what they are known by."""
        for values in (self.properties, self.search or {}):
            yield from (value for name, value in values.items() if name in self.private.names)
        if self.private.key:
            yield self.id
        if self.private.others:
            yield from (change.name for change in self.lists)
            for each in self.associations:
                yield from each.known_by()

    @property
    def is_open(self) -> bool:
        """Whether the record is still to be written: no verdict, and not written before."""
        return self.entry.verdict is None and self.entry.done is None

    @property
    def links(self) -> tuple[Association | ListChange, ...]:
        """What the later steps are to do."""
        return (*self.associations, *self.lists)

    @property
    def is_written(self) -> bool:
        """Whether the record is as it should be."""
        return self.entry.verdict == Verdict.DELIVERED or self.entry.done == WRITTEN

    @property
    def has_later_steps(self) -> bool:
        """Whether the record is as it should be, and there is more to do."""
        return self.entry.verdict is None and self.entry.done == WRITTEN

    @property
    def waits(self) -> bool:
        """Whether HubSpot did not tell if a record is there that the write requires."""
        return any(is_required(each) and each.other is None for each in self.associations)

    def written(self) -> None:
        """Take note that the record is as it should be: delivered, unless later steps are left."""
        if self.outcome:
            self.entry.outcome = orjson.dumps(self.outcome).decode()
        self.entry.reason = self.entry.category = None
        if self.associations or self.lists:
            self.entry.done = WRITTEN
        else:
            self.entry.verdict = Verdict.DELIVERED.value

    def finish(self) -> None:
        """Say what the later steps came to: one without an answer leaves the write undelivered."""
        self.outcome |= outcome_of(self.associations, self.lists)
        problems = [each.problem for each in self.links if each.problem]
        if all(each.is_settled for each in self.links):
            if problems:
                reasons = "; ".join(dict.fromkeys(problem.reason for problem in problems))
                self.failed(replace(problems[0], reason=reasons))
                self.outcome["record"] = "written"
                if (
                    self.only_later_steps
                ):  # it may be gone, as nobody looked; next time, all is sent
                    self.entry.done = None
            else:
                self.entry.verdict = Verdict.DELIVERED.value
                self.entry.reason = self.entry.category = None
        told = without(self.outcome, self.private_values()) if self.private else self.outcome
        self.entry.outcome = orjson.dumps(told).decode() if told else None

    def skipped(self, reason: str) -> None:
        """Take note that the action's rules say to do nothing."""
        self.entry.verdict = Verdict.SKIPPED.value
        self.entry.reason, self.entry.category = reason, None

    def take_over(self, known: Entry) -> None:
        """Go on from what the journal knows; later steps tell anew what they did."""
        Pending.take_over(self, known)
        told = orjson.loads(known.outcome) if known.outcome else {}
        self.outcome = {name: value for name, value in told.items() if name in _TOLD_BEFORE}

    def reopen(self) -> None:
        """Take back what became of the write; of a record that is to be written anew, all of it."""
        Pending.reopen(self)
        if self.entry.done is None:
            self.outcome, self.entry.outcome = {}, None


def let_go(write: PendingWrite) -> None:
    """Take note that the record which was found is not the write's."""
    write.found, write.claims, write.entry.record_id = False, False, None


def problem_of(error: RefusedError, private: Private = Private()) -> Problem:  # noqa: B008  # frozen
    """Return what a refusal says, in HubSpot's own words, but for those about private values.

    Which properties are missing it tells beside its words.
    """
    told = dict.fromkeys(
        f"HubSpot refused the value of '{problem.name}' ({problem.code})."
        if problem.name in private.names
        else problem.message
        for problem in error.problems
        if problem.message
    )
    named = (error.facts.context or {}).get("properties", ())
    words = f"{error.message} ({', '.join(named)})" if named else error.message
    return Problem("; ".join(told) or words, error.category, error.correlation_id)


def pending_of(writes: RecordWrites) -> list[PendingWrite]:
    """Return the writes as objects, in their order."""
    carriers = writes.rows.filter(writes.rows["carries"])
    times = carriers["event_time"].cast(pa.int64()).to_pylist()
    pending = [
        PendingWrite(Entry(key), id_, properties, time or 0, mode, place, private=writes.private)
        for place, (key, id_, properties, time, mode) in enumerate(
            zip(
                writes.keys.to_pylist(),
                writes.ids.to_pylist(),
                given(writes.properties, len(times)),
                times,
                writes.modes.to_pylist(),
                strict=True,
            )
        )
    ]
    if writes.search is not None:
        for write, search in zip(pending, given(writes.search, len(times)), strict=True):
            write.search = search or None
    for row, (at, association) in enumerate(_by_write(writes.associations)):
        pending[at].associations += (Association(**association, row=row),)
    for row, (at, change) in enumerate(_by_write(writes.lists)):
        pending[at].lists += (ListChange(**change, row=row),)
    for write in pending:
        write.entry.digest = _digest(write)
    return pending


def told(text: str, writes: Iterable[Pending]) -> str:
    """Return what an error says, without what is private of the writes that it may be about."""
    values = (value for write in writes if write.private for value in write.private_values())
    return redacted(text, values)


def rounds(writes: Sequence[PendingWrite]) -> Iterator[list[PendingWrite]]:
    """Yield the writes so that no round names a record twice, oldest events first.

    Two keys may be one record's, as the first and a secondary e-mail address are, and a batch
    must not name a record twice (hubspot-api §2.5.1).
    """
    by_record: dict[str | None, list[PendingWrite]] = {}
    for write in sorted(writes, key=lambda write: write.event_time):
        by_record.setdefault(write.entry.record_id, []).append(write)
    for round_ in zip_longest(*by_record.values()):
        yield [write for write in round_ if write is not None]


def resume(
    pending: list[PendingT], journal: PartitionJournal, *, again: bool = False
) -> list[PendingT]:
    """Take over what the journal knows, and return the writes that have no final verdict yet.

    ``again``: all writes are to be done again, from their first step on, whatever became of them.
    """
    if not pending:
        return []
    known = journal.known(pending[0].entry.key, pending[-1].entry.key)
    for write in pending:
        before = known.get(write.entry.key)
        if before is None:
            continue
        if not write.is_of(before):
            write.entry.uncertain, write.entry.history = before.uncertain, before.history
            continue
        write.take_over(before)
        if again:
            before.done = before.operation = None
        if again or not _is_final(before, journal.run):
            write.reopen()
    return [write for write in pending if write.entry.verdict is None]


def settled(pending: Sequence[Pending], known: Mapping[str, Entry], run: int) -> set[str]:
    """Return the keys of the writes that ``resume`` finds with a final verdict.

    Args:
        pending: The writes.
        known: What the journal knows of them, by key.
        run: The run of the partition that they are of.
    """
    return {
        write.entry.key
        for write in pending
        if (before := known.get(write.entry.key)) and write.is_of(before) and _is_final(before, run)
    }


def _is_final(entry: Entry, run: int) -> bool:
    return entry.verdict in SKIPPED_BY_A_RERUN or (entry.verdict is not None and entry.run == run)


def given(properties: pa.Table, rows: int) -> Iterator[dict[str, str]]:
    """Yield each row's values that are not null, with few rows as Python objects at a time."""
    if not properties.num_columns:
        yield from ({} for _ in range(rows))
    for batch in properties.to_batches(max_chunksize=_ROWS_AT_A_TIME):
        for row in batch.to_pylist():
            yield {name: value for name, value in row.items() if value is not None}


def _by_write(changes: pa.Table) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the place of the write that each change belongs to, and the change."""
    for batch in changes.to_batches(max_chunksize=_ROWS_AT_A_TIME):
        for row in batch.to_pylist():
            yield row.pop("write"), row


def _digest(write: PendingWrite) -> str:
    return digest(
        write.id,
        write.mode,
        write.properties,
        write.search,
        [[getattr(each, name) for name in _ASSOCIATION_CONTENT] for each in write.associations],
        [[each.name, each.add, each.create] for each in write.lists],
    )


def digest(*content: Any) -> str:
    """Return a fingerprint of a write's content; a changed write is a new one."""
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=16).hexdigest()


_TOLD_BEFORE = frozenset({"stage", "stale"})
"""What is told of the writing of the record, and stays true while later steps are done again."""

_ASSOCIATION_CONTENT = tuple(name for name in ASSOCIATIONS.names if name != "write")
