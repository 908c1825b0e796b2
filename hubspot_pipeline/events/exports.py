"""Finds the files of a partition, on a local disk or in object storage."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem

from hubspot_pipeline.events.errors import MissingPartition, PatternError, UnreadableExport

_PLACEHOLDER = "{partition}"
_BUFFER_BYTES = 4 << 20
_NEARBY = 6


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of an export.

    Attributes:
        name: How people and results name it: relative for a relative pattern, else the full URL.
        path: Its path within `filesystem`.
        size: Bytes.
    """

    name: str
    path: str
    size: int
    filesystem: fsspec.AbstractFileSystem

    @property
    def is_local(self) -> bool:
        """Whether the file can be opened by its path."""
        return isinstance(self.filesystem, LocalFileSystem)

    def open(self) -> IO[bytes]:
        """Open the file for reading its bytes, as stored, a few MiB at a time.

        Raises:
            UnreadableExport: It cannot be opened (it is gone, or not ours to read).
        """
        try:
            opened = self.filesystem.open(self.path, "rb", block_size=_BUFFER_BYTES)
        except OSError as error:
            reason = f"cannot be opened ({error})"
            raise UnreadableExport(self.name, "byte 0", reason) from error
        return cast("IO[bytes]", opened)


def find_files(pattern: str, partition: str) -> list[ExportFile]:
    """Return a partition's files, sorted by path.

    A match that is a folder stands for every file under it. Files and folders whose name starts
    with `.` or `_` (`_SUCCESS`, `_temporary/`) are passed over. A folder of the partition with no
    files is an empty partition: an empty list.

    Args:
        pattern: A local path or a URL that holds `{partition}`: a file, a folder or a glob.
        partition: The partition's key.

    Raises:
        PatternError: The pattern holds no `{partition}`.
        MissingPartition: Nothing matches.
    """
    if _PLACEHOLDER not in pattern:
        raise PatternError(
            f"the events path {pattern!r} must say where the partition goes: "
            "'data/events/{partition}/*'"
        )
    filesystem, root, matches = _match(pattern, _escape(partition))
    files: dict[str, int] = {}
    for path, info in matches.items():
        found = filesystem.find(path, detail=True) if info["type"] == "directory" else {path: info}
        start = len(_folder(path))
        files.update((p, i["size"]) for p, i in found.items() if not _is_hidden(p[start:]))
    if not matches and not _has_empty_folder(filesystem, root, pattern):
        raise MissingPartition(partition, pattern, _nearby(pattern, partition))
    return [
        ExportFile(_name(filesystem, path, pattern), path, files[path], filesystem)
        for path in sorted(files)
    ]


def _match(
    pattern: str, partition: str
) -> tuple[fsspec.AbstractFileSystem, str, dict[str, dict[str, Any]]]:
    """Return the file system, the path looked for in it, and what is found there, by path."""
    try:
        filesystem, root = fsspec.core.url_to_fs(pattern.replace(_PLACEHOLDER, partition))
        filesystem.invalidate_cache()
        return filesystem, root, filesystem.glob(root, detail=True)
    except (ValueError, ImportError) as error:
        raise PatternError(f"the events path {pattern!r} cannot be read: {error}") from error


def _escape(partition: str) -> str:
    """Take a partition's key literally inside a glob."""
    return re.sub(r"([*?\[])", r"[\1]", partition)


def _folder(path: str) -> str:
    return path.rstrip("/").rpartition("/")[0]


def _is_hidden(path: str) -> bool:
    return any(part.startswith((".", "_")) for part in path.split("/"))


def _has_empty_folder(filesystem: fsspec.AbstractFileSystem, root: str, pattern: str) -> bool:
    """Return whether the pattern's folder for the partition is there, with nothing that matches.

    It is the partition's own only if its wildcards come after the partition's folder.
    """
    depth = pattern.partition(_PLACEHOLDER)[2].rstrip("/").count("/")
    return depth > 0 and bool(filesystem.isdir(root.rsplit("/", depth)[0]))


def _nearby(pattern: str, partition: str) -> tuple[str, ...]:
    """Return the partitions around the missing one that the pattern does find."""
    before, _, after = pattern.partition(_PLACEHOLDER)
    after = after.partition("/")[0]
    is_open = after.startswith(("*", "?", "["))
    _, _, found_paths = _match(f"{before}{_PLACEHOLDER}{'' if is_open else after}", "*")
    name = re.compile(
        re.escape(before.rpartition("/")[2])
        + (f"(.{{{len(partition)}}}).*" if is_open else f"(.+){re.escape(after)}")
        + "$"
    )
    candidates = (name.match(path.rstrip("/").rpartition("/")[2]) for path in found_paths)
    found = sorted({match[1] for match in candidates if match})
    middle = bisect.bisect(found, partition)
    start = max(0, min(middle - _NEARBY // 2, len(found) - _NEARBY))
    return tuple(found[start : start + _NEARBY])


def _name(filesystem: fsspec.AbstractFileSystem, path: str, pattern: str) -> str:
    if "://" in pattern:
        return str(filesystem.unstrip_protocol(path))
    if Path(pattern).is_absolute():
        return path
    return Path(path).relative_to(Path.cwd()).as_posix()
