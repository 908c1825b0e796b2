"""Puts back later values that an upsert overruled: nobody knew that its key was their record's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import orjson
import pyarrow as pa

from hubspot_pipeline.delivery.journal import RESTORE
from hubspot_pipeline.delivery.pending import PendingWrite, problem_of
from hubspot_pipeline.delivery.sender import Sender, Step
from hubspot_pipeline.delivery.states import digests, unpack
from hubspot_pipeline.hubspot import records
from hubspot_pipeline.hubspot.records import MOST_HISTORIES
from hubspot_pipeline.writes import LIFECYCLE_STAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hubspot_pipeline.delivery.memory import Memory
    from hubspot_pipeline.hubspot.client import HubSpotClient


@dataclass(frozen=True, slots=True)
class Restoring:
    """Restores values of records of one object type.

    Attributes:
        client: Calls HubSpot.
        sender: Sends and journals the batches; its memory says what was overruled.
        object_type: The records' object type.
    """

    client: HubSpotClient
    sender: Sender
    object_type: str

    async def restore(self, writes: Sequence[PendingWrite]) -> None:
        """Write again what is remembered of later events; HubSpot's histories still have it.

        What was put back to a write's record is told as ``restored`` in its outcome, what no
        history has as ``overruled``. Where there is no final answer, the write is undelivered, and
        whichever delivery meets its record next goes on.
        """
        memory = self.sender.memory
        if memory is None:
            return
        owed = [
            PendingWrite(write.entry, str(record_id), {}, private=write.private)
            for record_id, write in memory.owed(writes).items()
        ]
        await self.sender.each_batch(owed, partial(self._restore, memory), MOST_HISTORIES)
        for each in owed:
            if int(each.id) in memory.overruled:
                self._not_yet(each, memory.overruled[int(each.id)])

    async def _restore(self, memory: Memory, owed: Sequence[PendingWrite]) -> None:
        was = {each.id: memory.overruled[int(each.id)] for each in owed}
        names = sorted({name for entries in was.values() for name in entries})
        histories = await records.histories(self.client, self.object_type, list(was), names)
        answered = [each for each in owed if each.id in histories]
        wrong = {}
        for each in answered:
            history = histories[each.id]
            each.properties = _found(was[each.id], history)
            wrong[each.id] = {
                name: value
                for name, value in each.properties.items()
                if _is_overruled(value, history[name][0], was[each.id][name])
            }
        hurt = [each for each in answered if wrong[each.id]]
        written = await self._write(hurt, wrong)
        settled = [each for each in answered if not each.left_out]
        for each in settled:
            if wrong[each.id] and each.id not in written:
                each.properties, wrong[each.id] = {}, {}  # as HubSpot refused them
            _tell(each, was[each.id], wrong[each.id])
        self.sender.record_restored(settled)

    async def _write(
        self, hurt: Sequence[PendingWrite], wrong: Mapping[str, Mapping[str, str]]
    ) -> set[str]:
        """Write what is wrong; return the ids of the records of which HubSpot accepted it."""
        written: set[str] = set()
        step = Step(
            RESTORE,
            partial(records.update, self.client, self.object_type),
            partial(records.verify, self.client, self.object_type),
            lambda each: (each.id, dict(wrong[each.id])),
            lambda each, _: written.add(each.id),
            lambda each, error: each.failed(problem_of(error, each.private)),
        )
        stages = [each for each in hurt if LIFECYCLE_STAGE in wrong[each.id]]
        if stages:  # which may have been moved forward, and come back only from none (§2.6)
            clear = replace(
                step,
                content=lambda each: (each.id, {LIFECYCLE_STAGE: ""}),
                accepted=lambda *_: None,
            )
            await self.sender.send_batch(clear, stages)
        left = [each for each in hurt if not each.left_out]
        if left:
            await self.sender.send_batch(step, left)
        return written

    def _not_yet(self, each: PendingWrite, names: Iterable[str]) -> None:
        why = f": {self.sender.stop_reason}" if self.sender.stop_reason else "."
        each.entry.verdict, each.entry.category = None, None
        each.entry.reason = (
            f"Later values of {', '.join(sorted(names))} are still to be put back{why}"
        )


def _found(was: Mapping[str, bytes], history: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return what properties had, as is remembered by its digests, where the history has it."""
    values = {}
    for name, entry in was.items():
        versions = history.get(name, [])
        told = digests(pa.array(versions, pa.string())).tolist()
        digest = int(unpack([entry]).entry["digest"][0])
        if digest in told:
            values[name] = versions[told.index(digest)]
    return values


def _is_overruled(value: str, now: str, was: bytes) -> bool:
    """Return whether it is a write of ours that made a value what it is now.

    Where the write's call was lost, that is so only if it is what the write said: it may never have
    come through, and somebody may have changed the value in HubSpot.
    """
    said = unpack([was]).entry["digest"][1:]
    return value != now and (not len(said) or digests(pa.array([now]))[0] == said[0])


def _tell(each: PendingWrite, was: Iterable[str], restored: Iterable[str]) -> None:
    """Tell what is lost and what was put back; of what was as it should be, there is nothing."""
    told = orjson.loads(each.entry.outcome) if each.entry.outcome else {}
    said = {"overruled": sorted(set(was) - set(each.properties)), "restored": sorted(restored)}
    told |= {what: names for what, names in said.items() if names}
    each.entry.outcome = orjson.dumps(told).decode()
