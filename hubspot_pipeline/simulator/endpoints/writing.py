"""One input of a write: what it would do, or why it cannot, before anything is changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.account.requirements import Check
from hubspot_pipeline.simulator.account.shapes import Shape
from hubspot_pipeline.simulator.answers import (
    MISSING,
    PropertyProblem,
    Refusal,
    invalid_properties,
    problems_message,
    property_errors,
)
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.endpoints import conflicts
from hubspot_pipeline.simulator.endpoints.associations import PlannedLink
from hubspot_pipeline.simulator.endpoints.conflicts import Conflict
from hubspot_pipeline.simulator.endpoints.sensitive import check_sensitive
from hubspot_pipeline.simulator.endpoints.shown import (
    Shown,
    after_creation,
    after_update,
    record_object,
)

NORMALIZING_VERSION = "2026-09"
"""Paths of this version put dates right instead of refusing them (hubspot-api §1.5)."""


@dataclass(slots=True)
class Planned:
    """A write that can be done: to `record`, or as a new record `id` with associations.

    `key_name` is the unique property by which an upsert found its record.
    """

    id: str
    record: Record | None
    written: dict[str, str]
    shape: Shape
    warnings: list[Shown]
    key_name: str | None = None
    links: Sequence[PlannedLink] = ()


@dataclass(slots=True)
class Failed:
    """A write that cannot be done."""

    problems: list[PropertyProblem] = field(default_factory=list)
    refusal: Refusal | None = None
    existing_id: str = ""


def stamp_of(call: Call) -> Stamp:
    """When and by whom what a call writes is written."""
    return Stamp(iso(call.now), call.arrival.number, str(call.caller.app_id))


class Writer:
    """Plans the writes of one call, each held against the account and those before it."""

    def __init__(self, account: Account, records: Records, call: Call) -> None:
        self._account = account
        self._records = records
        self._normalize = call.version == NORMALIZING_VERSION
        self._now = call.now
        self._stamp = stamp_of(call)
        self._claims: dict[tuple[str, str], str] = {}
        self._call = call
        self._url = account.record_url(records.kind, "")
        kind = account.types.by_id(records.kind.id) or records.kind
        self._checks = account.requirements.checks(kind, strict=self._normalize)

    def plan(
        self,
        record: Record | None,
        given: dict[str, Any],
        key: tuple[str, str] | None = None,
        *,
        upsert: bool = False,
    ) -> Planned | Failed:
        """What writing `given` to `record`, or to a new record, would do.

        `key` is the unique property and value that a new record gets from its upsert.
        """
        records = self._records
        if key is not None and record is None and given.get(key[0]) is None:
            given = {**given, key[0]: key[1]}
        written, problems, warnings = records.properties.check(
            given, self._now, normalize_dates=self._normalize
        )
        if problems:
            return Failed(problems)
        if records.properties.sensitive:
            check_sensitive(self._account, self._call, records.kind, given, "write")
        id_ = records.allocate_id() if record is None else record.id
        checks = self._checks.on_creation if record is None else self._checks.on_update
        if checks and (wrong := self._wrong(checks, id_, record, written)) is not None:
            return wrong
        if key is not None and record is None and written.get(key[0]) == key[1]:
            written[key[0]] = key[1]  # one text for the record, its index and the arrival log
        claims = self._claims
        shape = records.shape_of(written)
        for name, value, holder in records.unique_values(shape, written, record):
            owner = claims.setdefault((name, value), id_) if holder is None else holder.id
            if owner != id_:
                found = Conflict(name, value, id_, owner, holder)
                return self._failed(found, created=record is None and not upsert)
        return Planned(id_, record, written, shape, warnings, None if key is None else key[0])

    def commit(self, planned: Planned) -> tuple[Shown, bool]:
        """Do it, and give the record object of the answer, and whether it was created."""
        records = self._records
        record = planned.record
        if record is None:
            record = records.create(planned.id, planned.written, self._stamp, planned.shape)
            shown, created = after_creation(records, record), True
        else:
            records.update(record, planned.written, self._stamp, planned.shape)
            shown, created = after_update(records, record, planned.written, planned.key_name), False
        for link in planned.links:
            link.make(self._account, record.id)
        result = record_object(self._url, record, shown)
        if planned.warnings:
            result["warnings"] = planned.warnings
        return result, created

    def refuse_all(self, failed: list[Failed]) -> Refusal:
        """The one answer to a call that is refused as a whole."""
        problems = [problem for one in failed for problem in one.problems]
        if problems:
            return invalid_properties(problems, self._portal_in_errors())
        refusal = failed[0].refusal
        assert refusal is not None, "a failure has problems or a refusal"  # noqa: S101 - ours
        return refusal

    def error_of(self, failed: Failed, trace_id: str | None) -> Shown:
        """The failure as one of the errors of a 207, with its trace id as an array (§2.5.2).

        Its message names the properties whose values are bad; those that lack one are listed.
        """
        context = {} if trace_id is None else {"objectWriteTraceId": [trace_id]}
        error: Shown = {"status": "error", "category": "VALIDATION_ERROR", "context": context}
        if failed.refusal is None:
            error["message"] = problems_message(failed.problems, self._portal_in_errors())
            if any(problem.code in MISSING for problem in failed.problems):
                error["errors"] = property_errors(failed.problems)
            return error
        body = failed.refusal.body
        error |= {"category": body["category"], "message": body["message"]}
        context |= body.get("context", {})
        if failed.existing_id and body["category"] != "VALIDATION_ERROR":
            context["existingId"] = [failed.existing_id]
        return error

    def _wrong(
        self,
        checks: Sequence[Check],
        id_: str,
        record: Record | None,
        written: dict[str, str],
    ) -> Failed | None:
        """What the record would lack, or have in the wrong place; `written` gets defaults."""
        held = None if record is None else record.values
        problems: list[PropertyProblem] = []
        for check in checks:
            found = check(id_, held, written)
            if found is None:
                continue
            if isinstance(found, Refusal):
                return Failed([], found)
            problems += found
        return Failed(problems) if problems else None

    def _failed(self, conflict: Conflict, *, created: bool) -> Failed:
        refuse = conflicts.refuse_creation if created else conflicts.refuse_value
        refusal = refuse(self._account, self._records, conflict)
        return Failed([], refusal, conflict.existing_id)

    def _portal_in_errors(self) -> int | None:
        settings = self._account.settings
        return settings.portal_id if settings.behaviour.localized_errors else None
