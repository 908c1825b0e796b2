"""Reads a text export, compressed or not, as blocks of whole lines."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
import pyarrow as pa

from hubspot_pipeline.events.errors import UnreadableExport
from hubspot_pipeline.events.exports import ExportFile

BLOCK_BYTES = 16 << 20
TOO_LONG = f"longer than {BLOCK_BYTES >> 20} MiB"
_PIECE_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_NO_LINES = pa.array([], pa.binary())
_NO_NUMBERS = pa.array([], pa.int64())


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive whole lines.

    Attributes:
        lines: binary, each with its line end.
        numbers: int64, the number of each line in the file, from 1.
        too_long: Numbers of the lines that were passed over because they are too long.
    """

    lines: pa.Array
    numbers: pa.Array
    too_long: tuple[int, ...] = ()

    def slice(self, start: int, rows: int) -> Block:
        """Return some of the lines."""
        return Block(self.lines.slice(start, rows), self.numbers.slice(start, rows))


def read_blocks(file: ExportFile) -> Iterator[Block]:
    """Yield a text file's lines in blocks of about 16 MiB; a byte order mark is dropped.

    Raises:
        UnreadableExport: The file cannot be read or decompressed to its end.
    """
    yield from split_lines(read_pieces(file))


def read_pieces(file: ExportFile) -> Iterator[bytes]:
    """Yield a text file's bytes, decompressed, in pieces of at most 1 MiB.

    Raises:
        UnreadableExport: The file cannot be read or decompressed to its end.
    """
    with file.open() as raw:
        start = raw.read(2)
        raw.seek(0)
        pieces = _gunzip(file.name, raw) if start == _GZIP else _plain(file.name, raw)
        first = True
        for piece in pieces:
            yield piece.removeprefix(_BOM) if first else piece
            first = False


def split_lines(pieces: Iterable[bytes]) -> Iterator[Block]:
    """Yield the lines of a text that comes in pieces; a line that fills a block is passed over."""
    number = 1
    held: list[bytes] = []
    size = 0
    is_passing_over = False
    for piece in pieces:
        if is_passing_over:
            _, newline, piece = piece.partition(b"\n")  # noqa: PLW2901 — the line's rest is dropped
            is_passing_over = not newline
        held.append(piece)
        size += len(piece)
        if size < BLOCK_BYTES:
            continue
        text = b"".join(held)
        end = text.rfind(b"\n") + 1
        held, size = [text[end:]], len(text) - end
        if end:
            block = _block(memoryview(text)[:end], number)
            number += len(block.lines)
            yield block
        else:
            yield Block(_NO_LINES, _NO_NUMBERS, too_long=(number,))
            number += 1
            held, size, is_passing_over = [], 0, True
    if size:
        yield _block(memoryview(b"".join(held)), number)


def _block(text: memoryview, first_number: int) -> Block:
    ends = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == ord("\n")) + 1
    if not len(ends) or ends[-1] != len(text):
        ends = np.append(ends, len(text))
    offsets = np.concatenate([np.zeros(1, np.int32), ends.astype(np.int32)])
    lines = pa.Array.from_buffers(
        pa.binary(), len(ends), [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    )
    return Block(lines, pa.array(np.arange(first_number, first_number + len(ends))))


def _plain(name: str, raw: IO[bytes]) -> Iterator[bytes]:
    position = 0
    try:
        while piece := raw.read(_PIECE_BYTES):
            position += len(piece)
            yield piece
    except OSError as error:
        raise UnreadableExport(name, f"byte {position}", f"cannot be read ({error})") from error


def _gunzip(name: str, raw: IO[bytes]) -> Iterator[bytes]:
    """Decompress every member of a gzip file, holding no more than a piece of it."""
    position = 0
    member = zlib.decompressobj(wbits=31)
    rest = b""
    try:
        while True:
            if not rest:
                rest = raw.read(_PIECE_BYTES // 4)
                position += len(rest)
                if not rest:
                    break
            if member.eof:
                member = zlib.decompressobj(wbits=31)
            piece = member.decompress(rest, _PIECE_BYTES)
            rest = member.unused_data.lstrip(b"\0") if member.eof else member.unconsumed_tail
            if piece:
                yield piece
        if not member.eof and (piece := member.flush()):
            yield piece
    except (OSError, zlib.error) as error:
        where = f"byte {position - len(rest)}"
        raise UnreadableExport(name, where, f"cannot be decompressed ({error})") from error
    if not member.eof:
        raise UnreadableExport(name, f"byte {position}", "ends in the middle of its gzip stream")
