"""What each write did to a record, kept so that earlier states can be worked out again.

A record remembers of each update what it overwrote, the newest first. From what it holds now,
every earlier state follows by undoing updates one by one; a record that was never updated needs
to remember nothing.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and by whom something was written; one for all records of a call.

    Attributes:
        at: The instant, as HubSpot writes it.
        call: The call's number in the arrival log; 0: not by a call.
        app: The app's id; for what no app wrote, a word for who did.
    """

    at: str
    call: int = 0
    app: str = ""


Update = tuple[Stamp, tuple[str, ...], tuple[str | None, ...], "Update | None"]
"""One update: its stamp, the names it wrote, what they held before (None: never set), and the
update before it."""


@dataclass(frozen=True, slots=True)
class Write:
    """One write of a record, as it took effect.

    Attributes:
        at: When, as HubSpot writes it.
        call: The call's number in the arrival log; 0: not by a call.
        app: The app's id.
        values: What the record held of the written properties after it.
    """

    at: str
    call: int
    app: str
    values: dict[str, str]


class Written(Protocol):
    """A record, as far as its history goes."""

    values: dict[str, str]
    born: Stamp
    history: Update | None


def writes_of(record: Written) -> list[Write]:
    """Every write of a record in the order in which they came; the first is its creation."""
    writes: list[Write] = []
    state = dict(record.values)
    update = record.history
    while update is not None:
        stamp, names, before, earlier = update
        writes.append(_write(stamp, {name: state[name] for name in names}))
        _undo(state, names, before)
        update = earlier
    writes.append(_write(record.born, state))
    return writes[::-1]


def values_as_of(record: Written, instant: str) -> dict[str, str] | None:
    """What a record held at an instant, as HubSpot writes it; None: it did not exist yet.

    What was written at this very instant counts. A record that changed last before it gives
    its own values, not to be changed.
    """
    if record.born.at > instant:
        return None
    update = record.history
    if update is None or update[0].at <= instant:
        return record.values
    state = dict(record.values)
    while update is not None and update[0].at > instant:
        _, names, before, update = update
        _undo(state, names, before)
    return state


def _undo(state: dict[str, str], names: tuple[str, ...], before: tuple[str | None, ...]) -> None:
    for name, value in zip(names, before, strict=True):
        if value is None:
            del state[name]
        else:
            state[name] = value


def _write(stamp: Stamp, values: dict[str, str]) -> Write:
    return Write(stamp.at, stamp.call, stamp.app, values)
