"""What the pages of the actions say that the code knows better."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.acceptance.branches import BRANCHES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hubspot_pipeline.actions import Action
    from hubspot_pipeline.mapping.fields import Field

FIELD_HEADINGS = ["| field | type | default | is |", "|---|---|---|---|"]
CALL_HEADINGS = ["| rows | calls per 1,000, at most | reference destination |", "|---|---|---|"]

_TYPES = {"string": "text", "datetime": "date or time"}


def name_of(action: Action) -> str:
    """Return the name of an action's page."""
    return f"docs/actions/{action.title.lower().replace(' ', '-')}.md"


def field_table(action: Action) -> list[str]:
    """Return the lines of the table of an action's fields, members of objects below them."""
    return [*FIELD_HEADINGS, *_rows(action.fields)]


def call_table(action: Action) -> list[str]:
    """Return the lines of the table of calls, branch by branch."""
    return CALL_HEADINGS + [
        f"| {one.name} | {one.most} | {one.reference} |"
        for one in BRANCHES
        if one.action == action.title
    ]


def _rows(fields: Sequence[Field], before: str = "") -> Iterator[str]:
    for field in fields:
        place = f"{before}{field.key}"
        required = " (required)" if field.required else ""
        default = "–" if field.default is None else f"`{json.dumps(field.default)}`"
        told = f"{field.label}." if not field.description else f"{field.label}: {field.description}"
        yield f"| `{place}`{required} | {_type(field)} | {default} | {told} |"
        yield from _rows(field.fields, f"{place}[]." if field.multiple else f"{place}.")


def _type(field: Field) -> str:
    if field.choices:
        return " or ".join(f"`{choice}`" for choice in field.choices)
    if field.multiple:
        return f"list of {_TYPES.get(field.type, field.type)}s"
    return "e-mail address" if field.format == "email" else _TYPES.get(field.type, field.type)
