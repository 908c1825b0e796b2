"""Lists that records join or leave: each found by name, or made, and changed in one call."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from hubspot_pipeline.delivery.later_steps import ListChange, Problem
from hubspot_pipeline.delivery.pending import PendingWrite, problem_of
from hubspot_pipeline.hubspot import account, lists
from hubspot_pipeline.hubspot.errors import RefusedError, WrongTarget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hubspot_pipeline.delivery.sender import Sender
    from hubspot_pipeline.hubspot.client import HubSpotClient


@dataclass(frozen=True, slots=True)
class ListChanges:
    """Changes lists of records of one object type.

    Attributes:
        client: Calls HubSpot.
        sender: Journals the calls, and bounds how many are under way.
        object_type: The records' object type.
    """

    client: HubSpotClient
    sender: Sender
    object_type: str

    async def change(self, writes: Sequence[PendingWrite]) -> None:
        """Let written records join and leave their lists; of one record, the latest event wins."""
        by_name: dict[str, list[tuple[PendingWrite, ListChange]]] = {}
        for write in sorted(writes, key=lambda write: write.event_time):
            for change in write.lists:
                by_name.setdefault(change.name.casefold(), []).append((write, change))
        await self.sender.all_of(
            ([write for write, _ in changes], partial(self._change, changes))
            for changes in by_name.values()
        )

    async def _change(self, changes: Sequence[tuple[PendingWrite, ListChange]]) -> None:
        """Change one list."""
        try:
            found = await self._list(changes)
        except RefusedError as error:
            found = problem_of(error)
        if isinstance(found, Problem):
            for _, change in changes:
                change.problem = found
            return
        by_record: dict[str, list[tuple[PendingWrite, ListChange]]] = {}
        for write, change in changes:
            by_record.setdefault(write.entry.record_id or "", []).append((write, change))
        ids = list(by_record)
        for start in range(0, len(ids), lists.MOST_IDS):
            part = {each: by_record[each] for each in ids[start : start + lists.MOST_IDS]}
            await self._change_members(found, part)

    async def _list(
        self, changes: Sequence[tuple[PendingWrite, ListChange]]
    ) -> lists.List | Problem:
        """Return the list, made where it is missing and one of the changes says so.

        Raises:
            RefusedError: There can be no such list.
            TryLaterError, ConfigurationError: HubSpot did not say whether there is one.
        """
        name = changes[0][1].name
        kind = await account.object_type(self.client, self.object_type)
        if kind is None:
            raise WrongTarget(f"The account has no object type '{self.object_type}'.")
        found = await lists.find(self.client, kind.id, name)
        if found is None and any(change.create for _, change in changes):
            with self.sender.journaled("make list", [write for write, _ in changes]) as call:
                found = await lists.create(self.client, kind.id, name)
                call.note(None, maybe_applied=False)
        if found is None:
            return Problem(f"There is no list named '{name}', and this mapping makes none.")
        if not found.takes_members:
            return Problem(
                f"The members of the list '{name}' follow from its filters, so HubSpot lets no "
                "call change them. Name another list."
            )
        return found

    async def _change_members(
        self, found: lists.List, by_record: Mapping[str, list[tuple[PendingWrite, ListChange]]]
    ) -> None:
        joins = {record_id: changes[-1][1].add for record_id, changes in by_record.items()}
        all_changes = [each for changes in by_record.values() for each in changes]
        with self.sender.journaled("change list", [write for write, _ in all_changes]) as call:
            try:
                missing = await lists.change_members(
                    self.client,
                    found.id,
                    [each for each, joining in joins.items() if joining],
                    [each for each, joining in joins.items() if not joining],
                )
            except RefusedError as error:
                call.note(error, maybe_applied=False)
                for _, change in all_changes:
                    change.problem = problem_of(error)
                return
            call.note(None, maybe_applied=False)
            for record_id, changes in by_record.items():
                for write, change in changes:
                    if record_id in missing:
                        write.entry.answer = "refused: OBJECT_NOT_FOUND"
                        change.problem = Problem(
                            f"HubSpot has no record {record_id} for the list '{found.name}'."
                        )
                    else:
                        change.done = True
