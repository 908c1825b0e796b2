"""The records: the types, a type's records page by page, and one record with all it holds."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.page.definitions import group_labels
from hubspot_pipeline.simulator.page.linked import linked
from hubspot_pipeline.simulator.page.views import (
    PREFIX,
    NotHere,
    View,
    found_kind,
    number_asked,
    title_of,
)

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.account.account import Account
    from hubspot_pipeline.simulator.app import Simulator

PAGE = 50
_COLUMNS = {
    "contacts": ("email", "firstname", "lastname", "company", "lifecyclestage"),
    "companies": ("name", "domain", "city", "industry", "lifecyclestage"),
    "deals": ("dealname", "pipeline", "dealstage", "amount", "closedate"),
    "tickets": ("subject", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_priority"),
}
_MOST_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a record.

    Attributes:
        value: ``""`` if it was cleared.
        worked_out: Nobody wrote it: the account gives it.
    """

    name: str
    label: str
    value: str
    worked_out: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A record by its id, as it is now.

    Attributes:
        archived_at: When it was archived; empty if it is live.
        merged_id: The id that it was asked for by, if that was merged into it.
    """

    record: Record
    archived_at: str = ""
    merged_id: str = ""


def kinds(simulator: "Simulator", _request: Request) -> View:
    """All object types, those with records first."""
    account = simulator.account
    rows = [
        {
            "kind": kind,
            "count": len(account.records(kind)),
            "archived": len(account.records(kind).archived),
            "merged": len(account.records(kind).merged),
            "own": sum(
                not one.hubspot_defined for one in account.properties(kind).defined.values()
            ),
        }
        for kind in account.types.all
    ]
    rows.sort(key=lambda row: not row["count"])
    return View("kinds.html", "Objects", {"rows": rows})


def listed(simulator: "Simulator", request: Request) -> View | Response:
    """A type's records in the order of their ids; `find` leads to one of them."""
    kind = found_kind(simulator, request.path_params["object_type"])
    records = simulator.account.records(kind)
    wanted = request.query_params.get("find", "").strip()
    if wanted and (found := _find(records, wanted)):
        return RedirectResponse(f"{PREFIX}/objects/{quote(kind.name)}/{found}", 303)
    after = number_asked(request, "after")
    page, following = records.page(after, PAGE)
    columns = _columns(records, page)
    readers = [simulator.account.reader(records, name) for name in columns]
    rows = [(record, [read(record) for read in readers]) for record in page]
    values = {
        "kind": kind,
        "count": len(records),
        "archived": len(records.archived),
        "columns": [(name, _label(records, name)) for name in columns],
        "rows": rows,
        "following": following,
        "first_page": not after,
        "wanted": wanted,
        "keys": ["id", *_unique_names(records)],
    }
    return View("records.html", kind.labels[1], values)


def one(simulator: "Simulator", request: Request) -> View:
    """One record: live, archived, or by an id that was merged into it."""
    kind = found_kind(simulator, request.path_params["object_type"])
    account = simulator.account
    records = account.records(kind)
    found = _by_id(records, request.path_params["object_id"])
    record = found.record
    fields = list(_fields(account, records, record))
    set_names = {field.name for field in fields}
    defined = records.properties.defined.values()
    values = linked(account, kind, record) | {
        "kind": kind,
        "found": found,
        "record": record,
        "name": title_of(record),
        "groups": _grouped(simulator, kind, fields),
        "never_set": sorted(one.name for one in defined if one.name not in set_names),
    }
    return View("record.html", title_of(record) or record.id, values)


def _find(records: Records, wanted: str) -> str | None:
    """The id of the record with this id, e-mail or unique value."""
    if wanted in records.archived:
        return wanted
    found = records.find_or_survivor(wanted, None)
    for name in _unique_names(records):
        found = found or records.find(wanted, name)
    return found.id if found else None


def _by_id(records: Records, record_id: str) -> Found:
    record = records.by_id.get(record_id)
    if record is not None:
        return Found(record)
    if record_id in records.archived:
        return Found(*records.archived[record_id])
    if record_id in records.merged:
        return Found(records.merged[record_id], merged_id=record_id)
    raise NotHere(f"There is no {records.kind.singular} {record_id}.")


def _unique_names(records: Records) -> list[str]:
    """The properties by which one record can be found."""
    own = records.properties.unique
    return ["email", *own] if records.has_emails else own


def _columns(records: Records, page: Iterable[Record]) -> list[str]:
    """A type's usual columns, or the ones that most of the page's records have."""
    usual = _COLUMNS.get(records.kind.name)
    if usual:
        return [name for name in usual if name in records.properties.defined]
    counts = Counter(name for record in page for name in record.values)
    return [name for name, _ in counts.most_common(_MOST_COLUMNS)]


def _label(records: Records, name: str) -> str:
    definition = records.properties.defined.get(name)
    return definition.label if definition else name


def _fields(account: "Account", records: Records, record: Record) -> Iterable[Field]:
    shown = account.visible_values(records, record)
    for name, value in sorted(shown.items()):
        yield Field(name, _label(records, name), value, name not in record.values)


def _grouped(
    simulator: "Simulator", kind: ObjectType, fields: Iterable[Field]
) -> list[tuple[str, list[Field]]]:
    """The fields by the label of their property group, what was written before the rest."""
    labels: dict[str, Any] = group_labels(simulator, kind)
    defined = simulator.account.properties(kind).defined
    groups: dict[str, list[Field]] = {}
    for field in sorted(fields, key=lambda field: field.worked_out):
        definition = defined.get(field.name)
        group = definition.group if definition else kind.group
        name = "Kept by the account" if field.worked_out else labels.get(group, group)
        groups.setdefault(name, []).append(field)
    return list(groups.items())
