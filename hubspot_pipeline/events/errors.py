"""What can be wrong with an export as a whole; what is wrong with one row is data, not an error.

ExportError              the export cannot be read: its owner must act
├── PatternError         the path pattern itself is wrong
├── MissingPartition     nothing was exported for this partition
└── UnreadableExport     a file is broken, truncated or of no known shape
"""


class ExportError(Exception):
    """An export cannot be read as it is; the message says what its owner can do."""


class PatternError(ExportError):
    """The path pattern of the events cannot find any partition."""


class MissingPartition(ExportError):  # noqa: N818 — it says what is so
    """There is no file, nor an empty folder, for a partition.

    Attributes:
        partition: The partition that was asked for.
        pattern: The path pattern it was looked for with.
        nearby: Partitions that do exist, the nearest ones, in order.
    """

    def __init__(self, partition: str, pattern: str, nearby: tuple[str, ...]) -> None:
        self.partition = partition
        self.pattern = pattern
        self.nearby = nearby
        found = f"the nearest that exist are {', '.join(nearby)}" if nearby else "none exists"
        super().__init__(
            f"no events for partition {partition!r}: nothing matches {pattern!r}; {found}. "
            "Export this partition, or correct the path pattern."
        )


class UnreadableExport(ExportError):  # noqa: N818 — it says what is so
    """A file cannot be read to its end.

    Attributes:
        file: The file's name, as in the `file` column.
        position: Where reading stopped: a byte, a line, a row group or the header.
        reason: What is wrong there.
    """

    def __init__(self, file: str, position: str, reason: str) -> None:
        self.file = file
        self.position = position
        self.reason = reason
        super().__init__(f"{file}, {position}: {reason}")
