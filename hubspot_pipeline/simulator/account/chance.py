"""What is drawn at random, in a way that can be repeated and gone on with after a restart."""

import random
from typing import Any


def plain_state(chance: random.Random) -> list[Any]:
    """Where a source of chance stands, as plain data."""
    version, internal, gauss = chance.getstate()
    return [version, list(internal), gauss]


def set_state(chance: random.Random, state: list[Any]) -> None:
    """Let a source of chance go on from where it stood."""
    version, internal, gauss = state
    chance.setstate((version, tuple(internal), gauss))


def draw_uuid(chance: random.Random) -> str:
    """A fresh id in the form of a UUID."""
    text = f"{chance.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
