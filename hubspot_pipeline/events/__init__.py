"""Event exports in: a partition's files, read as batches of one event schema."""

from hubspot_pipeline.events.errors import (
    ExportError,
    MissingPartition,
    PatternError,
    UnreadableExport,
)
from hubspot_pipeline.events.exports import ExportFile, find_files
from hubspot_pipeline.events.readers import read_events
from hubspot_pipeline.events.schema import EventBatch

__all__ = [
    "EventBatch",
    "ExportError",
    "ExportFile",
    "MissingPartition",
    "PatternError",
    "UnreadableExport",
    "find_files",
    "read_events",
]
