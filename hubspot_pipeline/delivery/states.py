"""What is remembered of records, as columns: entries of a name, a value's digest and a time.

No value is kept, only its 64-bit hash, and that of its name: 24 bytes for each.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"
Hashes: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.uint64]]"
Mask: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.bool_]]"

ENTRY = np.dtype([("name", "<u8"), ("digest", "<u8"), ("time", "<i8")])
"""What is known of one thing of a record: a hash of its name; the hash of its value, ``IN_DOUBT``
where that is not known; when the event happened that gave it, in microseconds since 1970 (UTC)."""

IN_DOUBT = 0
"""The digest of a value that a call may have changed whose answer never came."""

SEPARATOR = "\x1f"

_HASH_KEYS = ("hubspot-pipeline", "pipeline-hubspot")


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries of several records.

    Attributes:
        of: Whose each is: the record's place among those that are looked at (int64).
        entry: The entries (``ENTRY``).
    """

    of: Ints
    entry: np.ndarray[Any, Any]

    def __len__(self) -> int:
        return len(self.of)

    def only(self, which: Mask | Ints) -> Entries:
        """Return some of them."""
        return Entries(self.of[which], self.entry[which])


def hashes(texts: pa.Array | pa.ChunkedArray, which: int = 0) -> Hashes:
    """Return the 64-bit hash of each text, the same in every process; ``which`` of two."""
    objects = np.asarray(texts, dtype=object)
    key = _HASH_KEYS[which]
    # Looking for repeated values first takes ten times as long as hashing them all (measured).
    hashed: Hashes = pd.util.hash_array(objects, hash_key=key, categorize=False)
    return hashed


@functools.lru_cache(maxsize=4_096)  # of types and properties, which come with every batch
def hash_of(*texts: str) -> int:
    """Return the 64-bit hash of texts taken together."""
    return int(hashes(pa.array([SEPARATOR.join(texts)]))[0])


def digests(values: pa.Array | pa.ChunkedArray) -> Hashes:
    """Return the digest of each value, which is never ``IN_DOUBT``."""
    return np.maximum(hashes(values), np.uint64(1))


def entries_of(of: Ints, names: Hashes | int, digest: Hashes, time: Ints) -> Entries:
    """Put entries together from their columns; one name may be that of all."""
    entry = np.empty(len(of), ENTRY)
    entry["name"], entry["digest"], entry["time"] = names, digest, time
    return Entries(of, entry)


NONE = Entries(np.zeros(0, np.int64), np.zeros(0, ENTRY))


def together(parts: Sequence[Entries]) -> Entries:
    """Return the entries of several parts, one after the other."""
    if not parts:
        return NONE
    return Entries(
        np.concatenate([part.of for part in parts]), np.concatenate([part.entry for part in parts])
    )


def unpack(states: Sequence[bytes | None]) -> Entries:
    """Return the entries of stored states, by place, and in order of name; None has none."""
    counts = [len(state) // ENTRY.itemsize if state else 0 for state in states]
    entry = np.frombuffer(b"".join(state for state in states if state), ENTRY)
    return Entries(np.repeat(np.arange(len(states)), counts), entry)


def pack(entries: Entries, count: int) -> list[bytes]:
    """Return the states of ``count`` records, to be stored; entries come in order of place."""
    bounds = np.searchsorted(entries.of, np.arange(count + 1)) * ENTRY.itemsize
    raw = entries.entry.tobytes()
    ends = bounds.tolist()
    return [raw[start:end] for start, end in itertools.pairwise(ends)]


def places(wanted: Entries, among: Entries) -> Ints:
    """Return where each is found by record and name; -1 where it is not."""
    if not len(wanted) or not len(among):  # as of new records, which are most of a first delivery
        return np.full(len(wanted), -1, np.int64)
    codes, _ = pd.factorize(np.concatenate([wanted.entry["name"], among.entry["name"]]))
    size = int(codes.max(initial=0)) + 1
    keys = np.concatenate([wanted.of, among.of]) * size + codes
    found: Ints = pd.Index(keys[len(wanted) :]).get_indexer(pd.Index(keys[: len(wanted)]))
    return found.astype(np.int64)


def overlaid(known: Entries, new: Entries) -> Entries:
    """Return what is known once new entries took the place of those of their names.

    ``new`` may name a thing twice; then the latest counts. Sorted by place and name.
    """
    order = np.lexsort((new.entry["time"], new.entry["name"], new.of))
    new = new.only(order)
    last = np.ones(len(new), bool)
    last[:-1] = (new.of[1:] != new.of[:-1]) | (new.entry["name"][1:] != new.entry["name"][:-1])
    new = new.only(last)
    kept = known.only(places(known, new) < 0)
    both = together([kept, new])
    return both.only(np.lexsort((both.entry["name"], both.of)))
