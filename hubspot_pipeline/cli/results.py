"""The ``results`` verb: one row per input row, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import dataclasses
import io
import sys
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hubspot_pipeline.cli.options import (
    DestinationOption,
    MappingOption,
    PartitionOption,
    VerdictOption,
)
from hubspot_pipeline.cli.screen import VERDICT_STYLES, answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from hubspot_pipeline.cli.targets import Target

TABLE_ROWS = 50
"""How many rows a table shows of each mapping; JSON and CSV have them all."""

TARGET_COLUMNS = ("destination", "mapping", "partition")
"""What JSON and CSV say of each row before its results."""

TABLE_COLUMNS = {
    "file": "File",
    "row": "Row",
    "record": "Record",
    "verdict": "Verdict",
    "field": "Field",
    "reason": "Reason",
    "record_id": "Record id",
}


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def results(
    partition: PartitionOption,
    destination: DestinationOption = None,
    mapping: MappingOption = None,
    verdict: VerdictOption = None,
    format_: Annotated[
        Format,
        typer.Option(
            "--format", help="table: for reading, the first rows. json, csv: every row and column."
        ),
    ] = Format.TABLE,
    history: Annotated[
        bool,
        typer.Option(
            "--history",
            help="In the table, tell below each row of every call that carried it; json and csv "
            "always do.",
        ),
    ] = False,
) -> None:
    """Show the verdict of every row of a partition."""
    from hubspot_pipeline.cli.targets import choose_all, read_rows, with_results
    from hubspot_pipeline.storage import project_storage

    storage = project_storage()
    targets = with_results(storage, choose_all(destination, mapping, partition))
    wanted = [str(one) for one in verdict or []]
    found = ((target, read_rows(storage, target, wanted)) for target in targets)
    if format_ is Format.TABLE:
        for target, batches in found:
            _print_table(target, batches, history=history)
    elif format_ is Format.JSON:
        sys.stdout.writelines(_as_json(_rows(found)))
    else:
        sys.stdout.writelines(_as_csv(_rows(found)))


def _print_table(target: Target, batches: Iterable[pa.RecordBatch], *, history: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=str(target), title_justify="left", title_style="bold", box=None)
    for heading in TABLE_COLUMNS.values():
        table.add_column(heading, overflow="fold", justify="right" if heading == "Row" else "left")
    rows = 0
    for batch in batches:
        for row in batch.slice(0, max(0, TABLE_ROWS - rows)).to_pylist():
            cells = ["" if row[name] is None else str(row[name]) for name in TABLE_COLUMNS]
            table.add_row(*map(escape, cells), style=VERDICT_STYLES[row["verdict"]])
            for call in (row["history"] or ()) if history else ():
                told = {"reason": escape(_told(call))}
                table.add_row(*(told.get(name, "") for name in TABLE_COLUMNS), style="dim")
        rows += len(batch)
    console = answers()
    console.print(table if rows else f"{target}: no such rows.")
    if rows > TABLE_ROWS:
        console.print(f"… and {rows - TABLE_ROWS:,} more; --format csv has them all.")


def _told(call: dict[str, Any]) -> str:
    """Return one call of a row's history in words."""
    when = f"{call['sent_at']:%Y-%m-%d %H:%M:%S}"
    told = f"run {call['run']}, {when} UTC, {call['step']}: {call['outcome']}"
    return f"{told} ({call['correlation_id']})" if call["correlation_id"] else told


def _rows(
    found: Iterable[tuple[Target, Iterable[pa.RecordBatch]]],
) -> Iterator[dict[str, Any]]:
    for target, batches in found:
        where = dict(zip(TARGET_COLUMNS, dataclasses.astuple(target), strict=True))
        for batch in batches:
            for row in batch.to_pylist():
                yield {**where, **row}


def _as_json(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield a JSON array, a row a line."""
    before = "[\n"
    for row in rows:
        yield before + _json(row)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _as_csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield CSV lines (RFC 4180, but plain line feeds), headed by the columns' names."""
    from hubspot_pipeline.delivery.results import SCHEMA

    line = io.StringIO()
    writer = csv.DictWriter(line, [*TARGET_COLUMNS, *SCHEMA.names], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _text(value) for name, value in row.items()})
        yield _taken(line)
    yield _taken(line)


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return _json(value) if isinstance(value, list) else value


def _json(value: Any) -> str:
    import orjson

    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()


def _taken(line: io.StringIO) -> str:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text
