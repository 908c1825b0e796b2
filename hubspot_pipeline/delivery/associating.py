"""Associations added to records and removed from them, two thousand a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from hubspot_pipeline.delivery.apart import breakdown
from hubspot_pipeline.delivery.history import refused
from hubspot_pipeline.delivery.later_steps import Association, Problem
from hubspot_pipeline.delivery.other_sides import CONTACT_NOT_FOUND, OtherSides
from hubspot_pipeline.delivery.pending import PendingWrite, problem_of
from hubspot_pipeline.hubspot import account, associations
from hubspot_pipeline.hubspot.associations import MOST_LINKS, MOST_READS, Label, Link
from hubspot_pipeline.hubspot.errors import RefusedError, Unavailable

if TYPE_CHECKING:
    from hubspot_pipeline.delivery.sender import Sender
    from hubspot_pipeline.hubspot.client import HubSpotClient

_Send: TypeAlias = (
    "Callable[[HubSpotClient, str, str, Sequence[Link]], "
    "Awaitable[tuple[RefusedError | None, ...]]]"
)


@dataclass(slots=True)
class _Pair:
    """Two records, and all that writes want of their association.

    Attributes:
        from_id: The written record.
        to_id: The other side.
        labels: The labels to add, or to take away; none for the association as such.
        wanted: The associations that ask for it, with their writes.
        is_new: Whether one of the two was created by this run, so that nobody has labelled them.
        plain: Whether the association as such is asked for.
        replaces: Whether labels that others set are taken away.
        held: The labels that they have; None where that need not, or cannot, be known.
    """

    from_id: str
    to_id: str
    labels: set[Label] = field(default_factory=set)
    wanted: list[tuple[PendingWrite, Association]] = field(default_factory=list)
    is_new: bool = False
    plain: bool = False
    replaces: bool = False
    held: frozenset[Label] | None = None

    @property
    def keeps_others(self) -> bool:
        """Whether labels that others set would be lost if it were sent as it is (§4.1)."""
        return bool(self.labels) and not self.replaces and not self.is_new


@dataclass(frozen=True, slots=True)
class Associating:
    """Associates records of one object type, and takes associations away.

    Attributes:
        client: Calls HubSpot.
        sender: Sends and journals the batches.
        object_type: The type of the records that were written.
        others: Finds the records to associate with.
    """

    client: HubSpotClient
    sender: Sender
    object_type: str
    others: OtherSides

    async def add(self, writes: Sequence[PendingWrite]) -> None:
        """Associate written records with their other sides.

        A contact that HubSpot no longer knows by the id of an earlier event is looked up by its
        address, once.
        """
        await self._add(writes)
        gone = [each for write in writes for each in write.associations if each.problem is _GONE]
        for each in gone:
            _look_up_by_address(each)
        if gone:
            await self._add(writes)

    async def remove(self, writes: Sequence[PendingWrite]) -> None:
        """Take associations away, or labels off them."""
        await self._remove(writes, lambda each: each.remove and not each.comes_first)

    async def remove_first(self, writes: Sequence[PendingWrite]) -> None:
        """Take away what later events of the same records add to."""
        await self._remove(writes, lambda each: each.comes_first)

    async def _remove(
        self, writes: Sequence[PendingWrite], which: Callable[[Association], bool]
    ) -> None:
        await self.others.find(writes, which)
        for to_type, pairs in _pairs(writes, which).items():
            links = [
                (pair, Link(pair.from_id, pair.to_id, () if pair.plain else _sorted(pair.labels)))
                for pair in pairs
            ]
            await self._send("dissociate", to_type, links, associations.remove_labels)

    async def _add(self, writes: Sequence[PendingWrite]) -> None:
        await self.others.find(writes, lambda each: not each.remove)
        for to_type, pairs in _pairs(writes, lambda each: not each.remove).items():
            forth, back = _directions(pairs) if to_type == self.object_type else (pairs, [])
            await self._associate(to_type, forth)
            await self._associate(to_type, back)

    async def _associate(self, to_type: str, pairs: Sequence[_Pair]) -> None:
        """Give pairs their labels, unless they have them already."""
        await self._read_labels(to_type, [pair for pair in pairs if pair.keeps_others])
        await self._name_the_unlabeled(to_type, pairs)
        for pair in pairs:
            if pair.labels and pair.held is not None and pair.labels <= pair.held:
                _done(pair)
        known = [p for p in pairs if p.held is not None or not p.keeps_others]
        links = [
            (pair, Link(pair.from_id, pair.to_id, _sorted(pair.labels | (pair.held or set()))))
            for pair in known
            if not all(each.done for _, each in pair.wanted)
        ]
        plain = [each for each in links if not each[0].labels]
        labelled = [each for each in links if each[0].labels]
        await self._send("associate", to_type, plain, associations.create_default)
        await self._send("associate", to_type, labelled, associations.create)

    async def _read_labels(self, to_type: str, pairs: Sequence[_Pair]) -> None:
        """Read which labels pairs have: setting some takes the others away (hubspot-api §4.1)."""
        by_record: dict[str, list[_Pair]] = {}
        for pair in pairs:
            by_record.setdefault(pair.from_id, []).append(pair)
        ids = list(by_record)

        async def ask(part: Sequence[str]) -> None:
            held = await associations.read(self.client, self.object_type, to_type, part)
            for from_id in part:
                for pair in by_record[from_id]:
                    pair.held = held.get((pair.from_id, pair.to_id), frozenset())

        async def read(part: Sequence[str]) -> None:
            for from_id, answer in await self.sender.apart(part, ask):
                for pair in by_record[from_id]:
                    _broken(pair, answer)

        parts = [ids[start : start + MOST_READS] for start in range(0, len(ids), MOST_READS)]
        await self.sender.all_of(
            (
                _writes_of([pair for each in part for pair in by_record[each]]),
                partial(read, part),
            )
            for part in parts
        )

    async def _name_the_unlabeled(self, to_type: str, pairs: Sequence[_Pair]) -> None:
        """Where a bare association is to replace all labels, it must be named like one itself."""
        bare = [pair for pair in pairs if pair.replaces and not pair.labels]

        async def name() -> None:
            for kind in await account.association_labels(self.client, self.object_type, to_type):
                if kind.label is None:
                    for pair in bare:
                        pair.labels.add(Label(kind.category, kind.type_id))

        if bare:
            await self.sender.all_of([(_writes_of(bare), name)])

    async def _send(
        self, step: str, to_type: str, links: Sequence[tuple[_Pair, Link]], send: _Send
    ) -> None:
        async def send_part(part: Sequence[tuple[_Pair, Link]]) -> None:
            with self.sender.journaled(step, _writes_of([pair for pair, _ in part])) as call:
                outcomes = await send(
                    self.client, self.object_type, to_type, [link for _, link in part]
                )
                call.note(None, maybe_applied=False)
                for (pair, _), error in zip(part, outcomes, strict=True):
                    if error is None:
                        _done(pair)
                    else:
                        _refused(pair, error)

        async def send_apart(part: Sequence[tuple[_Pair, Link]]) -> None:
            for (pair, _), answer in await self.sender.apart(part, send_part):
                _broken(pair, answer)

        parts = [links[start : start + MOST_LINKS] for start in range(0, len(links), MOST_LINKS)]
        await self.sender.all_of(
            (_writes_of([pair for pair, _ in part]), partial(send_apart, part)) for part in parts
        )


def settle_required(write: PendingWrite) -> None:
    """Fail a write before anything is sent where a record that it requires is not there."""
    for each in write.associations:
        if each.other_side == "require" and each.other is not None:
            problem = _problem_of_required(each)
            if problem:
                write.failed(problem)
                return


def _problem_of_required(each: Association) -> Problem | None:
    if each.other is None:
        return None
    if each.other.missing is None:
        return each.other.problem
    return Problem(each.other.missing, CONTACT_NOT_FOUND)


def _pairs(
    writes: Sequence[PendingWrite], which: Callable[[Association], bool]
) -> dict[str, list[_Pair]]:
    """Return the pairs to associate, or to part, by the type of the other side; each comes once."""
    by_type: dict[str, dict[tuple[str, str], _Pair]] = {}
    for write in writes:
        for each in write.associations:
            if not which(each) or each.is_settled or each.other is None:
                continue
            to_id = _other_id(each)
            if to_id is None:
                continue
            ids = (write.entry.record_id or "", to_id)
            pair = by_type.setdefault(each.to_type, {}).setdefault(ids, _Pair(*ids))
            pair.wanted.append((write, each))
            pair.is_new |= write.created_now or each.other.created
            pair.replaces |= each.replaces_labels
            if each.label is None:
                pair.plain = True
            else:
                category, _, type_id = each.label.partition(":")
                pair.labels.add(Label(category, type_id))
    return {to_type: list(pairs.values()) for to_type, pairs in by_type.items()}


def _directions(pairs: Sequence[_Pair]) -> tuple[list[_Pair], list[_Pair]]:
    """Return pairs of records of one type, and those that name one of these the other way round.

    The two are one association. So the second is made after the first, and keeps its labels.
    """
    seen: dict[tuple[str, str], _Pair] = {}
    forth: list[_Pair] = []
    back: list[_Pair] = []
    for pair in pairs:
        other_way = seen.get((pair.to_id, pair.from_id))
        seen[pair.from_id, pair.to_id] = pair
        if other_way is None:
            forth.append(pair)
        else:
            pair.is_new, pair.replaces = False, pair.replaces and not other_way.replaces
            back.append(pair)
    return forth, back


def _other_id(each: Association) -> str | None:
    """Return the id of the record at the other end; where there is none, settle what that means."""
    other = each.other
    if other is None:
        return None
    if other.record_id is not None:
        return other.record_id
    if each.other_side == "require":
        each.problem = _problem_of_required(each)
    elif other.missing is not None:
        each.skipped = other.missing
    else:
        each.problem = other.problem
    return None


def _look_up_by_address(each: Association) -> None:
    """Let the contact of an earlier event be found by its address."""
    each.id, each.user_id = each.other.email if each.other else None, None
    each.other = each.problem = None


_GONE = Problem("HubSpot no longer knows the contact of an earlier identify event.")


def _refused(pair: _Pair, error: RefusedError) -> None:
    is_gone = (error.sub_category or "").endswith("TO_OBJECT_NOT_FOUND")
    for write, each in pair.wanted:
        write.entry.answer = refused(error)
        if is_gone and each.other and each.other.email:
            each.problem = _GONE
        elif is_gone and each.other_side == "skip":
            each.skipped = error.message
        else:
            each.problem = problem_of(error)


def _broken(pair: _Pair, answer: Unavailable) -> None:
    for _, each in pair.wanted:
        each.problem = breakdown(answer)


def _done(pair: _Pair) -> None:
    for _, each in pair.wanted:
        each.done = True


def _writes_of(pairs: Sequence[_Pair]) -> list[PendingWrite]:
    """Return the writes behind pairs, each once."""
    return list({id(write): write for pair in pairs for write, _ in pair.wanted}.values())


def _sorted(labels: set[Label] | frozenset[Label]) -> tuple[Label, ...]:
    return tuple(sorted(labels, key=lambda label: (label.category, label.type_id)))
