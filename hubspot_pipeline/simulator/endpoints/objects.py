"""Records one at a time: list, create, read, update, archive (hubspot-api §2.3)."""

from collections.abc import Sequence
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.account.values import NotText
from hubspot_pipeline.simulator.answers import (
    Answer,
    Misread,
    validation_error,
)
from hubspot_pipeline.simulator.calls import MAP, TEXT, Body, Call
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.endpoints.associations import (
    PlannedLink,
    check_permission,
    read_specs,
)
from hubspot_pipeline.simulator.endpoints.associations_v3 import associated_ids
from hubspot_pipeline.simulator.endpoints.missing import no_record
from hubspot_pipeline.simulator.endpoints.sensitive import check_sensitive
from hubspot_pipeline.simulator.endpoints.shown import Reading, Shown
from hubspot_pipeline.simulator.endpoints.writing import Failed, Writer

MAX_PAGE = 100


def list_page(account: Account, call: Call) -> Answer:
    """A page of records in the order of their ids; `after` is the id that comes next (§2.3)."""
    records = account.records(call.parameters["object_type"])
    limit, start = call.limit(10, MAX_PAGE), call.after()
    view = _View(account, call, records)
    found, following = records.page(start, limit, archived=view.archived)
    body: Shown = {"results": [view.of(record) for record in found]}
    if following is not None:
        body["paging"] = call.next_page(limit, following)
    return Answer(200, body)


def create(account: Account, call: Call) -> Answer:
    """A new record, with its associations; an address that a contact has is a 409 (§2.6)."""
    records = account.records(call.parameters["object_type"])
    body = call.json()
    given = _properties(call, body)
    call.keep((str(given.get("email") or ""),))
    if body.get("associations"):
        check_permission(call)
    try:
        links = read_specs(account, records.kind, body.get("associations"))
    except Misread as misread:
        raise misread.under("associations") from None
    return Answer(201, _write(account, call, records, None, given, links))


def read(account: Account, call: Call) -> Answer:
    """A record by id or, with `idProperty`, by a unique property; an archived one by id."""
    records = account.records(call.parameters["object_type"])
    id_property = _id_property(account, call, records)
    key = call.parameters["object_id"]
    call.keep((key,))
    view = _View(account, call, records)
    if view.archived:
        record, _ = records.archived.get(key, (None, ""))
    else:
        record = records.find_or_survivor(key, id_property)
    if record is None:
        raise no_record(account)
    return Answer(200, view.of(record))


def update(account: Account, call: Call) -> Answer:
    """Overwrite what is given; a merged-away id reaches the record it was merged into (§2.3)."""
    records = account.records(call.parameters["object_type"])
    id_property = _id_property(account, call, records)
    key = call.parameters["object_id"]
    call.keep((key,))
    given = _properties(call, call.json())
    record = records.find_or_survivor(key, id_property)
    if record is None:
        raise no_record(account)
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
    account: Account,
    call: Call,
    records: Records,
    record: Record | None,
    given: dict[str, Any],
    links: Sequence[PlannedLink] = (),
) -> Shown:
    writer = Writer(account, records, call)
    try:
        planned = writer.plan(record, given)
    except NotText as wrong:
        raise call.mismatch(TEXT, ("properties", wrong.name)) from None
    if isinstance(planned, Failed):
        raise writer.refuse_all([planned])
    planned.links = links
    shown, _ = writer.commit(planned)
    return shown


def _properties(call: Call, body: Body) -> dict[str, Any]:
    given = body.get("properties")
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


class _View:
    """What a read's query asks to see of each record (§2.2, §2.3)."""

    def __init__(self, account: Account, call: Call, records: Records) -> None:
        self.archived = call.is_true("archived")
        self._account, self._records = account, records
        names = call.listed("properties") or records.kind.default_properties
        histories = call.listed("propertiesWithHistory")
        self._associated = [account.types.find(name) for name in call.listed("associations")]
        check_sensitive(account, call, records.kind, [*names, *histories], "read")
        self._reading = Reading(account, records, names, call.now, histories)

    def of(self, record: Record) -> Shown:
        """The record, with the associations asked for that it has, by object type."""
        account, records = self._account, self._records
        shown = self._reading.of(record)
        associations = {
            kind.name: {"results": found}
            for kind in self._associated
            if (found := associated_ids(account, records.kind, record.id, kind))
        }
        if associations:
            shown["associations"] = associations
        if self.archived:
            _, archived_at = records.archived[record.id]
            shown |= {"archived": True, "archivedAt": archived_at}
        return shown
