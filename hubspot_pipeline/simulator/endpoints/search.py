"""Search among the records of one type (hubspot-api §2.9)."""

from collections.abc import Callable, Iterable
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.account.search_filters import Field, begins_words
from hubspot_pipeline.simulator.answers import Answer, validation_error
from hubspot_pipeline.simulator.calls import TEXT, Body, Call, whole
from hubspot_pipeline.simulator.endpoints.search_requests import (
    field_of,
    filter_groups,
    listed,
)
from hubspot_pipeline.simulator.endpoints.sensitive import check_sensitive
from hubspot_pipeline.simulator.endpoints.shown import Reading, Shown

MAX_BODY = 3_000
MAX_PAGE = 200
MAX_RESULTS = 10_000
DIRECTIONS = ("ASCENDING", "DESCENDING")

_SEARCHABLE = {
    "contacts": (
        "firstname", "lastname", "email", "phone", "hs_additional_emails", "fax", "mobilephone",
        "company",
    ),
    "companies": ("website", "phone", "name", "domain"),
    "deals": ("dealname", "pipeline", "dealstage", "description", "dealtype"),
    "tickets": ("subject", "content", "hs_pipeline_stage", "hs_ticket_category", "hs_ticket_id"),
}  # fmt: skip
"""Which properties `query` looks at; the reference names none. Custom types say so themselves, of
all others it is every text."""


def search(account: Account, call: Call) -> Answer:
    """A page of the records that meet the filters and the query, as they were a while ago."""
    kind = account.types.find(call.parameters["object_type"])
    records = account.records(kind)
    text = call.body.decode("utf-8", "replace")
    if len(text) > MAX_BODY:
        raise validation_error(
            f"The request body has {len(text)} characters; at most {MAX_BODY} are allowed"
        )
    body = call.json()
    limit = _whole(call, body, "limit", 10)
    after = _whole(call, body, "after", 0)
    if not 1 <= limit <= MAX_PAGE:
        raise validation_error(f"limit must be between 1 and {MAX_PAGE}, not {limit}")
    if after + limit > MAX_RESULTS:
        raise validation_error(f"Cannot page beyond {MAX_RESULTS} results of a search")
    names = _names(call, body) or kind.default_properties
    check_sensitive(account, call, kind, names, "read")
    order = _order(account, records, call, body)
    groups = filter_groups(account, records, call, body)
    found = account.search_index(kind).find(groups, call.now, _query(account, records, call, body))
    if order is not None:
        found = order(found)
    reading = Reading(account, records, names, call.now)
    answer: Shown = {
        "total": len(found),
        "results": [reading.of(record) for record in found[after : after + limit]],
    }
    if after + limit < len(found):
        answer["paging"] = {"next": {"after": str(after + limit)}}
    return Answer(200, answer)


def _whole(call: Call, body: Body, name: str, default: int) -> int:
    """A whole number, or its digits as text; `after` is an offset, nothing opaque."""
    given = body.get(name)
    if given is None:
        return default
    if type(given) is int and given >= 0:
        return given
    if type(given) is str and (number := whole(given)) is not None:
        return number
    if isinstance(given, dict | list | bool):
        raise call.mismatch("java.lang.Integer", (name,))
    raise validation_error(f"{name} must be a whole number, not {given}")


def _names(call: Call, body: Body) -> list[str]:
    given = listed(call, body, "properties")
    for at, name in enumerate(given):
        if type(name) is not str:
            raise call.mismatch(TEXT, ("properties", at))
    return given


def _query(
    account: Account, records: Records, call: Call, body: Body
) -> Callable[[Record], bool] | None:
    query = body.get("query")
    if query is None or query == "":
        return None
    if type(query) is not str:
        raise call.mismatch(TEXT, ("query",))
    names = _searchable(account, records.kind, call.now)
    return begins_words([account.reader(records, name) for name in names], query)


def _searchable(account: Account, kind: ObjectType, now: int) -> Iterable[str]:
    if kind.name in _SEARCHABLE:
        return _SEARCHABLE[kind.name]
    schema = account.schemas.of(kind)
    if schema is not None:
        return schema.searchable
    defined = account.properties(kind).visible(now)
    return [one.name for one in defined if one.type == "string"]


Order = Callable[[list[Record]], list[Record]]


def _order(account: Account, records: Records, call: Call, body: Body) -> Order | None:
    """The one sort that a search takes: ``"-createdate"`` or property and direction."""
    sorts = listed(call, body, "sorts")
    if len(sorts) > 1:
        raise validation_error(f"Only one sort is allowed, not {len(sorts)}")
    if not sorts:
        return None
    if type(sorts[0]) is str:
        name, backward = sorts[0].removeprefix("-"), sorts[0].startswith("-")
    elif type(sorts[0]) is dict:
        name, backward = _named_sort(call, sorts[0])
    else:
        raise call.mismatch("Sort", ("sorts", 0))
    field = field_of(account, records, name, call.now)
    return lambda found: _sorted(found, field, backward=backward)


def _named_sort(call: Call, given: Body) -> tuple[str, bool]:
    name, direction = given.get("propertyName"), given.get("direction") or "ASCENDING"
    if type(name) is not str:
        raise call.incomplete("Sort", ["propertyName"], ("sorts", 0))
    if direction not in DIRECTIONS:
        raise call.not_one_of("Sort$Direction", DIRECTIONS, ("sorts", 0, "direction"))
    return name, direction == "DESCENDING"


def _sorted(found: list[Record], field: Field, *, backward: bool) -> list[Record]:
    """Those without a value come last either way."""
    keyed: list[tuple[Any, Record]] = []
    rest: list[Record] = []
    for record in found:
        keys = field.keys(field.text_of(record) or "")
        if keys and keys[0] != "":
            keyed.append((keys[0], record))
        else:
            rest.append(record)
    keyed.sort(key=lambda one: one[0], reverse=backward)
    return [record for _, record in keyed] + rest
