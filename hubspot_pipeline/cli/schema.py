"""The verb ``schema``: JSON Schemas by which editors complete destinations and mappings."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hubspot_pipeline.cli.problems import UserError


class Kind(StrEnum):
    """What a schema describes."""

    DESTINATION = "destination"
    MAPPING = "mapping"


def schema(
    kind: Annotated[
        Kind,
        typer.Option("--for", help="destination: a defs.yaml. mapping: a file that map reads."),
    ] = Kind.DESTINATION,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it here, not to standard output.")
    ] = None,
) -> None:
    """Write the JSON Schema of destinations or of mappings, for editors.

    Point an editor at it in a YAML file's first line: # yaml-language-server: $schema=FILE
    """
    import json

    from hubspot_pipeline.json_schema import destination_schema, mapping_schema

    made = destination_schema() if kind is Kind.DESTINATION else mapping_schema()
    text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{output}: cannot be written: {error.strerror}.") from error
