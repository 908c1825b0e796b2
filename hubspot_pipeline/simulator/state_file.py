"""The state file: what an account remembers, as JSON lines, so that it outlives the process.

The file is replaced whole. Its records are written in slices between calls, so that no call waits
for long; what changed meanwhile is written once more at the end, where no call comes between, and
the file is the account as it was at that instant. A later line of a record takes the place of an
earlier one.
"""

import asyncio
import gc
import gzip
import logging
import os
import time
import zlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import orjson

from hubspot_pipeline.simulator.account.kept_records import (
    RowReader,
    rest_of,
    restore_records,
    row_of,
)
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.clock import iso

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.app import Simulator

FORMAT = "hubspot-pipeline simulator state"
VERSION = 1
SECONDS = 5.0
"""How often a changed account is written."""
PATIENCE = 10
"""Writing takes no more than one part in so many of the time: large accounts are written less
often."""
SLICE = 400
"""Records that are written between two calls: about two milliseconds."""

logger = logging.getLogger(__name__)


class StateError(ValueError):
    """A state file that cannot be taken up; its text names the file, the line and the reason."""


@dataclass(frozen=True, slots=True)
class _Written:
    """The records of a type as they were written in slices, while calls came between."""

    live: list[Record]
    writes: "array[int]"
    next_id: int


class StateFile:
    """One account's file; gzipped if its name ends in ``.gz``."""

    def __init__(self, path: Path, *, seconds: float = SECONDS) -> None:
        self.path = path
        self._seconds = seconds
        self._one_at_a_time = asyncio.Lock()
        self._saved: object = None

    # -- reading ------------------------------------------------------------------------------

    @property
    def exists(self) -> bool:
        """Whether there is a state to take up.

        Raises:
            StateError: There is no folder for it, either.
        """
        if not self.path.parent.is_dir():
            raise StateError(f"{self.path}: there is no folder {self.path.parent}. Make it first.")
        return self.path.exists()

    def restore(self, simulator: "Simulator") -> None:
        """Let a simulator that has just begun be what the file says.

        Raises:
            StateError: The file is damaged, foreign, or another account's.
        """
        with _no_garbage_collection():
            self._restore(simulator)
        self._saved = simulator.touched

    def _restore(self, simulator: "Simulator") -> None:
        found: dict[str, dict[str, Record]] = {}
        stores: dict[str, Any] = {}
        rest: dict[str, Any] = {}
        read = RowReader()
        number = 0
        try:
            for number, line in enumerate(self._lines(), 1):
                if number == 1:
                    _check_header(line, simulator.settings.portal_id)
                elif "rows" in line:
                    of_type = found.setdefault(line["records"], {})
                    of_type.update((row[0], read.record(row)) for row in line["rows"])
                elif "store" in line:
                    stores[line["store"]] = line["saved"]
                else:
                    rest.update(line)
            if rest.get("lines") != number:
                raise ValueError("the end is missing")  # noqa: TRY301 - told like all damage
            simulator.restore(stores)
            for type_id, more in rest["records"].items():
                self._restore_records(simulator, type_id, found.get(type_id, {}), more)
        except (OSError, EOFError, zlib.error) as error:
            raise StateError(f"{self.path}: cannot be read: {error}") from error
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise StateError(
                f"{self.path}, line {number}: this is no state that can be taken up: {error}. "
                "The file is left as it is."
            ) from error

    def _restore_records(
        self, simulator: "Simulator", type_id: str, found: dict[str, Record], more: dict[str, Any]
    ) -> None:
        kind = simulator.account.types.by_id(type_id)
        if kind is None:
            raise ValueError(f"no object type {type_id}")
        for id_ in more["gone"]:
            found.pop(id_, None)
        restore_records(simulator.account.records(kind), found.values(), more)

    def _lines(self) -> Iterator[Any]:
        with self._opened(self.path, "rb") as file:
            for line in file:
                yield orjson.loads(line)

    # -- writing ------------------------------------------------------------------------------

    async def keep(self, simulator: "Simulator") -> None:
        """Write the account whenever it has changed, until cancelled."""
        wait = self._seconds
        while True:
            await asyncio.sleep(wait)
            if simulator.touched == self._saved:
                continue
            began = time.monotonic()
            try:
                await self.save(simulator)
            except Exception:  # whatever it was, the account goes on and the file is as it was
                logger.exception("%s cannot be written; it is tried again", self.path)
            wait = max(self._seconds, PATIENCE * (time.monotonic() - began))

    async def save(self, simulator: "Simulator") -> None:
        """Write the account as it is when this returns, and put the file in its place."""
        temporary = self.path.with_name(f"{self.path.name}.new")
        async with self._one_at_a_time:
            while True:
                touched = await self._write(simulator, temporary)
                if touched is not None:
                    break
            await asyncio.to_thread(_put_in_place, temporary, self.path)
            self._saved = touched

    async def _write(self, simulator: "Simulator", path: Path) -> object:
        """Write a file, and give what `touched` was; None if the account was begun anew."""
        account = simulator.account
        with self._opened(path, "wb") as file:
            lines = _Lines(file)
            portal_id, at = simulator.settings.portal_id, iso(simulator.clock.now())
            lines.add({"format": FORMAT, "version": VERSION, "portalId": portal_id, "at": at})
            written = {
                type_id: await _write_live(lines, type_id, records)
                for type_id, records in account.all_records.items()
            }
            if simulator.account is not account:
                return None
            # No call comes between from here on.
            rest = {
                type_id: _write_changes(lines, type_id, records, written.get(type_id))
                for type_id, records in account.all_records.items()
            }
            lines.add({"records": rest})
            for name, saved in simulator.saved().items():
                lines.add({"store": name, "saved": saved})
            lines.add({"lines": lines.count + 1})
            return simulator.touched

    def _opened(self, path: Path, mode: str) -> IO[bytes]:
        if self.path.suffix == ".gz":
            opened: Any = gzip.open(path, mode, compresslevel=1)  # noqa: SIM115 - callers close it
        else:
            opened = path.open(mode)
        return cast("IO[bytes]", opened)


class _Lines:
    """The lines of a file, counted."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.count = 0

    def add(self, line: Any) -> None:
        self._file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        self.count += 1


async def _write_live(lines: _Lines, type_id: str, records: Records) -> _Written:
    """Write the records that are there now, and let calls come in between."""
    written = _Written(list(records), array("q"), records.next_id)
    for start in range(0, len(written.live), SLICE):
        part = written.live[start : start + SLICE]
        written.writes.extend([record.writes for record in part])
        lines.add({"records": type_id, "rows": [row_of(record) for record in part]})
        await asyncio.sleep(0)
    return written


def _write_changes(
    lines: _Lines, type_id: str, records: Records, written: _Written | None
) -> dict[str, Any]:
    """Write what is not as it was written, and tell what else is to be known of a type."""
    written = written or _Written([], array("q"), 0)
    again = []
    for record in reversed(records.by_id.values()):
        if int(record.id) < written.next_id:
            break
        again.append(record)
    again.reverse()
    gone: list[str] = []
    if len(records) != len(written.live) + len(again):
        gone = [one.id for one in written.live if records.by_id.get(one.id) is not one]
    again += [
        record
        for record, writes in zip(written.live, written.writes, strict=True)
        if record.writes != writes
    ]
    if again:
        lines.add({"records": type_id, "rows": [row_of(record) for record in again]})
    return {"gone": gone, **rest_of(records)}


def _check_header(header: Any, portal_id: int) -> None:
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError("it is not a state file of the simulator")
    if header["version"] != VERSION:
        raise ValueError(f"it is of version {header['version']}, and only {VERSION} is known")
    if header["portalId"] != portal_id:
        raise ValueError(
            f"it is the account of portal {header['portalId']}, and this is portal {portal_id}"
        )


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Let millions of objects that are all here to stay be made without looking for others."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _put_in_place(written: Path, path: Path) -> None:
    """Let the file be the written one, also after a power cut."""
    with written.open("rb+") as file:
        os.fsync(file.fileno())
    written.replace(path)
