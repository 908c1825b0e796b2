"""An event with a value of every kind, and how the hand-written cases look at it."""

from typing import Any

import pytest

from hubspot_pipeline.mapping import MappingError, compile_mapping
from tests.mapping import evaluating
from tests.mapping.evaluating import path

EVENT = {
    "type": "identify",
    "userId": "u1",
    "traits": {
        "s": "a.b-a.b",
        "word": "Banana",
        "ß": "Straße",
        "one": 1.0,
        "n": 2.5,
        "huge": 1e21,
        "big": 12345678901234567890,
        "yes": True,
        "no": False,
        "zero": 0,
        "empty": "",
        "null": None,
        "list": [1, None, "x"],
        "object": {"a": 1, "b": {"c": None, "d": [None, {"e": None}]}},
        "deep": {"x": {"y": [1, {"z": 2}], "nothing": {}, "none": []}, "w": None},
        "numbered": {"b": 1, "10": 2, "2": 3, "a": {"1": 4, "0": 5}, "01": 6},
        "json": '{"b": 1.0, "2": [1e21, null]}',
        "bad json": "{b: 1}",
        "text json": '"quoted"',
        "items": [
            {"sku": "A", "price": 5.0, "sizes": [{"n": 1}, {"n": 2}]},
            {"sku": None},
            {},
            "text",
            0,
            None,
        ],
        "path": "$.traits.items",
    },
}
TRAITS = EVENT["traits"]
NOTHING = path("$.traits.nothing")


def evaluate(mapping: Any, event: Any = EVENT) -> Any:
    return evaluating.evaluate(mapping, event)


def trait(key: str) -> dict[str, Any]:
    return path(f"$.traits.{key}")


def refused(mapping: Any) -> str:
    with pytest.raises(MappingError) as refusal:
        compile_mapping(mapping)
    return str(refusal.value)
