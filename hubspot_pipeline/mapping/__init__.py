"""Events to payload columns, pure and column-wise: mappings, triggers, an action's fields."""

from hubspot_pipeline.mapping.column import MISSING, Column, Kind, objects_of
from hubspot_pipeline.mapping.compiler import Program, compile_mapping
from hubspot_pipeline.mapping.errors import MappingError, TriggerError, did_you_mean
from hubspot_pipeline.mapping.fields import Field, default_mapping
from hubspot_pipeline.mapping.trigger import Trigger, compile_trigger
from hubspot_pipeline.mapping.validation import Validated, validate

__all__ = [
    "MISSING",
    "Column",
    "Field",
    "Kind",
    "MappingError",
    "Program",
    "Trigger",
    "TriggerError",
    "Validated",
    "compile_mapping",
    "compile_trigger",
    "default_mapping",
    "did_you_mean",
    "objects_of",
    "validate",
]
