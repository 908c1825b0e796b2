"""The event that the templates of these tests are rendered for."""

from __future__ import annotations

from typing import Any

from hubspot_pipeline.mapping import json_text
from hubspot_pipeline.mapping.liquid import template_of

EVENT: dict[str, Any] = {
    "name": "Ada Lovelace",
    "empty": "",
    "blank": " \t ",
    "n": 5,
    "f": 2.5,
    "neg": -7.25,
    "zero": 0,
    "one": 1.0,
    "big": 1e21,
    "small": 1e-07,
    "long": 12345678901234567890,
    "yes": True,
    "no": False,
    "nil_": None,
    "list": ["b", "a", None, 3],
    "none": [],
    "nums": [1, 2.5, "3", True, None, "x"],
    "nest": [[1, 2], ["x", [None, False]]],
    "o": {"x": 1, "y": "q", "2": 0},
    "objects": [{"k": "a", "v": 1}, {"k": "b", "v": 2}, {"v": 3}],
    "html": "<p>a & b</p><script>x<y</script> \"q\" 'r' <!-- c --> &amp; <",
    "num": "12.5",
    "uni": "Straße ÀÉ 😀",
    "spaced": "  a \n b\t ",
    "d": "2024-02-29T13:05:09.045Z",
    "ts": 1709211909,
    "url": "a b&c=[é]+~'(!*)/?",
    "csv": "a,b,,c,,",
    "sized": {"size": 9},
    "words": "one two  three four",
}


def rendered(template: str) -> str:
    """The text that a template makes of the event, its numbers as JavaScript has them."""
    return template_of(template).render(json_text.parse(json_text.dump(EVENT)))
