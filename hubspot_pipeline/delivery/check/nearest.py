"""How names and values are shown to a person who must put them right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

_LONGEST_SHOWN = 60
_MOST_LISTED = 12
_MOST_COMPARED, _LONGEST_COMPARED = 2_000, 100
"""Of more names, or for longer texts, only a name that differs in case or signs is found: comparing
takes long."""


def shown(value: str) -> str:
    """Return a value in quotes, shortened."""
    short = value if len(value) <= _LONGEST_SHOWN else value[: _LONGEST_SHOWN - 1] + "…"
    return repr(short)


def nearest(text: str, names: Iterable[str] | Mapping[str, str]) -> str | None:
    """Return the name that a text was probably meant to be; None where none is near.

    Args:
        text: What was written.
        names: The names; or what things are called, with their names.
    """
    called = dict(names) if isinstance(names, Mapping) else {name: name for name in names}
    bare = {_bare(each): each for each in reversed(called)}
    written = _bare(text)
    if written in bare:
        return called[bare[written]]
    if len(bare) > _MOST_COMPARED or len(written) > _LONGEST_COMPARED:
        return None
    near = get_close_matches(written, bare, n=1)
    return called[bare[near[0]]] if near else None


def hint(text: str, names: Iterable[str] | Mapping[str, str]) -> str:
    """Return the end of a sentence that names the nearest name, where one is near."""
    near = nearest(text, names)
    return f"; did you mean {near!r}?" if near else "."


def listed(names: Iterable[str]) -> str:
    """Return some names, and how many more there are."""
    names = list(names)
    more = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
