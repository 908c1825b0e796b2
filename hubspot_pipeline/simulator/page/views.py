"""What a page's function hands over: which template to fill, and with what."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from hubspot_pipeline.simulator.account.object_types import CONTACTS, ObjectType
from hubspot_pipeline.simulator.account.records import Record
from hubspot_pipeline.simulator.answers import Refusal

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.app import Simulator

PREFIX = "/_account"
_MOST_DIGITS = 19
_TITLES = ("email", "name", "dealname", "subject", "hs_title", "title")


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


def number_asked(request: Request, name: str) -> int:
    """The whole number of a query parameter; 0 if it is none."""
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < _MOST_DIGITS else 0


def title_of(record: Record) -> str:
    """What people call a record: its name or subject; empty if it has none."""
    return next((record.values[name] for name in _TITLES if record.values.get(name)), "")


def kinds_in_use(simulator: "Simulator") -> list[tuple[ObjectType, int]]:
    """The object types that have records, contacts and custom ones anyway, with how many."""
    account = simulator.account
    counts = [(kind, len(account.records(kind))) for kind in account.types.all]
    return [(kind, count) for kind, count in counts if count or kind.custom or kind is CONTACTS]
