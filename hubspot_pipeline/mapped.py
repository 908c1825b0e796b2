"""One partition's events mapped to payloads, and stored."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubspot_pipeline.actions import MappingSettings
from hubspot_pipeline.destination import DestinationError
from hubspot_pipeline.events.exports import find_files
from hubspot_pipeline.events.readers import read_events
from hubspot_pipeline.mapping.errors import MappingError, TriggerError
from hubspot_pipeline.payloads import (
    compile_payloads,
    find_action,
    problems_of_payloads,
    sync_mode_of,
)
from hubspot_pipeline.storage import write_parquet

if TYPE_CHECKING:
    from hubspot_pipeline.destination import Destination
    from hubspot_pipeline.payloads import PayloadProgram
    from hubspot_pipeline.storage import Storage


@dataclass(frozen=True, slots=True)
class PayloadsSummary:
    """What mapping one partition came to.

    Attributes:
        rows_read: Rows of the export, malformed ones included.
        filtered: Rows that the trigger does not pick.
        mapped: Rows with a valid payload.
        rejected: Rows that are malformed or whose payload is not valid.
        seconds: How long it took.
        path: The payloads' file.
    """

    rows_read: int
    filtered: int
    mapped: int
    rejected: int
    seconds: float
    path: str


def program_of(destination: Destination, mapping: str) -> PayloadProgram:
    """Compile a destination's mapping.

    Raises:
        DestinationError: All that is wrong with it, each with its line, its place and the reason.
    """
    spec = destination.mapping(mapping)
    try:
        return compile_payloads(
            spec.action,
            spec.trigger,
            spec.mapping,
            dialect=spec.dialect,
            has_shorthand=True,
            settings=settings_of(destination, mapping),
            private=spec.private,
        )
    except (MappingError, TriggerError) as error:
        problems = problems_of_payloads(
            spec.action,
            spec.trigger,
            spec.mapping,
            dialect=spec.dialect,
            has_shorthand=True,
            private=spec.private,
        )
        raise DestinationError(
            "\n".join(
                f"{destination.at(f'mappings.{mapping}.{place}')}{destination.name}/{mapping}: "
                f"{place}: {reason}"
                for place, reason in problems
            )
        ) from error


def settings_of(destination: Destination, mapping: str) -> MappingSettings:
    """Return what a mapping's action needs to know of it.

    Raises:
        DestinationError: It has a sync mode that there is not, or that its action does not know.
    """
    spec = destination.mapping(mapping)
    try:
        mode = sync_mode_of(find_action(spec.action), spec.sync_mode, spec.mapping)
    except MappingError as error:
        place = destination.at(f"mappings.{mapping}.{error.place}")
        raise DestinationError(f"{place}{destination.name}/{mapping}: {error.reason}") from error
    return MappingSettings(destination.portal, f"{destination.name}/{mapping}", mode)


def map_partition(
    destination: Destination,
    mapping: str,
    partition: str,
    storage: Storage,
    path: str | None = None,
) -> PayloadsSummary:
    """Map one partition's events to payloads and store them, a row for each that is not filtered.

    Args:
        destination: Whose mapping it is.
        mapping: Its name.
        partition: The partition.
        storage: Where the payloads are kept.
        path: Where they are put instead; for payloads that are not to be delivered.

    Raises:
        ExportError: The partition is missing or a file of it cannot be read.
        DestinationError: The mapping or the trigger cannot be compiled.
    """
    started = time.monotonic()
    program = program_of(destination, mapping)
    files = find_files(destination.events.path, partition)
    path = path or storage.payloads(destination.name, mapping, partition)
    counts: Counter[str] = Counter()
    with write_parquet(path, program.schema) as writer:
        for batch in read_events(files, paths=program.paths):
            payloads = program.map_batch(batch.events, batch.rejected, counts["read"])
            counts["read"] += batch.events.num_rows + batch.rejected.num_rows
            counts["kept"] += payloads.num_rows
            counts["rejected"] += payloads.num_rows - payloads["error_reason"].null_count
            writer.write_table(payloads)
        filtered = counts["read"] - counts["kept"]
        writer.add_key_value_metadata(
            {"rows_read": str(counts["read"]), "rows_filtered": str(filtered)}
        )
    return PayloadsSummary(
        rows_read=counts["read"],
        filtered=filtered,
        mapped=counts["kept"] - counts["rejected"],
        rejected=counts["rejected"],
        seconds=time.monotonic() - started,
        path=path,
    )
