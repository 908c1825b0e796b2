"""Find the records of writes by their ids, a hundred a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubspot_pipeline.delivery.apart import breakdown
from hubspot_pipeline.delivery.pending import problem_of
from hubspot_pipeline.hubspot import records
from hubspot_pipeline.hubspot.errors import RefusedError
from hubspot_pipeline.writes import RECORD_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubspot_pipeline.delivery.pending import PendingWrite
    from hubspot_pipeline.delivery.sender import Sender
    from hubspot_pipeline.hubspot.client import HubSpotClient


async def find_by_id(
    client: HubSpotClient,
    sender: Sender,
    object_type: str,
    id_property: str,
    writes: Sequence[PendingWrite],
) -> None:
    """Set ``found`` and the record id; of what HubSpot says nothing, they stay unknown.

    A write whose id HubSpot refuses to look for, or breaks down over, has failed.
    """

    async def read(part: Sequence[PendingWrite]) -> None:
        try:
            answer = await records.read(
                client,
                object_type,
                [write.id for write in part],
                id_property=None if id_property == RECORD_ID else id_property,
            )
        except RefusedError as error:
            if len(part) == 1:
                part[0].failed(problem_of(error))
                return
            middle = len(part) // 2
            await read(part[:middle])
            await read(part[middle:])
            return
        for write in part:
            found = answer.found.get(write.id)
            if found:
                write.found, write.entry.record_id = True, found.record_id
            elif write.id in answer.missing:
                write.found = False
            else:
                write.entry.reason = "HubSpot did not say whether this record exists."

    async def read_apart(part: Sequence[PendingWrite]) -> None:
        for write, answer in await sender.apart(part, read):
            write.failed(breakdown(answer))

    await sender.each_batch(writes, read_apart)
