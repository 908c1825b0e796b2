"""What search sees of one object type: every record as it was a while ago (hubspot-api §2.9)."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from operator import itemgetter

from hubspot_pipeline.simulator.account.histories import values_as_of, writes_of
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.account.search_filters import Condition, Field, Key
from hubspot_pipeline.simulator.clock import NANOSECONDS, iso

Group = Sequence[Condition]
"""Conditions that a record must meet all."""

MOST_INDEXES = 20
"""How many properties are indexed at a time."""

FEW_RECORDS = 1_000
"""An index that names no more than these is always of use."""

FEW_WRITES = 10_000
"""Indexes outlive this many writes, and as many more as there are records."""


class SearchIndex:
    """Finds the records of one object type that meet conditions, as they were `lag` ago.

    Conditions that name exact values are looked up: ids and e-mail addresses where the account
    keeps them, any other property in an index of its own, made when it is first searched. An
    index knows all values that records held since; it may name too many records, never too few,
    as each is held against all conditions.
    """

    def __init__(self, records: Records, lag_seconds: float) -> None:
        self._records = records
        self._lag = round(lag_seconds * NANOSECONDS)
        self._indexes: dict[str, _EqualityIndex] = {}
        archived = ((at, record) for record, at in records.archived.values())
        self._gone = deque(sorted(archived, key=itemgetter(0)))  # of before a restart, too
        self._writes_noted = 0

    def left(self, record: Record, now: int) -> None:
        """Take in that a record was archived or merged away; search sees it a while longer."""
        self._drop_gone(self._horizon(now))
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
        meets = _predicate(groups, also)
        self._drop_gone(horizon)
        gone = (record for _, record in self._gone)
        found: list[Record] = []
        for record in dict.fromkeys(chain(self._candidates(groups, horizon), gone)):
            seen = record if record.updated <= horizon else _as_of(record, horizon)
            if seen is not None and meets(seen):
                found.append(seen)
        found.sort(key=lambda record: int(record.id))
        return found

    def _drop_gone(self, horizon: str) -> None:
        while self._gone and self._gone[0][0] <= horizon:
            self._gone.popleft()

    def _horizon(self, now: int) -> str:
        return iso(now - self._lag)

    def _candidates(self, groups: Sequence[Group], horizon: str) -> Iterable[Record]:
        """Live records, among them all that can meet one of the groups."""
        telling = [[one for one in group if one.equals is not None] for group in groups]
        if not all(telling):
            return self._records
        fewest = [min((self._looked_up(one, horizon) for one in some), key=len) for some in telling]
        if sum(map(len, fewest)) > max(FEW_RECORDS, len(self._records) // 4):
            return self._records  # looking at each in turn is faster by then
        by_id = self._records.by_id
        return (one for one in chain.from_iterable(fewest) if by_id.get(one.id) is one)

    def _looked_up(self, condition: Condition, horizon: str) -> list[Record]:
        field, keys = condition.field, frozenset(condition.equals or ())
        index = self._index(field, horizon)
        found = [record for key in keys for record in index.holders(key)]
        if field.holders is not None:
            found += [record for key in keys for record in field.holders(key)]
        return found

    def _index(self, field: Field, horizon: str) -> "_EqualityIndex":
        index = self._indexes.get(field.name)
        if index is None or not index.is_of(field):
            while len(self._indexes) >= MOST_INDEXES:
                del self._indexes[next(iter(self._indexes))]
            index = self._indexes[field.name] = _EqualityIndex(field, self._records, horizon)
            self._records.on_write = self._note
        return index

    def _note(self, record: Record) -> None:
        """Let the indexes follow a write; before the first search nobody asks for that."""
        for index in self._indexes.values():
            index.add_now(record)
        self._writes_noted += 1
        if self._writes_noted > len(self._records) + FEW_WRITES:
            self._indexes.clear()  # by now they name many records for what those held once
            self._writes_noted = 0


class _EqualityIndex:
    """Which records hold each value of a field, or held it since an instant.

    Where the account knows who holds a value, this is only about those that held it.
    """

    __slots__ = ("_holders", "field")

    def __init__(self, field: Field, records: Iterable[Record], since: str) -> None:
        self.field = field
        self._holders: dict[Key, Record | set[Record]] = {}
        for record in records:
            if record.updated > since:
                for text in {field.text_of(state) for state in _states_since(record, since)}:
                    self._add(record, text)
            elif field.holders is None:
                self._add(record, field.text_of(record))

    def is_of(self, field: Field) -> bool:
        """Whether it compares as this field: under the same name may be another property by now."""
        own = self.field
        return (own.kind, own.multiple) == (field.kind, field.multiple)

    def add_now(self, record: Record) -> None:
        """Take in a record that was just written, created, archived or merged."""
        name = self.field.name
        if self.field.holders is None:
            self._add(record, self.field.text_of(record))
        elif record.history is not None and name in record.history[1]:
            _, names, before, _ = record.history
            self._add(record, before[names.index(name)])

    def holders(self, key: Key) -> Iterable[Record]:
        """The records of a value."""
        held = self._holders.get(key, ())
        return (held,) if isinstance(held, Record) else held

    def _add(self, record: Record, text: str | None) -> None:
        for key in self.field.keys(text) if text else ():
            held = self._holders.get(key)
            if held is None or held is record:
                self._holders[key] = record
            elif isinstance(held, set):
                held.add(record)
            else:
                self._holders[key] = {held, record}


def _predicate(
    groups: Sequence[Group], also: Callable[[Record], bool] | None
) -> Callable[[Record], bool]:
    """Whether a record meets all of one group, and `also`."""
    if also is None and len(groups) == 1 and len(groups[0]) == 1:
        return groups[0][0].matches  # by far the most searches are like that

    def meets(record: Record) -> bool:
        if also is not None and not also(record):
            return False
        return any(all(one.matches(record) for one in group) for group in groups)

    return meets


def _states_since(record: Record, instant: str) -> Iterator[Record]:
    """The record as it was at an instant and after each write since: one object, overwritten."""
    past = Record(record.id, {}, record.born)
    writes = writes_of(record)
    for write, following in zip_longest(writes, writes[1:]):
        past.values |= write.values
        past.updated = write.at
        if following is None or following.at > instant:
            yield past


def _as_of(record: Record, instant: str) -> Record | None:
    """The record as it was at an instant before its last write; None if it did not exist yet."""
    kept = values_as_of(record, instant)
    if kept is None:
        return None
    seen = Record(record.id, kept, record.born)
    update = record.history
    while update is not None and update[0].at > instant:
        update = update[3]
    seen.updated = record.born.at if update is None else update[0].at
    return seen
