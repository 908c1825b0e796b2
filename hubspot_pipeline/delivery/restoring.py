"""Puts back later values that an upsert overruled: nobody knew that its key was their record's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pyarrow as pa

from hubspot_pipeline.delivery.items import property_name
from hubspot_pipeline.delivery.pending import problem_of
from hubspot_pipeline.delivery.sender import Sender, Step
from hubspot_pipeline.delivery.states import digests
from hubspot_pipeline.hubspot import records
from hubspot_pipeline.hubspot.records import MOST_HISTORIES
from hubspot_pipeline.writes import LIFECYCLE_STAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hubspot_pipeline.delivery.pending import PendingWrite
    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.hubspot.errors import RefusedError


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

        What no history has is told as ``overruled`` in the outcome, what was put back as
        ``restored``.
        """
        memory = self.sender.memory
        hurt = [write for write in writes if memory and write.place in memory.overruled]
        for write in hurt:
            _tell(write, "overruled", sorted(self._overruled(write).values()))
        await self.sender.each_batch(hurt, self._restore, MOST_HISTORIES)

    async def _restore(self, writes: Sequence[PendingWrite]) -> None:
        ids = [write.entry.record_id or "" for write in writes]
        names = sorted({name for write in writes for name in self._overruled(write).values()})
        histories = await records.histories(self.client, self.object_type, ids, names)
        values = {
            write.place: self._found(write, histories.get(record_id, {}))
            for write, record_id in zip(writes, ids, strict=True)
        }
        step = Step(
            "restore",
            partial(records.update, self.client, self.object_type),
            partial(records.verify, self.client, self.object_type),
            lambda write: (write.entry.record_id or "", values[write.place]),
            lambda write, _: _restored(write, sorted(values[write.place])),
            _refused,
        )
        stages = [write for write in writes if LIFECYCLE_STAGE in values[write.place]]
        if stages:  # which may have been moved forward, and come back only from none (§2.6)
            clear = replace(
                step,
                name="clear stage",
                content=lambda write: (write.entry.record_id or "", {LIFECYCLE_STAGE: ""}),
                accepted=lambda *_: None,
            )
            await self.sender.send_batch(clear, stages)
        found = [write for write in writes if values[write.place]]
        if found:
            await self.sender.send_batch(step, found)

    def _overruled(self, write: PendingWrite) -> dict[int, str]:
        """Return the names of the properties that were overruled, by those of their entries."""
        memory = self.sender.memory
        entries = memory.overruled[write.place].entry["name"].tolist() if memory else []
        names = {property_name(name): name for name in write.properties}
        return {entry: names[entry] for entry in entries}

    def _found(self, write: PendingWrite, history: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """Return what properties had, as is remembered by its digests; the rest stays in doubt."""
        memory = self.sender.memory
        if memory is None:
            return {}
        names, values, found = self._overruled(write), {}, []
        was = memory.overruled[write.place]
        for at, (name, digest, _) in enumerate(was.entry.tolist()):
            versions = history.get(names[name], [])
            told = digests(pa.array(versions, pa.string())).tolist()
            if digest in told:
                values[names[name]] = versions[told.index(digest)]
                found.append(at)
        memory.overruled[write.place] = was.only(np.array(found, np.int64))
        return values


def _restored(write: PendingWrite, names: list[str]) -> None:
    lost = [name for name in write.outcome.pop("overruled") if name not in names]
    if lost:
        write.outcome["overruled"] = lost
    _tell(write, "restored", names)


def _tell(write: PendingWrite, what: str, names: list[str]) -> None:
    write.outcome[what] = names
    write.entry.outcome = orjson.dumps(write.outcome).decode()


def _refused(write: PendingWrite, error: RefusedError) -> None:
    write.failed(problem_of(error))
