"""Records as answers show them: the record object, its default properties, the batch envelope."""

from collections.abc import Iterable
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.computed import COMPUTED
from hubspot_pipeline.simulator.account.histories import Write, writes_of
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.clock import iso

Shown = dict[str, Any]


def record_object(url: str, record: Record, properties: Shown) -> Shown:
    """The record object of every answer (hubspot-api §2.2); `url` is where its type's records are.

    A batch makes a hundred of them: it asks for the address once.
    """
    return {
        "id": record.id,
        "properties": properties,
        "createdAt": record.born.at,
        "updatedAt": record.updated,
        "archived": False,
        "url": url + record.id,
    }


def after_creation(records: Records, record: Record) -> Shown:
    """What the answer to a creation shows: all that was written, and HubSpot's own set (§2.2)."""
    kept = record.values
    created, source = record.born.at, record.born.app
    if not records.has_emails:
        return {
            "createdate": created,
            records.kind.modified: created,
            "hs_object_id": record.id,
            "hs_object_source": "INTEGRATION",
            "hs_object_source_id": source,
            "hs_object_source_label": "INTEGRATION",
            **kept,
        }
    email = kept.get("email", "")
    names = f"{kept.get('firstname', '')} {kept.get('lastname', '')}".strip()
    shown: Shown = {
        "createdate": created,
        "lastmodifieddate": created,
        "hs_object_id": record.id,
        "hs_object_source": "INTEGRATION",
        "hs_object_source_id": source,
        "hs_object_source_label": "INTEGRATION",
        "hs_is_contact": "true",
        "hs_is_unworked": "true",
        "hs_pipeline": "contacts-lifecycle-pipeline",
        "hs_full_name_or_email": names or email,
        **kept,
    }
    if email:
        shown["hs_email_domain"] = email.rpartition("@")[2]
    return shown


def after_update(records: Records, record: Record, shown: Shown, key: str | None) -> Shown:
    """What the answer to an update shows: what was written and a few more, no e-mail (§2.2).

    `key` is the unique property by which an upsert found the record: written, as it were.
    """
    if key is not None:
        shown[key] = record.values.get(key)
    shown["createdate"] = record.born.at
    shown[records.kind.modified] = record.updated
    shown["hs_object_id"] = record.id
    return shown


def as_read(
    account: Account,
    records: Records,
    record: Record,
    names: Iterable[str],
    now: int,
    histories: Iterable[str] = (),
) -> Shown:
    """What a read shows: never-set properties as null, cleared ones as ``""`` (§2.2).

    `histories` are the names of the properties that are shown with all their values.
    """
    properties = account.properties(records.kind)
    shown: Shown = {
        "createdate": record.created,
        "hs_object_id": record.id,
        records.kind.modified: record.updated,
    }
    for name in names:
        if name in COMPUTED or properties.find(name, now) is not None:
            shown[name] = account.value(records, record, name)
    result = record_object(account.record_url(records.kind, ""), record, shown)
    if known := [name for name in histories if name in COMPUTED or properties.find(name, now)]:
        result["propertiesWithHistory"] = with_history(account, records, record, known)
    return result


def with_history(
    account: Account, records: Records, record: Record, names: Iterable[str]
) -> dict[str, list[Shown]]:
    """All values that properties have had, the newest first; none for one that was never set.

    Every write has its entry, even if it wrote what was there: also a backward lifecycle stage
    bumps the timestamp (§2.6). What is worked out has one where it changed.
    """
    told: dict[str, list[Shown]] = {name: [] for name in names}
    past = Record(record.id, {}, record.born)
    for write in writes_of(record):
        past.values |= write.values
        past.updated = write.at
        for name, entries in told.items():
            value = account.value(records, past, name)
            changed = value is not None and (not entries or entries[0]["value"] != value)
            if changed or name in write.values:
                entries.insert(0, _entry(value, write))
    return told


def _entry(value: str | None, write: Write) -> Shown:
    by_app: Shown = {"sourceType": "INTEGRATION", "sourceId": write.app}
    source = by_app if write.app.isdecimal() else {"sourceType": "CRM_UI"}
    return {"value": value, "timestamp": write.at, **source}


def envelope(results: list[Shown], errors: list[Shown], started: int, finished: int) -> Shown:
    """A batch's answer; `numErrors` and `errors` are absent when there are none (§2.5)."""
    body: Shown = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": iso(started),
        "completedAt": iso(finished),
    }
    if errors:
        body["numErrors"] = len(errors)
        body["errors"] = errors
    return body


def mixed_status(account: Account, version: str, status: int, errors: list[Shown]) -> int:
    """207 where some failed; 2026-09 keeps its 200 or 201 unless the switch says otherwise."""
    if not errors:
        return status
    plain = version == "2026-09" and not account.settings.behaviour.multi_status_2026_09
    return status if plain else 207


def missing_objects(records: Records, ids: list[str], trace_ids: list[str]) -> Shown:
    """The one error that lists all ids that were not found (§2.5.1)."""
    context = {"ids": ids}
    if trace_ids:
        context["objectWriteTraceId"] = trace_ids
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": f"Could not get some {records.kind.singular.upper()} objects, they may be "
        "deleted or not exist. Check that ids are valid.",
        "context": context,
    }
