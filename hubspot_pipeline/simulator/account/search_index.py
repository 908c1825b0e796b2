"""What search sees of one object type: every record as it was a while ago (hubspot-api §2.9)."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from hubspot_pipeline.simulator.account.histories import values_as_of
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.account.search_filters import Condition, Field, Key
from hubspot_pipeline.simulator.clock import NANOSECONDS, iso

Group = Sequence[Condition]
"""Conditions that a record must meet all."""

MOST_INDEXES = 20
"""How many properties are indexed at a time."""

FEW_WRITES = 10_000
"""Indexes outlive this many writes, and as many more as there are records."""


class SearchIndex:
    """Finds the records of one object type that meet conditions, as they were `lag` ago.

    Conditions that name exact values are looked up: ids, e-mail addresses, and any other property
    in an index of its own, made when it is first searched. An index may name too many records,
    never too few: each is held against all conditions. What changed within the lag is always
    looked at, as indexes know only what records hold now.
    """

    def __init__(self, records: Records, lag_seconds: float) -> None:
        self._records = records
        self._lag = round(lag_seconds * NANOSECONDS)
        self._indexes: dict[str, _EqualityIndex] = {}
        self._recent: dict[Record, None] = {}
        self._gone: deque[tuple[str, Record]] = deque()
        self._writes_noted = 0

    def left(self, record: Record, now: int) -> None:
        """Take in that a record was archived or merged away; search sees it a while longer."""
        horizon = self._horizon(now)
        while self._gone and self._gone[0][0] <= horizon:
            self._gone.popleft()
        self._gone.append((iso(now), record))

    def forget(self, record: Record) -> None:
        """Never find a record again, whatever it was like before."""
        self._gone = deque(one for one in self._gone if one[1] is not record)

    def find(
        self, groups: Sequence[Group], now: int, also: Callable[[Record], bool] | None = None
    ) -> list[Record]:
        """The records that meet every condition of one of the groups, and `also`; oldest first.

        Those that changed since are given as they were; they are copies, not to be kept.
        """
        horizon = self._horizon(now)
        gone = [record for at, record in self._gone if at > horizon]
        found: dict[str, Record] = {}
        for record in (*self._candidates(groups, horizon), *gone):
            seen = _as_of(record, horizon)
            if seen is None or (also is not None and not also(seen)):
                continue
            if any(_meets(seen, group) for group in groups):
                found[seen.id] = seen
        return sorted(found.values(), key=lambda record: int(record.id))

    def _horizon(self, now: int) -> str:
        return iso(now - self._lag)

    def _candidates(self, groups: Sequence[Group], horizon: str) -> Iterable[Record]:
        """Live records, among them all that can meet one of the groups."""
        telling = [[one for one in group if one.equals is not None] for group in groups]
        if not all(telling):
            return self._records
        self._watch(horizon)
        fewest = (min(map(self._looked_up, some), key=len) for some in telling)
        by_id = self._records.by_id
        chosen = (*chain.from_iterable(fewest), *self._recent)
        return (one for one in chosen if by_id.get(one.id) is one)

    def _looked_up(self, condition: Condition) -> list[Record]:
        field, keys = condition.field, condition.equals or ()
        holders = field.holders or self._index(field).holders
        return [record for key in dict.fromkeys(keys) for record in holders(key)]

    def _index(self, field: Field) -> "_EqualityIndex":
        index = self._indexes.get(field.name)
        if index is None or index.field.kind != field.kind:  # it may be another property by now
            while len(self._indexes) >= MOST_INDEXES:
                del self._indexes[next(iter(self._indexes))]
            index = self._indexes[field.name] = _EqualityIndex(field)
            for record in self._records:
                index.add(record)
        return index

    def _watch(self, horizon: str) -> None:
        """From the first search on, note which records change; before, that would be in vain."""
        recent = self._recent
        if self._records.on_write is None:
            recent.update((one, None) for one in self._records if one.updated > horizon)
            self._records.on_write = self._note
        while recent and (first := next(iter(recent))).updated <= horizon:
            del recent[first]

    def _note(self, record: Record) -> None:
        self._recent.pop(record, None)
        self._recent[record] = None
        for index in self._indexes.values():
            index.add(record)
        self._writes_noted += 1
        if self._writes_noted > len(self._records) + FEW_WRITES:
            self._indexes.clear()  # by now they name many records for what those held once
            self._writes_noted = 0


class _EqualityIndex:
    """Which records hold, or once held, each value of a field."""

    __slots__ = ("_holders", "field")

    def __init__(self, field: Field) -> None:
        self.field = field
        self._holders: dict[Key, Record | set[Record]] = {}

    def add(self, record: Record) -> None:
        """Take in what a record holds now."""
        text = self.field.text_of(record)
        for key in self.field.keys(text) if text else ():
            held = self._holders.get(key)
            if held is None or held is record:
                self._holders[key] = record
            elif isinstance(held, set):
                held.add(record)
            else:
                self._holders[key] = {held, record}

    def holders(self, key: Key) -> Iterable[Record]:
        """The records of a value."""
        held = self._holders.get(key, ())
        return (held,) if isinstance(held, Record) else held


def _meets(record: Record, group: Group) -> bool:
    return all(condition.matches(record) for condition in group)


def _as_of(record: Record, instant: str) -> Record | None:
    """The record as it was at an instant; None if it did not exist yet."""
    if record.updated <= instant:
        return record
    kept = values_as_of(record, instant)
    if kept is None:
        return None
    seen = Record(record.id, kept, record.born)
    update = record.history
    while update is not None and update[0].at > instant:
        update = update[3]
    seen.updated = record.born.at if update is None else update[0].at
    return seen
