"""Tells what format a file is in: by its content first, by its name where that says nothing."""

from __future__ import annotations

import csv
import re
from enum import Enum, auto
from pathlib import PurePosixPath

from hubspot_pipeline.events.errors import UnreadableExport
from hubspot_pipeline.events.exports import ExportFile
from hubspot_pipeline.events.layout import is_event_column
from hubspot_pipeline.events.lines import read_pieces

_PARQUET = b"PAR1"
_UNKNOWN = {
    b"PARE": "is an encrypted Parquet file; export it without encryption",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd; only gzip is read",
    b"BZh": "is compressed with bzip2; only gzip is read",
    b"PK\x03\x04": "is a zip archive; export single files, gzip-compressed if need be",
    b"\xfd7zXZ": "is compressed with xz; only gzip is read",
    b"Obj\x01": "is an Avro file; Parquet, CSV and JSON lines are read",
    b"ORC": "is an ORC file; Parquet, CSV and JSON lines are read",
    b"\xff\xfe": "is UTF-16 text; export it as UTF-8",
    b"\xfe\xff": "is UTF-16 text; export it as UTF-8",
}
_JSON_NAMES = {".json", ".jsonl", ".ndjson"}
_ARRAY = re.compile(rb"\[\s*[{\]]")


class Format(Enum):
    """The formats that exports come in."""

    PARQUET = auto()
    CSV = auto()
    JSON_LINES = auto()
    EMPTY = auto()


def detect_format(file: ExportFile) -> Format:
    """Return the format of a file.

    A name that says otherwise than the content is passed over: a Parquet file called `.json` is
    read as Parquet. Empty text (0 bytes, or only white space) has no rows.

    Raises:
        UnreadableExport: It is in no format that is read.
    """
    suffix = PurePosixPath(file.name.lower().removesuffix(".gz")).suffix
    with file.open() as raw:
        start = raw.read(8)
    if start.startswith(_PARQUET):
        return Format.PARQUET
    if suffix == ".parquet" and not start:
        raise _unreadable(file, "is empty; a Parquet file never is")
    if not start and file.name.lower().endswith(".gz"):
        raise _unreadable(file, "is empty; a gzip file never is")
    _refuse_unknown(file, start)
    text = next(read_pieces(file), b"")
    _refuse_unknown(file, text)
    if text.startswith(_PARQUET):
        raise _unreadable(file, "is Parquet inside gzip; decompress it")
    return _detect_text(file, suffix, text.lstrip())


def _detect_text(file: ExportFile, suffix: str, text: bytes) -> Format:
    if not text:
        return Format.EMPTY
    if text.startswith(b"{"):
        return Format.JSON_LINES
    if _ARRAY.match(text):
        raise _unreadable(
            file, "is one JSON array; write one event a line, as `jq -c '.[]'` does with it"
        )
    names = _header(text)
    known = [name for name in names if is_event_column(name)]
    if len(known) > (suffix in _JSON_NAMES):
        return Format.CSV
    if b"\0" in text[:1024]:
        raise _unreadable(file, "is neither Parquet, gzip nor text")
    if suffix in _JSON_NAMES:
        return Format.JSON_LINES
    if suffix == ".csv":
        return Format.CSV
    raise _unreadable(file, "is neither Parquet, CSV with a header of event fields, nor JSON lines")


def _header(text: bytes) -> list[str]:
    line = text.partition(b"\n")[0].decode(errors="replace")
    try:
        return next(csv.reader([line.strip()]), [])
    except csv.Error:
        return []


def _refuse_unknown(file: ExportFile, start: bytes) -> None:
    for magic, reason in _UNKNOWN.items():
        if start.startswith(magic):
            raise _unreadable(file, reason)


def _unreadable(file: ExportFile, reason: str) -> UnreadableExport:
    return UnreadableExport(file.name, "byte 0", reason)
