"""The verb ``import-segment``: subscriptions from Segment become a destination."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hubspot_pipeline.cli.problems import UserError
from hubspot_pipeline.cli.screen import errors

if TYPE_CHECKING:
    from rich.table import Table

    from hubspot_pipeline.segment_import import Imported

NOT_WHOLE = 1
"""Exit code where something that delivers in Segment is left out."""

LEFT_OUT = "left-out.json"
"""The file beside ``defs.yaml`` with the subscriptions that are left out."""


def import_segment(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Subscriptions, as Segment's Public API returns them (JSON); - for standard "
            "input.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="The destination's folder. Default: imported, among the others."
        ),
    ] = None,
    portal: Annotated[
        str, typer.Option(metavar="ID", help="The account's Hub ID, which Segment does not tell.")
    ] = "0",
    force: Annotated[
        bool, typer.Option("--force", help="Replace what stands in the folder.")
    ] = False,
) -> None:
    """Turn subscriptions of HubSpot Cloud Mode (Actions) into a destination.

    Tells what cannot be carried over. Exit code 0: all that delivers is there. 1: some of it is
    left out. 2: nothing was written.
    """
    from hubspot_pipeline.destination import definitions_folder
    from hubspot_pipeline.segment_import import destination_text, left_out_text

    folder = output or definitions_folder() / "imported"
    destination = folder / "defs.yaml"
    left_out = folder / LEFT_OUT
    for existing in (destination, left_out):
        if existing.exists() and not force:
            raise UserError(f"{existing} is there already: name another --output, or use --force.")
    imported = _imported(file)
    errors().print(_report(imported))
    if not imported.mappings:
        raise UserError("None of the subscriptions can be imported; nothing was written.")
    text = destination_text(imported, portal=portal, source=file)
    _check(text, folder)
    _write(destination, text)
    if imported.left_out:
        _write(left_out, left_out_text(imported))
    else:
        left_out.unlink(missing_ok=True)
    typer.echo(destination)
    _conclude(imported, left_out, portal)


def _imported(file: str) -> Imported:
    import json

    from hubspot_pipeline.segment_import import SubscriptionsError, import_subscriptions

    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
        return import_subscriptions(json.loads(text))
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{file}: is not UTF-8 text (byte {error.start}).") from error
    except json.JSONDecodeError as error:
        raise UserError(f"{file}:{error.lineno}:{error.colno}: {error.msg}.") from error
    except SubscriptionsError as error:
        raise UserError(f"{file}: {error}") from error


def _check(text: str, folder: Path) -> None:
    """Read a destination back before it is written: its folder's name or portal may be wrong."""
    from hubspot_pipeline.destination import destination_from
    from hubspot_pipeline.documents import parse_yaml

    attributes = parse_yaml(text)["attributes"]
    destination_from(attributes, name=folder.resolve().name, where=str(folder))


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{file}: cannot be written: {error.strerror}.") from error


def _report(imported: Imported) -> Table:
    """Return a row for each subscription: what it became, and what to know about it."""
    from rich.table import Table
    from rich.text import Text

    table = Table(header_style="bold", show_lines=True)
    for heading in ("Subscription", "Action", "Mapping"):
        table.add_column(heading)
    table.add_column("Remarks", ratio=1)
    for one in imported.subscriptions:
        reason = () if one.reason is None else (f"left out: {one.reason}",)
        remarks = "\n".join((*reason, *one.remarks)) or "carried over whole"
        mapping = Text(one.name or "–", style="" if one.name else "yellow")
        shown = remarks.encode("utf-8", "backslashreplace").decode()
        table.add_row(Text(one.title), Text(one.action), mapping, Text(shown))
    return table


def _conclude(imported: Imported, left_out: Path, portal: str) -> None:
    from hubspot_pipeline.segment_import import NO_PORTAL

    console = errors()
    count = f"{len(imported.mappings)} of {len(imported.subscriptions)} subscriptions are mappings."
    console.print(count, markup=False)
    if imported.left_out:
        console.print(f"Those left out are in {left_out}.", markup=False, soft_wrap=True)
    if imported.has_more:
        console.print("Segment has further pages of subscriptions, which the file has not.")
    if portal == NO_PORTAL:
        console.print("Write the account's Hub ID into it as 'portal'.")
    if not imported.is_whole:
        raise typer.Exit(NOT_WHOLE)
