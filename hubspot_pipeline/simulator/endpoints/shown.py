"""Records as answers show them: the record object, its default properties, the batch envelope."""

from collections.abc import Iterable
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.computed import (
    COMPUTED,
    Reader,
    email_domain,
    full_name_or_email,
)
from hubspot_pipeline.simulator.account.histories import Write, writes_of
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.clock import iso

Shown = dict[str, Any]

_OF_NEW_RECORDS = {"hs_object_source": "INTEGRATION", "hs_object_source_label": "INTEGRATION"}
_OF_NEW_CONTACTS = _OF_NEW_RECORDS | {
    "hs_is_contact": "true",
    "hs_is_unworked": "true",
    "hs_pipeline": "contacts-lifecycle-pipeline",
}
"""What the answer to every creation shows besides times and ids (§2.2)."""


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
    created = record.born.at
    shown: Shown = {
        **record.values,
        **(_OF_NEW_CONTACTS if records.has_emails else _OF_NEW_RECORDS),
        "createdate": created,
        records.kind.modified: created,
        "hs_object_id": record.id,
        "hs_object_source_id": record.born.app,
    }
    if records.has_emails:
        shown["hs_full_name_or_email"] = full_name_or_email(record)
        if domain := email_domain(record):
            shown["hs_email_domain"] = domain
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


class Reading:
    """What a call that reads asks to see of records of one type.

    `names` are the properties that are shown, `histories` those that are shown with all their
    values; names that calls do not know by `now` (nanoseconds since 1970) are left out (§2.2).
    """

    def __init__(
        self,
        account: Account,
        records: Records,
        names: Iterable[str],
        now: int,
        histories: Iterable[str] = (),
    ) -> None:
        def readers(asked: Iterable[str]) -> list[tuple[str, Reader]]:
            find = account.properties(records.kind).find
            known = (name for name in asked if name in COMPUTED or find(name, now))
            return [(name, account.reader(records, name)) for name in known]

        always = ("createdate", "hs_object_id", records.kind.modified)
        self._readers = readers(dict.fromkeys((*always, *names)))
        self._histories = readers(histories)
        self._url = account.record_url(records.kind, "")

    def of(self, record: Record) -> Shown:
        """A record as it is asked for: never-set properties null, cleared ones ``""`` (§2.2)."""
        shown = record_object(
            self._url, record, {name: read(record) for name, read in self._readers}
        )
        if self._histories:
            shown["propertiesWithHistory"] = _with_history(record, self._histories)
        return shown


def _with_history(record: Record, readers: list[tuple[str, Reader]]) -> dict[str, list[Shown]]:
    """All values that properties have had, the newest first; none for one that was never set.

    Every write has its entry, even if it wrote what was there: also a backward lifecycle stage
    bumps the timestamp (§2.6). What is worked out has one where it changed.
    """
    told: dict[str, list[Shown]] = {name: [] for name, _ in readers}
    past = Record(record.id, {}, record.born)
    for write in writes_of(record):
        past.values |= write.values
        past.updated = write.at
        for name, read in readers:
            value, entries = read(past), told[name]
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


def shuffled(account: Account, results: list[Shown]) -> list[Shown]:
    """A batch's results in any order, unless the switch says otherwise (§2.5.3)."""
    if account.settings.behaviour.shuffle_results:
        chance = account.random.random
        results.sort(key=lambda _: chance())  # half the time of random.shuffle
    return results


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
