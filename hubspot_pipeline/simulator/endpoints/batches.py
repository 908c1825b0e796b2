"""Batches of records: create, read, update, upsert, archive (hubspot-api §2.5)."""

from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.account.values import NotText
from hubspot_pipeline.simulator.answers import (
    Answer,
    Misread,
    Refusal,
    too_many_inputs,
    validation_error,
)
from hubspot_pipeline.simulator.calls import MAP, TEXT, Body, Call
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.endpoints.associations import check_permission, read_specs
from hubspot_pipeline.simulator.endpoints.sensitive import check_sensitive
from hubspot_pipeline.simulator.endpoints.shown import (
    Shown,
    as_read,
    envelope,
    missing_objects,
    mixed_status,
)
from hubspot_pipeline.simulator.endpoints.writing import Failed, Planned, Writer

MAX_INPUTS = 100
MAX_HISTORY_INPUTS = 50
_SHAPES = {"id": str, "properties": dict}


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
    id_property = _id_property(records, inputs)
    if id_property is not None and (id_property == "email" or not records.is_unique(id_property)):
        raise _not_unique(account, records, id_property)
    behaviour = account.settings.behaviour
    batch = _Batch(account, records, call, inputs, multi_status=behaviour.trace_ids_on_update)
    keys = _keys(records, inputs, id_property)
    call.keep(keys, batch.trace_ids)
    _refuse_duplicates(keys)
    for at, (one, key) in enumerate(zip(inputs, keys, strict=True)):
        record = records.find(key, id_property)
        if record is not None:
            batch.plan(at, record, one["properties"])
        elif id_property is not None or key not in records.merged:
            batch.missing.append((key, one.get("objectWriteTraceId")))
    return batch.answer(200)


def upsert(account: Account, call: Call) -> Answer:
    """Records found by a unique property, and created where there is none (§2.5.4, §2.5.5)."""
    records = account.records(call.parameters["object_type"])
    inputs = _inputs(call, "SimplePublicObjectBatchInputUpsert$Json", needs=("id", "properties"))
    if not inputs:
        return _nothing(call, 200)
    behaviour = account.settings.behaviour
    id_property = _id_property(records, inputs)
    if id_property is None and not behaviour.upsert_by_record_id:
        raise validation_error("idProperty is required for batch upsert")
    if id_property is not None and not records.is_unique(id_property):
        raise _not_unique(account, records, id_property)
    batch = _Batch(account, records, call, inputs, multi_status=True)
    batch.tells_new = True
    batch.shown_too = id_property
    keys = _keys(records, inputs, id_property)
    call.keep(keys, batch.trace_ids)
    _refuse_duplicates(keys)
    blanks = behaviour.email_upsert_blanks_omitted and id_property == "email"
    for at, (one, key) in enumerate(zip(inputs, keys, strict=True)):
        record = records.find(key, id_property)
        given = one["properties"]
        if id_property is None and record is None:
            batch.missing.append((key, one.get("objectWriteTraceId")))
            continue
        if blanks and record is not None:
            given = {**_blanked(records, record), **given}
        batch.plan(at, record, given, (id_property or "", key))
    return batch.answer(200)


def read(account: Account, call: Call) -> Answer:
    """Records by id or a unique property; all that are missing in one error (§2.5.1)."""
    records = account.records(call.parameters["object_type"])
    body = call.json()
    inputs = _inputs_of(call, body, "SimplePublicObjectId$Json", needs=("id",))
    if not inputs:
        return _nothing(call, 200)
    histories = body.get("propertiesWithHistory") or ()
    if histories and len(inputs) > MAX_HISTORY_INPUTS:
        raise validation_error(
            "The maximum number of inputs supported in a batch request for property histories is "
            f"{MAX_HISTORY_INPUTS}. Please reduce the number of items and try again"
        )
    id_property: Any = body.get("idProperty")
    if id_property not in (None, "hs_object_id") and not records.is_unique(id_property):
        raise _not_unique(account, records, id_property, "read")
    names = body.get("properties") or records.kind.default_properties
    shown_names = [*names, *(body.get("propertiesWithHistory") or ())]
    check_sensitive(account, call, records.kind, shown_names, "read")
    call.keep(tuple(str(one["id"]) for one in inputs))
    archived = call.is_true("archived")
    found: dict[str, Shown] = {}
    missing: list[str] = []
    for one in inputs:
        key = str(one["id"])
        if archived:
            record, archived_at = records.archived.get(key, (None, ""))
        else:
            record = records.find(key, id_property)
        if record is None:
            missing.append(key)
            continue
        shown = as_read(account, records, record, names, call.now, histories)
        if archived:
            shown |= {"archived": True, "archivedAt": archived_at}
        found[record.id] = shown
    results = _shuffled(account, list(found.values()))
    errors = [missing_objects(records, missing, [])] if missing else []
    return Answer(
        mixed_status(account, call.version, 200, errors),
        envelope(results, errors, call.now, account.clock.now()),
    )


def archive(account: Account, call: Call) -> Answer:
    """Always 204, whether or not the ids exist (§2.5)."""
    records = account.records(call.parameters["object_type"])
    inputs = _inputs(call, "SimplePublicObjectId$Json", needs=("id",))
    call.keep(tuple(str(one["id"]) for one in inputs))
    now = iso(call.now)
    for one in inputs:
        record = records.by_id.get(str(one["id"]))
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
    ) -> None:
        self._account = account
        self._records = records
        self._call = call
        self._writer = Writer(account, records, call)
        self._planned: list[Planned] = []
        self._failed: list[tuple[int, Failed]] = []
        self._seen: dict[str, int] = {}
        self._inputs = inputs
        traces = tuple(one.get("objectWriteTraceId") for one in inputs)
        each_its_own = None not in traces and len(set(traces)) == len(traces)
        self.trace_ids: tuple[str, ...] = tuple(str(one) for one in traces if one is not None)
        self._multi_status = multi_status and each_its_own
        self.missing: list[tuple[str, str | None]] = []
        self.tells_new = False
        self.shown_too: str | None = None

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
            raise _duplicates([str(first), str(self._inputs[at]["id"])])
        try:
            planned = self._writer.plan(record, given, key, upsert=self.tells_new)
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
            result, created = self._writer.commit(planned, self.shown_too)
            if self.tells_new:
                result["new"] = created
            results.append(result)
        errors = [
            self._writer.error_of(failed, str(self._inputs[at]["objectWriteTraceId"]))
            for at, failed in self._failed
        ]
        if self.missing:
            named = self._account.settings.behaviour.trace_ids_of_missing
            trace_ids = [trace for _, trace in self.missing if named and trace is not None]
            errors.append(
                missing_objects(self._records, [key for key, _ in self.missing], trace_ids)
            )
        return Answer(
            mixed_status(self._account, self._call.version, status, errors),
            envelope(
                _shuffled(self._account, results), errors, self._call.now, self._account.clock.now()
            ),
        )


def _inputs(call: Call, wanted: str, *, needs: tuple[str, ...]) -> list[Body]:
    return _inputs_of(call, call.json(), wanted, needs=needs)


def _inputs_of(call: Call, body: Body, wanted: str, *, needs: tuple[str, ...]) -> list[Body]:
    """The inputs; a body without them is a silent no-op, as any unknown key is (§2.5.1)."""
    inputs = body.get("inputs")
    if inputs is None:
        return []
    if type(inputs) is not list:
        raise call.mismatch("java.util.ArrayList", ("inputs",))
    if not _all_well_formed(inputs, needs):
        _read_each(call, inputs, wanted, needs)
    if len(inputs) > MAX_INPUTS:
        raise too_many_inputs(MAX_INPUTS)
    return inputs


def _all_well_formed(inputs: list[Any], needs: tuple[str, ...]) -> bool:
    """Whether all inputs are as nearly all are; only others are looked at one by one."""
    try:
        for name in needs:
            if {type(one[name]) for one in inputs} - {_SHAPES[name]}:
                return False
        return "id" not in needs or "" not in [one["id"] for one in inputs]
    except (KeyError, TypeError):
        return False


def _read_each(call: Call, inputs: list[Any], wanted: str, needs: tuple[str, ...]) -> None:
    """Turn ids into texts, and refuse inputs that are not what the operation reads."""
    for at, one in enumerate(inputs):
        if type(one) is not dict:
            raise call.mismatch(wanted, ("inputs", at))
        for name in needs:
            given = one.get(name)
            if given is None or given == "":
                raise call.incomplete(wanted.removesuffix("$Json"), [name], ("inputs", at))
            if (type(given) is dict) != (name == "properties") or type(given) is list:
                raise call.mismatch(MAP if name == "properties" else TEXT, ("inputs", at, name))
            if name == "id" and type(given) is not str:
                one["id"] = str(given)


def _id_property(records: Records, inputs: list[Body]) -> str | None:
    """The id property of all inputs; HubSpot's view of mixed ones is not known (§2.5.4)."""
    named = {one.get("idProperty") for one in inputs}
    if len(named) > 1:
        raise validation_error(
            f"All inputs of a {records.kind.singular} batch must have the same idProperty"
        )
    return inputs[0].get("idProperty")


def _keys(records: Records, inputs: list[Body], id_property: str | None) -> tuple[str, ...]:
    return tuple([records.key_of(id_property, one["id"]) for one in inputs])


def _refuse_duplicates(keys: tuple[str, ...]) -> None:
    """§2.5.1: with or without trace ids."""
    if len(set(keys)) < len(keys):
        raise _duplicates(list(dict.fromkeys(key for key in keys if keys.count(key) > 1)))


def _duplicates(ids: list[str]) -> Refusal:
    return validation_error(
        f"Duplicate IDs found in batch input: [{', '.join(ids)}]. IDs must be unique",
        context={"ids": ids},
    )


def _not_unique(
    account: Account, records: Records, name: str, operation: str = "update/upsert"
) -> Refusal:
    return validation_error(
        f"Unable to perform {operation} by non-unique {records.kind.id} property {name} "
        f"in portal ID {account.settings.portal_id}"
    )


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


def _shuffled(account: Account, results: list[Shown]) -> list[Shown]:
    if account.settings.behaviour.shuffle_results:
        account.random.shuffle(results)
    return results
