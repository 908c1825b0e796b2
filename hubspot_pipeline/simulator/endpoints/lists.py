"""The lists API: definitions of lists, found by id, by name and by search (hubspot-api §6)."""

from datetime import datetime
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.lists import List
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.answers import Answer, Refusal, validation_error
from hubspot_pipeline.simulator.calls import Body, Call
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.endpoints.missing import no_record
from hubspot_pipeline.simulator.endpoints.shown import Shown

PROCESSING_TYPES = ("MANUAL", "SNAPSHOT", "DYNAMIC")
DEFAULT_COUNT = 20
MAX_COUNT = 500
_TEXTS = ("name", "objectTypeId", "processingType")


def create(account: Account, call: Call) -> Answer:
    """A new list without members; 200, not 201 (§6)."""
    body = call.json()
    missing = [key for key in _TEXTS if body.get(key) is None]
    if missing:
        raise call.incomplete("ListCreateRequest", missing)
    for key in _TEXTS:
        if not isinstance(body[key], str):
            raise call.mismatch("java.lang.String", (key,))
    kind = _kind(account, body["objectTypeId"])
    processing_type = body["processingType"]
    if processing_type not in PROCESSING_TYPES:
        raise validation_error(f"processingType {processing_type} is not valid")
    branch = body.get("filterBranch")
    if processing_type == "DYNAMIC" and not isinstance(branch, dict):
        raise validation_error("A DYNAMIC list must have a filterBranch")
    _check_name(account, call, body["name"])
    made = account.lists.create(body["name"], kind, processing_type, iso(call.now))
    made.filter_branch = branch if isinstance(branch, dict) else None
    return Answer(200, {"list": shown(made, filters=made.filter_branch is not None)})


def read(account: Account, call: Call) -> Answer:
    """One list by id."""
    return Answer(200, {"list": shown(find(account, call), filters=_filters(call))})


def read_by_name(account: Account, call: Call) -> Answer:
    """One list by its name, in any case (§6)."""
    kind = _kind(account, call.parameters["object_type"])
    found = account.lists.named(call.parameters["list_name"])
    if found is None or found.type_id != kind.id:
        raise unknown(account)
    return Answer(200, {"list": shown(found, filters=_filters(call))})


def read_many(account: Account, call: Call) -> Answer:
    """Those of several ids that there are."""
    found = [account.lists.find(id_) for id_ in dict.fromkeys(call.listed("listIds"))]
    chosen = [shown(one, filters=_filters(call)) for one in found if one is not None]
    return Answer(200, {"lists": chosen})


def search(account: Account, call: Call) -> Answer:
    """Lists whose names have the query in them, a page at a time (§6)."""
    body = call.json()
    offset, count = _number(call, body, "offset", 0), _number(call, body, "count", DEFAULT_COUNT)
    if not 1 <= count <= MAX_COUNT or offset < 0:
        raise validation_error(f"count must be between 1 and {MAX_COUNT}, not {count}")
    query = str(body.get("query") or "").lower()
    ids, types = _texts(call, body, "listIds"), _texts(call, body, "processingTypes")
    type_id = body.get("objectTypeId")
    found = [
        one
        for one in account.lists.live()
        if query in one.name.lower()
        and (not ids or one.id in ids)
        and (not types or one.processing_type in types)
        and (type_id is None or one.type_id == type_id)
    ]
    page = found[offset : offset + count]
    return Answer(
        200,
        {
            "offset": offset + len(page),
            "hasMore": offset + len(page) < len(found),
            "lists": [_shown_in_search(one) for one in page],
            "total": len(found),
        },
    )


def rename(account: Account, call: Call) -> Answer:
    """Another name for a list, from the query."""
    found = find(account, call)
    name = call.one("listName")
    _check_name(account, call, name, besides=found)
    account.lists.rename(found, name, iso(call.now))
    return Answer(200, {"updatedList": shown(found, filters=_filters(call))})


def delete(account: Account, call: Call) -> Answer:
    """Delete a list; it can be restored for 90 days (§6)."""
    account.lists.delete(find(account, call), call.now)
    return Answer(204)


def restore(account: Account, call: Call) -> Answer:
    """Bring a list back that was deleted no longer than 90 days ago; a live one stays as it is."""
    found = account.lists.restorable(call.parameters["list_id"], call.now)
    if found is None:
        raise unknown(account)
    if found.deleted_at is not None:
        _check_name(account, call, found.name, besides=found)
        account.lists.restore_deleted(found, iso(call.now))
    return Answer(204)


def find(account: Account, call: Call, parameter: str = "list_id") -> List:
    """The list that the path names.

    Raises:
        Refusal: There is none: 404.
    """
    found = account.lists.find(call.parameters[parameter])
    if found is None:
        raise unknown(account)
    return found


def unknown(account: Account) -> Refusal:
    """The 404 of a list; its body is UNCONFIRMED, and here that of a record (§6)."""
    return no_record(account)


def shown(one: List, *, filters: bool) -> Shown:
    """A list as the API shows it."""
    body: Shown = {
        "listId": one.id,
        "listVersion": one.version,
        "name": one.name,
        "objectTypeId": one.type_id,
        "processingType": one.processing_type,
        "processingStatus": "COMPLETE",
        "size": len(one.members),
        "createdAt": one.created,
        "updatedAt": one.updated,
    }
    if one.filter_branch is not None:
        body["filtersUpdatedAt"] = one.created
        if filters:
            body["filterBranch"] = one.filter_branch
    return body


def _shown_in_search(one: List) -> Shown:
    body = shown(one, filters=False)
    del body["size"]
    more = {"hs_list_size": str(len(one.members)), "hs_list_reference_count": "0"}
    if one.last_added:
        more["hs_last_record_added_at"] = _milliseconds(one.last_added)
    if one.last_removed:
        more["hs_last_record_removed_at"] = _milliseconds(one.last_removed)
    return body | {"additionalProperties": more}


def _milliseconds(instant: str) -> str:
    return str(round(datetime.fromisoformat(instant).timestamp() * 1_000))


def _kind(account: Account, type_id: str) -> ObjectType:
    """The object type of this id; lists do not take its names."""
    kind = account.types.find(type_id)
    if kind.id != type_id:
        raise validation_error(f"{type_id} is not a valid objectTypeId")
    return kind


def _check_name(account: Account, call: Call, name: str, besides: List | None = None) -> None:
    """§6: names are unique in the whole account, whatever the object types."""
    if not name.strip():
        raise validation_error("The name of a list must not be empty")
    if account.lists.is_taken(name, call.now, besides):
        raise validation_error(
            f"A list with the name '{name}' already exists",
            subCategory="ILS.DUPLICATE_LIST_NAMES",
        )


def _filters(call: Call) -> bool:
    return call.is_true("includeFilters")


def _number(call: Call, body: Body, key: str, default: int) -> int:
    value = body.get(key, default)
    if type(value) is not int:
        raise call.mismatch("java.lang.Integer", (key,))
    return value


def _texts(call: Call, body: Body, key: str) -> list[Any]:
    value = body.get(key) or []
    if not isinstance(value, list):
        raise call.mismatch("java.util.ArrayList<java.lang.String>", (key,))
    return value
