"""What an action's inputs are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hubspot_pipeline.mapping.javascript import Json

FieldType = Literal["string", "text", "number", "integer", "boolean", "datetime", "object"]


@dataclass(frozen=True, slots=True)
class Field:
    """One input of an action, or one member of an input that is an object.

    Attributes:
        default: The directive that a mapping of defaults has for it. A mapping that leaves the
            field out does not get the default (mappings §1.1).
        format: ``email``, or None.
        choices: The values allowed, or none for any.
        multiple: Whether it takes a list; a single value counts as a list of one.
        fields: The members of an object; it holds nothing else. An object without any is free-form:
            its members are left as they are.
    """

    key: str
    label: str
    type: FieldType
    required: bool = False
    default: Json = None
    format: Literal["email"] | None = None
    choices: tuple[str, ...] = ()
    description: str = ""
    multiple: bool = False
    fields: tuple[Field, ...] = ()


def default_mapping(fields: Sequence[Field]) -> dict[str, Json]:
    """The mapping that ``"mapping": "default"`` stands for; members of objects give no default."""
    return {field.key: field.default for field in fields if field.default is not None}
