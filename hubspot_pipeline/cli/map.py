"""The verb ``map``: the mapping tester, which prints what a mapping makes of each event."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hubspot_pipeline.cli.problems import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hubspot_pipeline.events import ExportFile

STDIN = "-"


def map_events(
    mapping_file: Annotated[
        str,
        typer.Argument(
            metavar="MAPPING_FILE",
            help="JSON or YAML: an object with action, trigger, dialect, sync_mode and mapping; or "
            "a bare mapping.",
        ),
    ],
    events: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="An export in any format, or - for JSON lines on standard input."
        ),
    ],
    trigger: Annotated[
        str | None,
        typer.Option(metavar="FQL", help="Picks the events, in place of the file's trigger."),
    ] = None,
) -> None:
    """Show what a mapping makes of each event: one JSON line each, in the file's order.

    A line is {"row", "matched", "payload"}; where the event has no valid payload, or one that its
    action refuses, "error" with "field" and "reason" in its place. Events that the trigger does not
    pick have "matched" false.
    """
    from hubspot_pipeline.cli.mapping_tester import read_tester
    from hubspot_pipeline.events import read_events

    tester = read_tester(mapping_file, trigger)
    with _export(events) as export:
        for batch in read_events([export], paths=tester.paths):
            sys.stdout.writelines(tester.lines(batch))


@contextmanager
def _export(name: str) -> Iterator[ExportFile]:
    """Open one file as an export; standard input is set down on disk first, whatever its size."""
    if name != STDIN:
        yield _export_file(name)
        return
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as spooled:
        shutil.copyfileobj(sys.stdin.buffer, spooled)
        spooled.flush()
        yield _export_file(spooled.name)


def _export_file(name: str) -> ExportFile:
    import fsspec

    from hubspot_pipeline.events import ExportFile

    filesystem, path = fsspec.core.url_to_fs(name)
    try:
        about: dict[str, Any] = filesystem.info(path)
    except FileNotFoundError:
        raise UserError(f"There is no file {name}.") from None
    if about["type"] != "file":
        raise UserError(f"{name} is a folder: name one file of it.")
    return ExportFile(name, path, about["size"], filesystem)
