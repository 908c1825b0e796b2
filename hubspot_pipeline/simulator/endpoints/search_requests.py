"""What a search asks for: its filters, each as a condition on records (hubspot-api §2.9)."""

from collections.abc import Callable, Iterable
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.account.search_filters import (
    LISTED,
    OPERATORS,
    WITHOUT_VALUE,
    Condition,
    Field,
    Key,
    condition,
    property_field,
)
from hubspot_pipeline.simulator.account.values import NotText, text_of
from hubspot_pipeline.simulator.answers import Refusal, validation_error
from hubspot_pipeline.simulator.calls import TEXT, Body, Call, whole
from hubspot_pipeline.simulator.endpoints.sensitive import check_sensitive
from hubspot_pipeline.simulator.json_positions import Path

MAX_GROUPS = 5
MAX_FILTERS_OF_GROUP = 6
MAX_FILTERS = 18
ASSOCIATIONS = "associations."
"""What the pseudo properties begin with that stand for a record's associations."""

Holders = Callable[[Key], Iterable[Record]]


def filter_groups(
    account: Account, records: Records, call: Call, body: Body
) -> list[list[Condition]]:
    """The filter groups, of which a record meets one; without any, one that all records meet."""
    groups = listed(call, body, "filterGroups")
    if len(groups) > MAX_GROUPS:
        raise validation_error(f"At most {MAX_GROUPS} filterGroups are allowed, not {len(groups)}")
    read: list[list[Condition]] = []
    for at, group in enumerate(groups):
        path = ("filterGroups", at)
        if type(group) is not dict:
            raise call.mismatch("FilterGroup", path)
        filters = listed(call, group, "filters", path)
        if len(filters) > MAX_FILTERS_OF_GROUP:
            raise validation_error(
                f"At most {MAX_FILTERS_OF_GROUP} filters are allowed in a group, not {len(filters)}"
            )
        read.append(
            [
                _condition(account, records, call, one, (*path, "filters", number))
                for number, one in enumerate(filters)
            ]
        )
    if sum(map(len, read)) > MAX_FILTERS:
        raise validation_error(
            f"At most {MAX_FILTERS} filters are allowed, not {sum(map(len, read))}"
        )
    return read or [[]]


def listed(call: Call, body: Body, name: str, path: Path = ()) -> list[Any]:
    """The array that an object has under a name; empty if it has none."""
    given = body.get(name)
    if given is None:
        return []
    if type(given) is not list:
        raise call.mismatch("java.util.ArrayList", (*path, name))
    return given


def field_of(account: Account, records: Records, name: str, now: int) -> Field:
    """The property that a filter or a sort names, or a record's associations.

    Raises:
        Refusal: There is no such property, or it is highly sensitive (§3.5).
    """
    if name.startswith(ASSOCIATIONS):
        return _associations(account, records, name)
    found = account.properties(records.kind).find(name, now)
    if found is None:
        raise _problem(f'Property "{name}" does not exist', "PROPERTY_DOESNT_EXIST", name)
    if found.sensitivity == "highly_sensitive":
        message = f'Property "{name}" is highly sensitive and cannot be searched'
        raise _problem(message, "INVALID_PROPERTY", name)
    return property_field(found, account.reader(records, name), _holders(records, found))


def _condition(account: Account, records: Records, call: Call, given: Any, path: Path) -> Condition:
    if type(given) is not dict:
        raise call.mismatch("Filter", path)
    missing = [key for key in ("propertyName", "operator") if given.get(key) is None]
    if missing:
        raise call.incomplete("Filter", missing, path)
    name, operator = given["propertyName"], given["operator"]
    if type(name) is not str:
        raise call.mismatch(TEXT, (*path, "propertyName"))
    if operator not in OPERATORS:
        raise call.not_one_of("Filter$Operator", OPERATORS, (*path, "operator"))
    check_sensitive(account, call, records.kind, [name], "read")
    field = field_of(account, records, name, call.now)
    values = _values(call, given, operator, path)
    unset = account.settings.behaviour.negative_filters_find_unset
    try:
        return condition(field, operator, values, negatives_find_unset=unset)
    except ValueError:
        raise validation_error(
            f"{', '.join(values)} cannot be compared with property {name} of type {field.kind}"
        ) from None


def _values(call: Call, given: Body, operator: str, path: Path) -> list[str]:
    """The values that an operator needs, as texts."""
    if operator in WITHOUT_VALUE:
        return []
    if operator in LISTED:
        values = listed(call, given, "values", path)
        if not values:
            raise _without(operator, "values", given)
        return [_text(call, one, (*path, "values", at)) for at, one in enumerate(values)]
    needed = ("value", "highValue") if operator == "BETWEEN" else ("value",)
    for key in needed:
        if given.get(key) is None or given[key] == "":
            raise _without(operator, key, given)
    return [_text(call, given[key], (*path, key)) for key in needed]


def _text(call: Call, value: Any, path: Path) -> str:
    try:
        return text_of(value)
    except NotText:
        raise call.mismatch(TEXT, path) from None


def _holders(records: Records, found: Property) -> Holders | None:
    """Who may have a value, where the account knows without an index made for searching."""
    if found.name == "hs_object_id":
        return lambda key: filter(None, [records.by_id.get(str(key))])
    if found.name == "email" and records.has_emails:
        return lambda key: filter(None, [records.index("email").get(str(key))])
    return None


def _associations(account: Account, records: Records, name: str) -> Field:
    """``associations.company``: the ids of a record's companies."""
    kind = records.kind
    other = account.types.find(name.removeprefix(ASSOCIATIONS))
    links = account.associations

    def holders(key: Key) -> Iterable[Record]:
        ids = links.of(other, str(key), kind)
        return [record for one in ids if (record := records.by_id.get(one)) is not None]

    return Field(
        name, "associations", lambda record: ";".join(links.of(kind, record.id, other)),
        _record_id, multiple=True, holders=holders,
    )  # fmt: skip


def _record_id(text: str) -> str:
    if whole(text) is None:
        raise ValueError(f"{text} is no record id")
    return text


def _without(operator: str, key: str, given: Body) -> Refusal:
    return validation_error(
        f"A filter with operator {operator} needs {key}; that of {given['propertyName']} has none"
    )


def _problem(message: str, code: str, name: str) -> Refusal:
    error = {"message": message, "code": code, "context": {"propertyName": [name]}}
    return validation_error("There was a problem with the request.", errors=[error])
