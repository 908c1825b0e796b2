"""Records as plain rows and back, so that they can be written to a file piece by piece."""

from collections.abc import Iterable
from typing import Any

from hubspot_pipeline.simulator.account.histories import Stamp, Update
from hubspot_pipeline.simulator.account.records import Record, Records

Row = list[Any]
MAX_SHARED = 100_000


def row_of(record: Record) -> Row:
    """A record as plain data: what it holds, who made it when, and what its updates overwrote."""
    born = record.born
    return [
        record.id, record.values, born.at, born.call, born.app, record.updated, record.writes,
        () if record.history is None else _plain_history(record.history),
    ]  # fmt: skip


def _plain_history(history: Update) -> list[Row]:
    plain: list[Row] = []
    update: Update | None = history
    while update is not None:
        stamp, names, before, update = update
        plain.append([stamp.at, stamp.call, stamp.app, names, before])
    return plain


def rest_of(records: Records) -> dict[str, Any]:
    """What is known of a type's records beyond the live ones."""
    return {
        "next_id": records.next_id,
        "archived": [[row_of(record), at] for record, at in records.archived.values()],
        "merged": {id_: survivor.id for id_, survivor in records.merged.items()},
    }


class RowReader:
    """Makes records of rows; they share stamps, names and frequent values, as they did before."""

    def __init__(self) -> None:
        self._stamps: dict[tuple[str, int, str], Stamp] = {}
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._texts: dict[str, str] = {}

    def record(self, row: Row) -> Record:
        """The record of a row."""
        id_, values, at, call, app, updated, writes, history = row
        record = Record(id_, self._shared(values), self._stamp(at, call, app))
        if updated != at:
            record.updated = self._text(updated)
        record.writes = writes
        update: Update | None = None
        for at, call, app, names, before in reversed(history):
            named = tuple(names)
            named = self._names.setdefault(named, named)
            update = (self._stamp(at, call, app), named, tuple(before), update)
        record.history = update
        return record

    def _stamp(self, at: str, call: int, app: str) -> Stamp:
        key = (at, call, app)
        known = self._stamps.get(key)
        if known is None:
            known = self._stamps[key] = Stamp(at, call, app)
        return known

    def _shared(self, values: dict[str, str]) -> dict[str, str]:
        texts = self._texts
        for name, value in values.items():
            known = texts.get(value)
            if known is not None:
                values[name] = known
            elif len(texts) < MAX_SHARED and len(value) < 24:
                texts[value] = value
        return values

    def _text(self, text: str) -> str:
        return self._texts.setdefault(text, text)


def restore_records(records: Records, live: Iterable[Record], rest: dict[str, Any]) -> None:
    """Let a type have these records, as `rest_of` and `row_of` told of them."""
    read = RowReader()
    archived = {row[0]: (read.record(row), at) for row, at in rest["archived"]}
    records.restore(live, archived, rest["merged"], rest["next_id"])
