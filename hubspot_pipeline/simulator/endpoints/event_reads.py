"""Reading what happened: the occurrences of custom events, and the events there are (§1.2)."""

from collections.abc import Iterable

from hubspot_pipeline.simulator.account import values
from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.events import Occurrence
from hubspot_pipeline.simulator.answers import Answer, validation_error
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.endpoints.shown import Shown

MAX_PAGE = 100


def occurrences(account: Account, call: Call) -> Answer:
    """What happened, the latest first: to one record, of one event, in a time, or all of it."""
    limit, start = call.limit(MAX_PAGE, MAX_PAGE), call.after()
    oldest_first = call.one("sort", "-occurredAt") == "occurredAt"
    found = sorted(
        _chosen(account, call), key=lambda one: (one.occurred, one.id), reverse=not oldest_first
    )
    end = start + limit
    body: Shown = {"results": [_shown(account, one) for one in found[start:end]]}
    if end < len(found):
        body["paging"] = call.next_page(limit, str(end))
    return Answer(200, body)


def event_types(account: Account, call: Call) -> Answer:
    """The full names of the account's events."""
    definitions = account.events.definitions.all.values()
    names = [one.full_name for one in definitions if one.visible_from <= call.now]
    return Answer(200, {"eventTypes": sorted(names)})


def _chosen(account: Account, call: Call) -> list[Occurrence]:
    event_type, ids = call.one("eventType"), frozenset(call.listed("id"))
    after, before = _instant(call, "occurredAfter"), _instant(call, "occurredBefore")
    found: Iterable[Occurrence] = account.events
    if call.one("objectType"):
        kind, record_id = account.types.find(call.one("objectType")), call.one("objectId")
        if record_id:
            found = account.events.occurrences_of(kind, record_id)
        else:
            found = [one for one in found if one.kind == kind.id]
    elif call.one("objectId"):
        raise validation_error("objectType is required with objectId")
    return [
        one
        for one in found
        if event_type in ("", one.definition)
        and (not ids or one.id in ids)
        and (not after or one.occurred > after)
        and (not before or one.occurred < before)
    ]


def _instant(call: Call, name: str) -> str:
    try:
        return values.accept_datetime(call.one(name).replace(" ", "+"))
    except values.Refused as refused:
        raise validation_error(f"{name} is not valid: {refused.message}") from None


def _shown(account: Account, one: Occurrence) -> Shown:
    kind = account.types.by_id(one.kind)
    return {
        "id": one.id,
        "objectType": kind.singular.upper() if kind is not None else one.kind,
        "objectId": one.record_id,
        "eventType": one.definition,
        "occurredAt": one.occurred,
        "properties": one.properties,
    }
