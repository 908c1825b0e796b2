"""The options that several verbs share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class VerdictName(StrEnum):
    """The verdicts, as an option takes them; a test holds them to delivery's."""

    DELIVERED = "delivered"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    STALE = "stale"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    FAILED = "failed"
    UNDELIVERED = "undelivered"


PartitionOption = Annotated[
    str,
    typer.Option(
        "--partition", "-p", metavar="DAY", help="The partition's key, such as 2026-01-02."
    ),
]

DestinationOption = Annotated[
    str | None,
    typer.Option("--destination", "-d", metavar="NAME", help="A folder of defs; else all."),
]

MappingOption = Annotated[
    str | None,
    typer.Option("--mapping", "-m", metavar="NAME", help="One mapping of it; else all."),
]

VerdictOption = Annotated[
    list[VerdictName] | None,
    typer.Option("--verdict", help="Only rows with this verdict; may be repeated."),
]
