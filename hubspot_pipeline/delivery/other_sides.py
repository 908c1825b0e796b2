"""The records at the other end of associations: found, or made, each but once for many writes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias

import orjson

from hubspot_pipeline.delivery.find import find_by_id
from hubspot_pipeline.delivery.journal import Entry
from hubspot_pipeline.delivery.later_steps import Association, OtherSide, Problem
from hubspot_pipeline.delivery.pending import PendingWrite, problem_of
from hubspot_pipeline.delivery.searches import (
    SEARCHES_AT_A_TIME,
    find_matches,
    in_words,
    not_unique,
)
from hubspot_pipeline.delivery.verdicts import Verdict
from hubspot_pipeline.delivery.writing import Writing
from hubspot_pipeline.hubspot.errors import RefusedError
from hubspot_pipeline.privacy import hashed
from hubspot_pipeline.writes import RECORD_ID, Private

if TYPE_CHECKING:
    from hubspot_pipeline.delivery.sender import Sender
    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.hubspot.search import Hits

CONTACT_NOT_FOUND = "CONTACT_NOT_FOUND"
"""The category of a failure because the record at the other end is required and is not there."""


class KnownUsers(Protocol):
    """Says which contacts users are, by earlier identify events."""

    def find(self, user_ids: Collection[str]) -> Mapping[str, tuple[str, str]]:
        """Return the e-mail address and the record id of those users' contacts who are known."""


_Sought: TypeAlias = "list[tuple[PendingWrite, Association]]"
_Asked: TypeAlias = "tuple[str, str | None, str | None, str | None]"


def _asked(each: Association) -> _Asked:
    return each.to_type, each.id_property, each.id, each.user_id


@dataclass(frozen=True, slots=True)
class OtherSides:
    """Looks for other sides.

    Attributes:
        client: Calls HubSpot.
        sender: Sends and journals the batches.
        users: Who knows users' contacts; None where nobody does.
        found: The records that were found before, by what they were asked for by.
    """

    client: HubSpotClient
    sender: Sender
    users: KnownUsers | None
    found: dict[_Asked, OtherSide] = field(default_factory=dict)

    async def find(
        self, writes: Sequence[PendingWrite], which: Callable[[Association], bool]
    ) -> None:
        """Set ``other`` of the writes' associations that are asked for and have none yet.

        It stays None where HubSpot gave no final answer; the writes then say why.
        """
        sought = [
            (write, each)
            for write in writes
            for each in write.associations
            if each.other is None and not each.is_settled and which(each)
        ]
        if not sought:
            return
        users = self._users(sought)
        for _, each in sought:
            each.other = self.found.get(_asked(each)) or _known_without_a_call(each, users)
        by_search: dict[str, dict[str, _Sought]] = {}
        by_id: dict[tuple[str, str, bool], _Sought] = {}
        for write, each in sought:
            if each.other is not None or each.id is None:
                continue
            if each.id_property is None:
                by_search.setdefault(each.to_type, {}).setdefault(each.id, []).append((write, each))
            else:
                group = each.to_type, each.id_property, each.other_side == "create"
                by_id.setdefault(group, []).append((write, each))
        for to_type, searches in by_search.items():
            await self._search(to_type, searches)
        for (to_type, id_property, creates), wanted in by_id.items():
            await self._look_up(to_type, id_property, wanted, creates=creates)
        for _, each in sought:
            if each.other is not None and each.other.record_id is not None:
                self.found[_asked(each)] = each.other
            _fall_back_on_the_user(each, users)

    def _users(self, sought: _Sought) -> Mapping[str, tuple[str, str]]:
        ids = {each.user_id for _, each in sought if each.user_id is not None}
        return self.users.find(ids) if self.users and ids else {}

    async def _search(self, to_type: str, searches: Mapping[str, _Sought]) -> None:
        """Find records by search fields, each search made once."""
        texts = list(searches)

        async def search(part: Sequence[str]) -> None:
            wanted = [orjson.loads(text) for text in part]
            answers = await find_matches(self.client, to_type, wanted, looks_again=True)
            for text, fields, hits in zip(part, wanted, answers, strict=True):
                other = _matched(to_type, fields, hits)
                for _, each in searches[text]:
                    each.other = other

        parts = [
            texts[start : start + SEARCHES_AT_A_TIME]
            for start in range(0, len(texts), SEARCHES_AT_A_TIME)
        ]
        await self.sender.all_of(
            ([write for text in part for write, _ in searches[text]], partial(search, part))
            for part in parts
        )

    async def _look_up(
        self, to_type: str, id_property: str, wanted: _Sought, *, creates: bool
    ) -> None:
        """Find records by a unique property, or make those that are missing, each named once."""
        targets: dict[str, PendingWrite] = {}
        keys = [
            _key(to_type, id_property, each.id or "", is_private=write.private.others)
            for write, each in wanted
        ]
        for key, (write, each) in zip(keys, wanted, strict=True):
            hidden = Private(key=write.private.others)
            target = PendingWrite(Entry(key), each.id or "", {}, private=hidden)
            targets.setdefault(key, target)
        records = list(targets.values())
        if creates:
            await Writing(self.client, self.sender, to_type, id_property).upsert(records)
        else:
            await find_by_id(self.client, self.sender, to_type, id_property, records)
        for key, (write, each) in zip(keys, wanted, strict=True):
            target = targets[key]
            each.other = _looked_up(to_type, id_property, target)
            if each.other is None:
                write.entry.reason, write.entry.category = (
                    target.entry.reason,
                    target.entry.category,
                )


def _known_without_a_call(
    each: Association, users: Mapping[str, tuple[str, str]]
) -> OtherSide | None:
    """Return the other side where the association itself, or an earlier event, says who it is."""
    user = users.get(each.user_id or "")
    if each.id is not None and each.id_property == RECORD_ID:
        return OtherSide(each.id)
    if user and (each.id is None or _is_address(each, user[0])):
        return OtherSide(user[1], email=user[0])
    if each.id is None:
        who = f"which contact user '{each.user_id}' is" if each.user_id else "which record it is"
        return OtherSide(missing=f"Neither this event nor an earlier identify event says {who}.")
    return None


def _fall_back_on_the_user(each: Association, users: Mapping[str, tuple[str, str]]) -> None:
    user = users.get(each.user_id or "")
    if user and each.other is not None and each.other.missing:
        each.other = OtherSide(user[1], email=user[0])


def _is_address(each: Association, address: str) -> bool:
    return each.id_property == "email" and (each.id or "").lower() == address.lower()


def _key(to_type: str, id_property: str, value: str, *, is_private: bool) -> str:
    """Return a record's key in the journal, by its id as HubSpot compares it (hubspot-api §2.6).

    No write's own key begins so.
    """
    compared = value.lower() if id_property == "email" else value
    shown = hashed(compared) if is_private else compared
    return f"\x1f{to_type}\x1f{id_property}\x1f{shown}"


def _matched(to_type: str, fields: Mapping[str, str], hits: Hits) -> OtherSide:
    if isinstance(hits, RefusedError):
        return OtherSide(problem=problem_of(hits))
    if len(hits) > 1:
        return OtherSide(problem=not_unique(to_type, fields, [hit.record_id for hit in hits]))
    if hits:
        return OtherSide(hits[0].record_id)
    return OtherSide(missing=f"None of the {to_type} has {in_words(fields)}.")


def _looked_up(to_type: str, id_property: str, target: PendingWrite) -> OtherSide | None:
    """Return what is known of a record that was looked up, or made; None where nothing is."""
    entry = target.entry
    if entry.verdict == Verdict.FAILED:
        return OtherSide(
            problem=Problem(
                f"{to_type} with {id_property} '{target.id}': {entry.reason}",
                entry.category,
                entry.correlation_id,
            )
        )
    if target.found is False:
        return OtherSide(missing=f"None of the {to_type} has {id_property} '{target.id}'.")
    if target.found or target.is_written:
        return OtherSide(entry.record_id, created=target.created_now)
    return None
