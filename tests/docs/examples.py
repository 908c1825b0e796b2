"""Mappings in the documentation, run as a reader would run them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from hubspot_pipeline.cli import app
from tests.docs.pages import blocks

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

ROLES = ("mapping", "event", "payload")


def examples(page: str) -> list[tuple[str, ...]]:
    """The mapping, the event and the payload of each example on a page."""
    texts = [(block.role, block.text) for block in blocks(page) if block.role in ROLES]
    roles = [role for role, _ in texts]
    assert roles == list(ROLES) * (len(roles) // len(ROLES))
    return [tuple(text for _, text in texts[at : at + 3]) for at in range(0, len(texts), 3)]


def run_map(folder: Path, mapping: str, event: str) -> Result:
    """What the mapping tester says of a mapping in YAML."""
    file = folder / "contacts.yaml"
    file.write_text(mapping, encoding="utf-8")
    return CliRunner().invoke(app, ["map", str(file), "--events", "-"], input=event)


def payload_of(folder: Path, mapping: str, event: str) -> Any:
    """The payload of one event, which the mapping must pick and map."""
    result = run_map(folder, mapping, event)
    assert result.exit_code == 0, result.stderr
    line = json.loads(result.stdout)
    assert line.keys() == {"row", "matched", "payload"}
    return line["payload"]
