"""The options that several verbs share."""

from __future__ import annotations

from typing import Annotated

import typer

from hubspot_pipeline.delivery.verdicts import Verdict

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
    list[Verdict] | None,
    typer.Option("--verdict", help="Only rows with this verdict; may be repeated."),
]

RedeliverOption = Annotated[
    bool,
    typer.Option(
        "--redeliver",
        help="Send every row, also where it was delivered before, or is older than what was.",
    ),
]

OverrideGuardsOption = Annotated[
    bool,
    typer.Option(
        "--override-guards",
        help="Deliver although the mapping's guards would hold the partition back.",
    ),
]
