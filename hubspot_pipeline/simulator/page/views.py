"""What a page's function hands over: which template to fill, and with what."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.answers import Refusal

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.app import Simulator

PREFIX = "/_account"


@dataclass(frozen=True, slots=True)
class View:
    """A page to be drawn.

    Attributes:
        template: The file in ``templates``.
        title: What the browser's tab says.
        values: The template's variables.
    """

    template: str
    title: str
    values: dict[str, Any]


class NotHere(Exception):  # noqa: N818 - an answer, not a program's error
    """A page of something that the account does not have; its text says what."""


def found_kind(simulator: "Simulator", name: str) -> ObjectType:
    """The object type that a path names.

    Raises:
        NotHere: There is none of this name.
    """
    try:
        return simulator.account.types.find(name)
    except Refusal:
        raise NotHere(f"This account has no object type “{name}”.") from None


def words(name: str) -> str:
    """An internal name as a heading: ``line_items`` becomes “Line items”."""
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]
