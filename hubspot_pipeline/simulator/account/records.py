"""The records of one object type: kept compactly, found by id, e-mail and unique properties."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from heapq import nsmallest
from itertools import compress, islice
from operator import ne

from hubspot_pipeline.simulator.account import values
from hubspot_pipeline.simulator.account.histories import Stamp, Update
from hubspot_pipeline.simulator.account.object_types import CONTACTS, ObjectType
from hubspot_pipeline.simulator.account.properties import Properties
from hubspot_pipeline.simulator.account.shapes import Shape, Shapes, held, unique_names
from hubspot_pipeline.simulator.settings import Behaviour

FIRST_ID = 100_000_000_001


class Record:
    """One record. A million of them share names, stamps and options, and hold only what was set.

    Attributes:
        id: Decimal digits.
        values: What was ever set, cleared values as ``""``.
        born: When and by which app it was created.
        updated: When it last changed, as HubSpot writes it.
        writes: How many writes it took, its creation included.
        history: What its updates overwrote, the last one first.
    """

    __slots__ = ("born", "history", "id", "updated", "values", "writes")

    def __init__(self, id_: str, kept: dict[str, str], born: Stamp) -> None:
        self.id = id_
        self.values = kept
        self.born = born
        self.updated = born.at
        self.writes = 1
        self.history: Update | None = None

    @property
    def created(self) -> str:
        """When it was created, as HubSpot writes it."""
        return self.born.at

    @property
    def source(self) -> str:
        """The app that created it."""
        return self.born.app


class Records:
    """All records of one object type.

    E-mail addresses are unique among contacts, secondary ones included (hubspot-api §2.6), and
    so are the values of `hasUniqueValue` properties (§2.8).

    Attributes:
        on_write: Called with every record that was created, changed, archived or merged.
    """

    def __init__(self, kind: ObjectType, properties: Properties, behaviour: Behaviour) -> None:
        self.kind = kind
        self.properties = properties
        self.has_emails = kind is CONTACTS
        self.by_id: dict[str, Record] = {}
        self.archived: dict[str, tuple[Record, str]] = {}
        self.merged: dict[str, Record] = {}
        self.on_write: Callable[[Record], None] | None = None
        self._behaviour = behaviour
        self._order = array("q")
        self._next_id = FIRST_ID
        self._unique: dict[str, dict[str, Record]] = {"email": {}} if self.has_emails else {}
        self._shapes = Shapes(kind, properties)

    def __len__(self) -> int:
        return len(self.by_id)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.by_id.values())

    # -- finding ------------------------------------------------------------------------------

    def is_unique(self, name: str) -> bool:
        """Whether a property's values belong to one record each."""
        if (self.has_emails and name == "email") or name in self.properties.unique:
            return True
        return self._behaviour.domain_identifies_companies and (
            self.kind.name == "companies" and name == "domain"
        )

    def key_of(self, id_property: str | None, value: str) -> str:
        """The form in which a value of a unique property is compared: e-mails in lower case."""
        return value.lower() if self.has_emails and id_property == "email" else value

    def find(self, value: str, id_property: str | None) -> Record | None:
        """The live record with this id, or this value of a unique property."""
        if id_property is None or id_property == "hs_object_id":
            return self.by_id.get(value)
        if id_property == "domain" and id_property not in self.properties.unique:
            same = (record for record in self if record.values.get("domain") == value)
            return next(same, None)  # several companies may have it (§2.7)
        return self.index(id_property).get(self.key_of(id_property, value))

    def finder(self, id_property: str | None) -> Callable[[str], Record | None]:
        """As `find`, for many values that are as `key_of` gives them."""
        if id_property in self.properties.unique or (self.has_emails and id_property == "email"):
            return self.index(id_property or "").get
        return lambda value: self.find(value, id_property)

    def find_or_survivor(self, value: str, id_property: str | None) -> Record | None:
        """As `find`, and a merged-away id finds the record it was merged into (§2.3)."""
        found = self.find(value, id_property)
        if found is None and id_property is None and value in self.merged:
            return self.by_id.get(self.merged[value].id)  # not once it is archived itself
        return found

    def index(self, name: str) -> dict[str, Record]:
        """Which live record holds each value of a unique property."""
        index = self._unique.get(name)
        if index is None:
            index = self._unique[name] = {
                record.values[name]: record for record in self if record.values.get(name)
            }
        return index

    def forget_index(self, name: str) -> None:
        """Build the index of a unique property anew when it is next needed."""
        self._unique.pop(name, None)

    def page(
        self, after: int, limit: int, *, archived: bool = False
    ) -> tuple[list[Record], str | None]:
        """Records in the order of their ids, from `after` on; and the id that comes next."""
        if archived:
            ids = (id_ for id_ in map(int, self.archived) if id_ >= after)
            found = [self.archived[str(id_)][0] for id_ in nsmallest(limit + 1, ids)]
        else:
            places = range(bisect_left(self._order, after), len(self._order))
            there = (self.by_id.get(str(self._order[at])) for at in places)
            found = list(islice(filter(None, there), limit + 1))
        return found[:limit], found[limit].id if len(found) > limit else None

    def shape_of(self, written: dict[str, str]) -> Shape:
        """What the names of a write ask for."""
        return self._shapes.of(written)

    def unique_values(
        self, shape: Shape, written: dict[str, str], writer: Record | None
    ) -> list[tuple[str, str, Record | None]]:
        """The unique values that a write brings to its record, each with who holds it now."""
        found: list[tuple[str, str, Record | None]] = []
        for name in shape.unique:
            value = written[name]
            if value and (writer is None or writer.values.get(name) != value):
                holder = self.index(name).get(value)
                if holder is None or holder is not writer:
                    found.append((name, value, holder))
        if shape.addresses and written["hs_additional_emails"]:
            emails = self.index("email")
            for address in written["hs_additional_emails"].lstrip(";").split(";"):
                holder = emails.get(address)
                if holder is None or holder is not writer:
                    found.append(("email", address, holder))
        return found

    # -- writing ------------------------------------------------------------------------------

    def allocate_id(self) -> str:
        """An id that no record has had."""
        self._next_id += 1
        return str(self._next_id - 1)

    def create(
        self, id_: str, written: dict[str, str], stamp: Stamp, shape: Shape | None = None
    ) -> Record:
        """A new record; new contacts get the stage ``lead`` if the write names none (§2.6)."""
        shape = shape or self.shape_of(written)
        for name in shape.multiple:
            written[name] = values.merge_options("", written[name])
        if self.has_emails and not written.get("lifecyclestage"):
            written["lifecyclestage"] = "lead"
        record = Record(id_, written, stamp)
        self.by_id[id_] = record
        self._order.append(int(id_))
        for name in shape.unique:
            if value := written[name]:
                self.index(name)[value] = record
        if shape.addresses:
            self._enter_addresses(record)
        if self.on_write is not None:
            self.on_write(record)
        return record

    def update(
        self, record: Record, written: dict[str, str], stamp: Stamp, shape: Shape | None = None
    ) -> None:
        """Overwrite what is written and touch nothing else; the lifecycle only goes forward.

        `written` holds in the end what the record then holds of it.
        """
        kept = record.values
        shape = shape or self.shape_of(written)
        if shape.stage:
            self._keep_stage(kept, written)
        for name in shape.multiple:
            written[name] = values.merge_options(kept.get(name, ""), written[name])
        touched = [name for name in shape.unique if written[name] != kept.get(name, "")]
        if touched or shape.addresses:
            self._leave(record)
            if "email" in touched and self.has_emails:
                self._change_email(kept, written)
            self._overwrite(record, self.shape_of(written), written, stamp)
            self._enter(record)
        else:
            self._overwrite(record, shape, written, stamp)
        if self.on_write is not None:
            self.on_write(record)

    def archive(self, record: Record, now: str) -> None:
        """Take a record out of sight; its e-mails and unique values are free again."""
        self._leave(record)
        del self.by_id[record.id]
        self.archived[record.id] = (record, now)
        if self.on_write is not None:
            self.on_write(record)

    def delete(self, record: Record) -> None:
        """Forget a record, live or archived, and every id that was merged into it."""
        if record.id in self.by_id:
            self._leave(record)
            del self.by_id[record.id]
        self.archived.pop(record.id, None)
        self.merged = {id_: one for id_, one in self.merged.items() if one is not record}

    def merge(self, primary: Record, other: Record, stamp: Stamp) -> None:
        """Merge `other` into `primary`, which keeps the id and gains the addresses (§2.3)."""
        self.archive(other, stamp.at)
        del self.archived[other.id]
        for old_id, survivor in self.merged.items():
            if survivor is other:
                self.merged[old_id] = primary
        self.merged[other.id] = primary
        kept = primary.values
        written = {
            name: value for name, value in other.values.items() if value and not kept.get(name)
        }
        before = [one.values.get("hs_merged_object_ids", "") for one in (primary, other)]
        written["hs_merged_object_ids"] = ";".join(filter(None, [*before, other.id]))
        emails = addresses(other)
        if self.has_emails and emails:
            known = [*addresses(primary), *emails]
            written["email"], *rest = dict.fromkeys(known)
            if rest:
                written["hs_additional_emails"] = ";".join(rest)
        self._overwrite(primary, self.shape_of(written), written, stamp)
        self._enter(primary)
        if self.on_write is not None:
            self.on_write(primary)

    # -- keeping ------------------------------------------------------------------------------

    @property
    def next_id(self) -> int:
        """The id that the next record gets."""
        return self._next_id

    def restore(
        self,
        live: Iterable[Record],
        archived: dict[str, tuple[Record, str]],
        merged: dict[str, str],
        next_id: int,
    ) -> None:
        """Have these records and no others; `merged` tells the survivor's id of each old one."""
        self.by_id = {record.id: record for record in live}
        self.archived = archived
        gone = {record.id: record for record, _ in archived.values()}
        self.merged = {old: self.by_id.get(id_) or gone[id_] for old, id_ in merged.items()}
        self._order = array("q", sorted(map(int, (*self.by_id, *gone))))
        self._next_id = next_id
        self._unique = {"email": {}} if self.has_emails else {}
        for record in self:
            self._enter(record)

    # -- inside -------------------------------------------------------------------------------

    def _unique_names(self) -> list[str]:
        return unique_names(self.kind, self.properties)

    def _overwrite(
        self, record: Record, shape: Shape, written: dict[str, str], stamp: Stamp
    ) -> None:
        """Write values, and remember what was there.

        A value that stays the same stays the same text: its history takes no copy of it.
        """
        kept = record.values
        try:
            before = shape.held(kept)
        except KeyError:  # one was never set
            before = held(shape.names, kept)
        after = tuple(written.values())
        if before != after:
            for name in compress(shape.names, map(ne, before, after)):
                kept[name] = written[name]
        record.history = (stamp, shape.names, before, record.history)
        record.updated = stamp.at
        record.writes += 1

    def _keep_stage(self, kept: dict[str, str], written: dict[str, str]) -> None:
        """§2.6: a backward stage is no error; the write keeps what is there."""
        current, wanted = kept.get("lifecyclestage"), written["lifecyclestage"]
        stages = self.properties.stages
        if current and wanted and stages.get(wanted, 0) < stages.get(current, 0):
            written["lifecyclestage"] = current

    def _change_email(self, kept: dict[str, str], written: dict[str, str]) -> None:
        """A new primary address; the old one stays as secondary if the switch says so.

        An own secondary address written as `email` changes nothing (UNCONFIRMED; harsher, as
        the answer then shows another address than was sent).
        """
        keep = self._behaviour.old_email_becomes_secondary
        current, wanted = kept.get("email", ""), written["email"]
        secondary = written.get("hs_additional_emails", kept.get("hs_additional_emails", ""))
        others = [address for address in secondary.split(";") if address]
        if wanted in others and current:
            written["email"] = current
        elif wanted and current and wanted != current and keep:
            written["hs_additional_emails"] = ";".join(dict.fromkeys([*others, current]))

    def _enter(self, record: Record) -> None:
        kept = record.values
        for name in self._unique_names():
            value = kept.get(name)
            if value:
                self.index(name)[value] = record
        if self.has_emails and kept.get("hs_additional_emails"):
            self._enter_addresses(record)

    def _enter_addresses(self, record: Record) -> None:
        for address in addresses(record):
            self._unique["email"][address] = record

    def _leave(self, record: Record) -> None:
        for name in self._unique_names():
            value = record.values.get(name)
            if value:
                self.index(name).pop(value, None)
        if self.has_emails:
            for address in addresses(record):
                self._unique["email"].pop(address, None)


def addresses(record: Record) -> list[str]:
    """A contact's addresses, the primary one first."""
    others = record.values.get("hs_additional_emails", "")
    return [one for one in (record.values.get("email", ""), *others.split(";")) if one]
