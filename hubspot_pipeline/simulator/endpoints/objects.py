"""Records one at a time: list, create, read, update, archive (hubspot-api §2.3)."""

from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.account.values import NotText
from hubspot_pipeline.simulator.answers import (
    Answer,
    Refusal,
    not_found,
    validation_error,
)
from hubspot_pipeline.simulator.calls import MAP, TEXT, Call
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.endpoints.shown import Shown, as_read
from hubspot_pipeline.simulator.endpoints.writing import Failed, Writer

MAX_PAGE = 100


def list_page(account: Account, call: Call) -> Answer:
    """A page of records in the order of their ids; `after` is the id that comes next (§2.3)."""
    records = account.records(call.parameters["object_type"])
    limit_text, after_text = call.one("limit", "10"), call.one("after", "0")
    if not limit_text.isdecimal() or not 1 <= int(limit_text) <= MAX_PAGE:
        raise validation_error(f"limit must be between 1 and {MAX_PAGE}, not {limit_text}")
    if not after_text.isdecimal():
        raise validation_error(f"after must be an id, not {after_text}")
    names = call.listed("properties") or records.kind.default_properties
    if call.one("archived") == "true":
        shown = [_archived(account, records, id_, names, call) for id_ in records.archived]
        return Answer(200, {"results": shown[: int(limit_text)]})
    found, after = records.page(int(after_text), int(limit_text))
    histories = call.listed("propertiesWithHistory")
    body: Shown = {
        "results": [
            as_read(account, records, record, names, call.now, histories) for record in found
        ]
    }
    if after is not None:
        link = f"https://api.hubapi.com{call.arrival.path}?limit={limit_text}&after={after}"
        body["paging"] = {"next": {"after": after, "link": link}}
    return Answer(200, body)


def create(account: Account, call: Call) -> Answer:
    """A new record; an address that a contact has is a 409 (§2.6)."""
    records = account.records(call.parameters["object_type"])
    given = _properties(call)
    call.keep((str(given.get("email") or ""),))
    return Answer(201, _write(account, call, records, None, given))


def read(account: Account, call: Call) -> Answer:
    """A record by id or, with `idProperty`, by a unique property."""
    records = account.records(call.parameters["object_type"])
    id_property = _id_property(account, call, records)
    key = call.parameters["object_id"]
    call.keep((key,))
    names = call.listed("properties") or records.kind.default_properties
    if call.one("archived") == "true" and key in records.archived:
        return Answer(200, _archived(account, records, key, names, call))
    record = records.find_or_survivor(key, id_property)
    if record is None:
        raise _not_found(account)
    histories = call.listed("propertiesWithHistory")
    return Answer(200, as_read(account, records, record, names, call.now, histories))


def update(account: Account, call: Call) -> Answer:
    """Overwrite what is given; a merged-away id reaches the record it was merged into (§2.3)."""
    records = account.records(call.parameters["object_type"])
    id_property = _id_property(account, call, records)
    key = call.parameters["object_id"]
    call.keep((key,))
    given = _properties(call)
    record = records.find_or_survivor(key, id_property)
    if record is None:
        raise _not_found(account)
    return Answer(200, _write(account, call, records, record, given))


def archive(account: Account, call: Call) -> Answer:
    """204, and again 204 if it is already gone (§2.3)."""
    records = account.records(call.parameters["object_type"])
    call.keep((call.parameters["object_id"],))
    record = records.by_id.get(call.parameters["object_id"])
    if record is not None:
        account.archive(records.kind, record, iso(call.now))
    return Answer(204)


def _write(
    account: Account, call: Call, records: Records, record: Record | None, given: dict[str, Any]
) -> Shown:
    writer = Writer(account, records, call)
    try:
        planned = writer.plan(record, given)
    except NotText as wrong:
        raise call.mismatch(TEXT, ("properties", wrong.name)) from None
    if isinstance(planned, Failed):
        raise writer.refuse_all([planned])
    shown, _ = writer.commit(planned)
    return shown


def _properties(call: Call) -> dict[str, Any]:
    given = call.json().get("properties")
    if type(given) is not dict:
        if given is None:
            raise call.incomplete("SimplePublicObjectInput", ["properties"])
        raise call.mismatch(MAP, ("properties",))
    return given


def _id_property(account: Account, call: Call, records: Records) -> str | None:
    name = call.one("idProperty")
    if name in ("", "hs_object_id") or records.is_unique(name):
        return name or None
    raise validation_error(
        f"Unable to perform read/update by non-unique {records.kind.id} property {name} "
        f"in portal ID {account.settings.portal_id}"
    )


def _archived(
    account: Account, records: Records, id_: str, names: Any, call: Call
) -> dict[str, Any]:
    record, archived_at = records.archived[id_]
    histories = call.listed("propertiesWithHistory")
    shown = as_read(account, records, record, names, call.now, histories)
    return shown | {"archived": True, "archivedAt": archived_at}


def _not_found(account: Account) -> Refusal:
    return not_found(category=account.settings.behaviour.not_found_category)
