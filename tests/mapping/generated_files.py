"""Files of every format with made-up events, and the events as such a file says them."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from tests.mapping import generated
from tests.mapping.files import DOCUMENTS, parquet
from tests.mapping.generated import Strategy

IN_ORDER = ("type", "event", "name", "userId", "messageId", "timestamp", *DOCUMENTS)
_TEXTS = IN_ORDER[:6]


@dataclass(frozen=True)
class EventFile:
    """A file.

    Attributes:
        form: Its format.
        content: Its bytes.
        events: What each row says, in order: what the format cannot say is not there.
    """

    form: str
    content: bytes
    events: list[Any]

    def __repr__(self) -> str:
        return f"EventFile({self.form!r}, events={self.events!r})"


_text_fields = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("type", "event", "name", "userId"), generated.texts)
)
_json_events = st.lists(
    st.tuples(
        _text_fields,
        st.fixed_dictionaries({}, optional=dict.fromkeys(DOCUMENTS, generated.documents)),
    ).map(lambda parts: {**parts[0], **parts[1]}),
    max_size=5,
)
_writers = st.builds(
    lambda is_ascii, separators: json.JSONEncoder(ensure_ascii=is_ascii, separators=separators),
    st.booleans(),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " : ")]),
)


def _numbered(events: list[Any]) -> list[Any]:
    """The events with the id that each must have, in the schema's order."""
    named = [{**event, "messageId": f"m{row}"} for row, event in enumerate(events)]
    return [{name: event[name] for name in IN_ORDER if name in event} for event in named]


@st.composite
def json_lines_files(draw: Any) -> EventFile:
    """Lines in any spacing, zipped or not; blank lines between them are no rows."""
    events, writer = _numbered(draw(_json_events)), draw(_writers)
    lines = [
        writer.encode(event) + draw(st.sampled_from(["\n", "\r\n", "\n\n"])) for event in events
    ]
    content = "".join(lines).encode()
    if draw(st.booleans()):
        return EventFile("json lines, gz", gzip.compress(content), events)
    return EventFile("json lines", content, events)


def _csv_of(columns: list[str], rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(columns)
    writer.writerows([[row.get(name, "") for name in columns] for row in rows])
    return out.getvalue().encode()


def _without_empty_texts(event: Any) -> Any:
    """In CSV, an empty cell is no value."""
    return {name: value for name, value in event.items() if value != ""}


@st.composite
def csv_files(draw: Any) -> EventFile:
    """Text cells, and documents as JSON text."""
    events, writer = _numbered(draw(_json_events)), draw(_writers)
    rows = [
        {name: writer.encode(cell) if name in DOCUMENTS else cell for name, cell in event.items()}
        for event in events
    ]
    said = [_without_empty_texts(event) for event in events]
    return EventFile("csv", _csv_of(list(IN_ORDER), rows), said)


@st.composite
def flat_csv_files(draw: Any) -> EventFile:
    """Documents taken apart into columns such as ``traits.a``: all their values are text."""
    members = st.dictionaries(st.sampled_from(["a", "b", "x y", "length"]), generated.texts)
    found = st.fixed_dictionaries({}, optional=dict.fromkeys(DOCUMENTS, members))
    drawn = draw(st.lists(st.tuples(_text_fields, found), max_size=5))
    events = _numbered([{**texts, **documents} for texts, documents in drawn])
    columns = list(_TEXTS)
    columns += [f"{name}.{key}" for name in DOCUMENTS for key in ("a", "b", "x y", "length")]
    rows, said = [], []
    for event in events:
        row = {name: cell for name, cell in event.items() if name not in DOCUMENTS}
        says = _without_empty_texts(row)
        for name in DOCUMENTS:
            cells = event.get(name, {})
            row |= {f"{name}.{key}": cell for key, cell in cells.items()}
            kept = {key: cells[key] for key in ("a", "b", "x y", "length") if cells.get(key)}
            says |= {name: kept} if kept else {}
        rows.append(row)
        said.append(says)
    return EventFile("csv, flat", _csv_of(columns, rows), said)


@st.composite
def parquet_text_files(draw: Any) -> EventFile:
    """Documents as columns of JSON text."""
    events, writer = _numbered(draw(_json_events)), draw(_writers)
    columns = {
        name: pa.array(
            [
                writer.encode(event[name]) if name in DOCUMENTS and name in event
                else event.get(name)
                for event in events
            ],
            draw(st.sampled_from([pa.string(), pa.large_string(), pa.binary()])),
        )
        for name in IN_ORDER
    }  # fmt: skip
    return EventFile("parquet, text", _parquet(draw, pa.table(columns)), events)


@st.composite
def parquet_struct_files(draw: Any) -> EventFile:
    """Documents as structs: null is a value that is not there."""
    events, table = draw(generated.struct_events(generated.plain_struct_shapes))
    ids = pa.array([f"m{row}" for row in range(len(events))], pa.string())
    return EventFile(
        "parquet, structs",
        _parquet(draw, table.append_column("messageId", ids)),
        _numbered(events),
    )


@st.composite
def flat_parquet_files(draw: Any) -> EventFile:
    """Structs taken apart into columns such as ``traits.a``."""
    events, table = draw(generated.struct_events(generated.plain_struct_shapes))
    columns: dict[str, Any] = {"messageId": pa.array([f"m{row}" for row in range(len(events))])}
    for name in table.column_names:
        column = table[name].combine_chunks()
        if name in DOCUMENTS:
            columns |= {
                f"{name}.{field.name}": pa.compute.struct_field(column, [index])
                for index, field in enumerate(column.type)
            }
        else:
            columns[name] = column
    said = [
        {name: value for name, value in event.items() if name not in DOCUMENTS or value}
        for event in _numbered(events)
    ]
    return EventFile("parquet, flat", _parquet(draw, pa.table(columns)), said)


def _parquet(draw: Any, table: pa.Table) -> bytes:
    return parquet(table, draw(st.sampled_from([None, 1, 2])))


event_files: Strategy = st.one_of(
    json_lines_files(),
    csv_files(),
    flat_csv_files(),
    parquet_text_files(),
    parquet_struct_files(),
    flat_parquet_files(),
)
