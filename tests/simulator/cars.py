"""A custom object type for tests: cars, known by their VIN."""

from typing import Any

import httpx

from hubspot_pipeline.simulator.server import SimulatorServer

PATH = "/crm-object-schemas/v3/schemas"
FULL_NAME = "p12345678_car"
OBJECTS = f"/crm/objects/2026-03/{FULL_NAME}"


def a_property(name: str, **changes: Any) -> dict[str, Any]:
    shape = {"name": name, "label": name.title(), "type": "string", "fieldType": "text"}
    return shape | changes


NEW: dict[str, Any] = {
    "name": "car",
    "labels": {"singular": "Car", "plural": "Cars"},
    "primaryDisplayProperty": "model",
    "requiredProperties": ["model"],
    "searchableProperties": ["model", "vin"],
    "secondaryDisplayProperties": ["color"],
    "properties": [
        a_property("model"),
        a_property("vin", hasUniqueValue=True),
        a_property("color"),
        a_property("year", type="number", fieldType="number"),
    ],
    "associatedObjects": ["CONTACT"],
}


def define(
    client: httpx.Client, simulator: SimulatorServer | None = None, **changes: Any
) -> dict[str, Any]:
    """Create the schema and, with a simulator, wait until calls see it."""
    answer = client.post(PATH, json=NEW | changes)
    assert answer.status_code == 201, answer.text
    if simulator is not None:
        simulator.clock.advance(1)
    body: dict[str, Any] = answer.json()
    return body
