"""Batches of records: create, read, update, upsert, archive (hubspot-api §2.5)."""

from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.account.values import NotText
from hubspot_pipeline.simulator.answers import (
    Answer,
    Misread,
    Refusal,
    validation_error,
)
from hubspot_pipeline.simulator.calls import TEXT, Body, Call
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.endpoints.associations import check_permission, read_specs
from hubspot_pipeline.simulator.endpoints.batch_inputs import (
    duplicates,
    id_properties,
    keys,
    names,
    not_unique,
    read_inputs,
    texts,
)
from hubspot_pipeline.simulator.endpoints.sensitive import check_sensitive
from hubspot_pipeline.simulator.endpoints.shown import (
    Reading,
    Shown,
    envelope,
    missing_objects,
    mixed_status,
    shuffled,
)
from hubspot_pipeline.simulator.endpoints.writing import Failed, Planned, Writer

MAX_HISTORY_INPUTS = 50


def create(account: Account, call: Call) -> Answer:
    """New records: all or none, unless every input has a trace id of its own (§2.5.1)."""
    records = account.records(call.parameters["object_type"])
    inputs = _inputs(call, "SimplePublicObjectBatchInputForCreate$Json", needs=("properties",))
    if not inputs:
        return _nothing(call, 201)
    batch = _Batch(account, records, call, inputs, multi_status=True)
    call.keep(tuple(str(one["properties"].get("email") or "") for one in inputs), batch.trace_ids)
    for at, one in enumerate(inputs):
        batch.plan(at, None, one["properties"], associations=one.get("associations"))
    return batch.answer(201)


def update(account: Account, call: Call) -> Answer:
    """Changes to records by id, or by a unique property other than a contact's e-mail.

    Unknown ids come back as one error, merged-away ids not at all (§2.3, §2.5.1).
    """
    records = account.records(call.parameters["object_type"])
    inputs = _inputs(call, "SimplePublicObjectBatchInput$Json", needs=("id", "properties"))
    if not inputs:
        return _nothing(call, 200)
    named = id_properties(account, records, call, inputs)
    if "email" in named and records.has_emails:
        raise not_unique(account, records, "email")
    behaviour = account.settings.behaviour
    batch = _Batch(account, records, call, inputs, multi_status=behaviour.trace_ids_on_update)
    meant = keys(records, inputs, named)
    call.keep(meant, batch.trace_ids)
    for at, (one, name, key) in enumerate(zip(inputs, named, meant, strict=True)):
        record = records.find(key, name)
        if record is not None:
            batch.plan(at, record, one["properties"])
        elif name is not None or key not in records.merged:
            batch.missing.append((at, key))
    return batch.answer(200)


def upsert(account: Account, call: Call) -> Answer:
    """Records found by a unique property, and created where there is none (§2.5.4, §2.5.5)."""
    records = account.records(call.parameters["object_type"])
    inputs = _inputs(call, "SimplePublicObjectBatchInputUpsert$Json", needs=("id", "properties"))
    if not inputs:
        return _nothing(call, 200)
    behaviour = account.settings.behaviour
    named = id_properties(account, records, call, inputs)
    if None in named and not behaviour.upsert_by_record_id:
        raise validation_error("idProperty is required for batch upsert")
    batch = _Batch(account, records, call, inputs, multi_status=True, upsert=True)
    meant = keys(records, inputs, named)
    call.keep(meant, batch.trace_ids)
    find = {name: records.finder(name) for name in dict.fromkeys(named)}
    blanks = behaviour.email_upsert_blanks_omitted
    for at, (one, name, key) in enumerate(zip(inputs, named, meant, strict=True)):
        record = find[name](key)
        given = one["properties"]
        if name is not None:
            if blanks and name == "email" and record is not None:
                given = {**_blanked(records, record), **given}
            batch.plan(at, record, given, (name, key))
        elif record is not None:
            batch.plan(at, record, given)
        else:
            batch.missing.append((at, key))
    return batch.answer(200)


def read(account: Account, call: Call) -> Answer:
    """Records by id or a unique property; all that are missing in one error (§2.5.1)."""
    records = account.records(call.parameters["object_type"])
    body = call.json()
    inputs = read_inputs(call, body, "SimplePublicObjectId$Json", needs=("id",))
    if not inputs:
        return _nothing(call, 200)
    histories = names(call, body, "propertiesWithHistory")
    if histories and len(inputs) > MAX_HISTORY_INPUTS:
        raise validation_error(
            "The maximum number of inputs supported in a batch request for property histories is "
            f"{MAX_HISTORY_INPUTS}. Please reduce the number of items and try again"
        )
    id_property: Any = body.get("idProperty")
    if id_property not in (None, "hs_object_id") and not records.is_unique(id_property):
        raise not_unique(account, records, id_property, "read")
    wanted = names(call, body, "properties") or records.kind.default_properties
    check_sensitive(account, call, records.kind, [*wanted, *histories], "read")
    call.keep(tuple([one["id"] for one in inputs]))
    archived = call.is_true("archived")
    reading = Reading(account, records, wanted, call.now, histories)
    found: dict[str, Shown] = {}
    missing: dict[str, None] = {}
    for one in inputs:
        key = one["id"]
        if archived:
            record, archived_at = records.archived.get(key, (None, ""))
        else:
            record = records.find(key, id_property)
        if record is None:
            missing[key] = None
            continue
        shown = reading.of(record)
        if archived:
            shown |= {"archived": True, "archivedAt": archived_at}
        found[record.id] = shown
    results = shuffled(account, list(found.values()))
    errors = [missing_objects(records, list(missing), [])] if missing else []
    return Answer(
        mixed_status(account, call.version, 200, errors),
        envelope(results, errors, call.now, account.clock.now()),
    )


def archive(account: Account, call: Call) -> Answer:
    """Always 204, whether or not the ids exist (§2.5)."""
    records = account.records(call.parameters["object_type"])
    inputs = _inputs(call, "SimplePublicObjectId$Json", needs=("id",))
    call.keep(tuple([one["id"] for one in inputs]))
    now = iso(call.now)
    for one in inputs:
        record = records.by_id.get(one["id"])
        if record is not None:
            account.archive(records.kind, record, now)
    return Answer(204)


class _Batch:
    """The writes of one call: planned one by one, then done together, or refused together."""

    def __init__(
        self,
        account: Account,
        records: Records,
        call: Call,
        inputs: list[Body],
        *,
        multi_status: bool,
        upsert: bool = False,
    ) -> None:
        self._account = account
        self._records = records
        self._call = call
        self._writer = Writer(account, records, call)
        self._planned: list[Planned] = []
        self._failed: list[tuple[int, Failed]] = []
        self._seen: dict[str, int] = {}
        self._inputs = inputs
        self._traces = texts(call, inputs, "objectWriteTraceId")
        self.trace_ids = tuple([one for one in self._traces if one is not None])
        each_its_own = len(set(self.trace_ids)) == len(inputs)
        any_will_do = account.settings.behaviour.some_trace_ids_suffice and self.trace_ids
        self._multi_status = multi_status and bool(each_its_own or any_will_do)
        self._upsert = upsert
        self.missing: list[tuple[int, str]] = []

    def plan(
        self,
        at: int,
        record: Record | None,
        given: dict[str, Any],
        key: tuple[str, str] | None = None,
        associations: Any = None,
    ) -> None:
        """Look at one input; two that come to the same record sink the batch."""
        if record is not None and self._seen.setdefault(record.id, at) != at:
            first = self._inputs[self._seen[record.id]]["id"]
            raise duplicates([first, self._inputs[at]["id"]])
        try:
            planned = self._writer.plan(record, given, key, upsert=self._upsert)
        except NotText as wrong:
            path = ("inputs", at, "properties", wrong.name)
            raise self._call.mismatch(TEXT, path) from None
        if associations and isinstance(planned, Planned):
            planned = self._associated(at, planned, associations)
        if isinstance(planned, Planned):
            self._planned.append(planned)
        else:
            self._failed.append((at, planned))

    def _associated(self, at: int, planned: Planned, associations: Any) -> Planned | Failed:
        check_permission(self._call)
        try:
            planned.links = read_specs(self._account, self._records.kind, associations)
        except Misread as misread:
            raise misread.under("inputs", at, "associations") from None
        except Refusal as refusal:
            return Failed([], refusal)
        return planned

    def answer(self, status: int) -> Answer:
        """Do what can be done; without trace ids, all of it or nothing (§2.5.1)."""
        if self._failed and not self._multi_status:
            raise self._writer.refuse_all([failed for _, failed in self._failed])
        results = []
        for planned in self._planned:
            result, created = self._writer.commit(planned)
            if self._upsert:
                result["new"] = created
            results.append(result)
        errors = [self._writer.error_of(failed, self._traces[at]) for at, failed in self._failed]
        if self.missing:
            named = self._account.settings.behaviour.trace_ids_of_missing
            traces = [self._traces[at] for at, _ in self.missing] if named else []
            ids = [key for _, key in self.missing]
            errors.append(missing_objects(self._records, ids, list(filter(None, traces))))
        return Answer(
            mixed_status(self._account, self._call.version, status, errors),
            envelope(
                shuffled(self._account, results), errors, self._call.now, self._account.clock.now()
            ),
        )


def _inputs(call: Call, wanted: str, *, needs: tuple[str, ...]) -> list[Body]:
    return read_inputs(call, call.json(), wanted, needs=needs)


def _blanked(records: Records, record: Record) -> dict[str, str]:
    names = (name for name, value in record.values.items() if value)
    defined = records.properties.defined
    return {
        name: ""
        for name in names
        if name in defined and not defined[name].read_only and name != "email"
    }


def _nothing(call: Call, status: int) -> Answer:
    return Answer(status, envelope([], [], call.now, call.now))
