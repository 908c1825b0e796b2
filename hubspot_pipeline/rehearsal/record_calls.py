"""Batches of records, answered as HubSpot would (hubspot-api §2.5), with nothing sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.hubspot.error_answers import error_from_item, objects
from hubspot_pipeline.hubspot.errors import ErrorFacts, Unavailable, ValidationRefused
from hubspot_pipeline.object_types import CONTACTS
from hubspot_pipeline.rehearsal.changes import is_new, new_id
from hubspot_pipeline.rehearsal.known_records import KnownRecord
from hubspot_pipeline.rehearsal.refusals import lacking, needed_on_creation, refusal
from hubspot_pipeline.writes import LIFECYCLE_STAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hubspot_pipeline.hubspot.properties import Property
    from hubspot_pipeline.hubspot.routes import Route
    from hubspot_pipeline.rehearsal.changes import Changes
    from hubspot_pipeline.rehearsal.looking import Looking
    from hubspot_pipeline.rehearsal.refusals import Needed

_Input = dict[str, Any]
_Body = dict[str, Any]

_FIRST_STAGE = "lead"
"""The stage of contacts that are created without one (hubspot-api §2.6)."""


@dataclass(frozen=True, slots=True)
class RecordCalls:
    """Answers the batch calls about records of one object type.

    Attributes:
        looking: Looks for the records.
        changes: Where it is noted what they change.
    """

    looking: Looking
    changes: Changes

    async def read(self, route: Route, body: Mapping[str, Any]) -> _Body:
        """Answer a batch read."""
        if body.get("propertiesWithHistory"):
            return await self._histories(route, body)
        ids = [str(each["id"]) for each in body["inputs"]]
        id_property, names = body.get("idProperty"), body["properties"]
        looked = await self.looking.find(id_property, ids, names)
        found = {record.id: record for record in looked.found.values()}
        results = [
            {"id": record.id, "properties": {name: record.value(name) for name in names}}
            for record in found.values()
        ]
        return _answer(results, [_missing(looked.missing)] if looked.missing else [])

    async def _histories(self, route: Route, body: Mapping[str, Any]) -> _Body:
        """Answer a batch read, by record ids, of all values that properties have had."""
        names = body["propertiesWithHistory"]
        asked = [each for each in body["inputs"] if not is_new(str(each["id"]))]
        answer: _Body = {"results": []}
        if asked:
            answer = (await self.looking.reader.call(route, {**body, "inputs": asked})).body
        told = {
            str(each.get("id")): each.get("propertiesWithHistory") or {}
            for each in objects(answer.get("results"))
        }
        for id_ in _ids(body["inputs"]):
            record = self.looking.known.get(id_)
            if record is None:
                continue
            for name in [name for name in names if name in record.written]:
                values = [record.written[name], *record.overwritten.get(name, [])]
                versions = told.setdefault(id_, {})
                versions[name] = [
                    *({"value": value} for value in values),
                    *objects(versions.get(name)),
                ]
        return {
            **answer,
            "results": [
                {"id": id_, "propertiesWithHistory": versions} for id_, versions in told.items()
            ],
        }

    async def upsert(self, inputs: Sequence[_Input]) -> _Body:
        """Answer a batch upsert; all of its inputs name the same id property."""
        id_property = str(inputs[0]["idProperty"])
        looked = await self.looking.find(id_property, _ids(inputs), _names(inputs, id_property))
        if looked.unanswered:
            raise Unavailable(f"HubSpot did not say whether '{looked.unanswered[0]}' exists.")
        _refuse_twins(inputs, looked.found)
        writing = await self._writing(inputs, id_property)
        for each in inputs:
            key = str(each["id"])
            record = looked.found.get(key)
            given = each["properties"]
            if record is None and id_property not in given:
                given = {**given, id_property: key}
            writing.write(record, given, each)
        return _answer(writing.results, writing.errors)

    async def create(self, inputs: Sequence[_Input]) -> _Body:
        """Answer a batch creation."""
        writing = await self._writing(inputs)
        for each in inputs:
            writing.write(None, each["properties"], each)
        return _answer(writing.results, writing.errors)

    async def update(self, inputs: Sequence[_Input]) -> _Body:
        """Answer a batch update by record ids.

        Of a value that is refused, it is not known for sure whether it sinks the whole batch; here
        it does (hubspot-api §2.5.1).
        """
        looked = await self.looking.find(None, _ids(inputs), _names(inputs))
        writing = await self._writing(inputs)
        there = [
            (record, each)
            for each in inputs
            if (record := looked.found.get(str(each["id"]))) is not None
        ]
        for record, each in there:
            error = writing.error_of(record, each["properties"], each)
            if error is not None:
                raise error_from_item(error)
        for record, each in there:
            writing.write(record, each["properties"], each)
        missing = [_missing(looked.missing)] if looked.missing else []
        return _answer(writing.results, [*writing.errors, *missing])

    async def _writing(self, inputs: Sequence[_Input], found_by: str | None = None) -> _Writing:
        properties = await self.looking.properties(_names(inputs))
        needed = await needed_on_creation(self.looking.reader, self.looking.object_type)
        writing = _Writing(self.looking, self.changes, properties, needed, found_by)
        await writing.find_owners(inputs)
        return writing


class _Writing:
    """The writes of one call, one after the other.

    ``needed`` is what a new record needs; ``found_by`` is the id property of an upsert.
    """

    def __init__(
        self,
        looking: Looking,
        changes: Changes,
        properties: Mapping[str, Property],
        needed: Needed,
        found_by: str | None,
    ) -> None:
        self.results: list[_Body] = []
        self.errors: list[_Body] = []
        self._looking = looking
        self._changes = changes
        self._properties = properties
        self._needed = needed
        self._found_by = found_by
        self._is_contacts = looking.object_type == CONTACTS
        self._unique = {name for name, each in properties.items() if each.unique}
        if self._is_contacts:
            self._unique.add("email")
        self._owners: dict[tuple[str, str], KnownRecord] = {}

    async def find_owners(self, inputs: Sequence[_Input]) -> None:
        """Look who has the unique values that are about to be written."""
        for name in sorted(self._unique.intersection(_names(inputs)) - {self._found_by}):
            given = [each["properties"].get(name) for each in inputs]
            looked = await self._looking.find(name, [each for each in given if each], ())
            self._owners |= {(name, key): record for key, record in looked.found.items()}

    def error_of(
        self, record: KnownRecord | None, given: Mapping[str, str], input_: _Input
    ) -> _Body | None:
        """Return why HubSpot would not write these values; None where it would."""
        traces = {"objectWriteTraceId": [str(input_.get("objectWriteTraceId"))]}
        needed = self._needed if record is None else ()
        message = refusal(self._looking.object_type, given, needed)
        if message is not None:
            context = {**traces, "properties": lacking(given, needed)}
            return {"category": "VALIDATION_ERROR", "message": message, "context": context}
        for name, value in given.items():
            owner = self._owners.get((name, value))
            if owner is not None and (record is None or owner.id != record.id):
                is_creation = record is None and self._found_by is None
                return self._conflict(name, value, owner.id, traces, is_creation=is_creation)
        return None

    def write(self, record: KnownRecord | None, given: Mapping[str, str], input_: _Input) -> None:
        """Write to a record, or to a new one, unless another has a unique value of it."""
        error = self.error_of(record, given, input_)
        if error is not None:
            self.errors.append(error)
            return
        created = record is None
        if record is None:
            rehearsed = self._looking.rehearsed
            rehearsed.created += 1
            record = KnownRecord(new_id(rehearsed.created), created=True)
            self._changes.of((self._looking.object_type, record.id)).created = True
        told = {name: self._set(record, name, value) for name, value in given.items()}
        if created and self._is_contacts and not record.value(LIFECYCLE_STAGE):
            told[LIFECYCLE_STAGE] = self._set(record, LIFECYCLE_STAGE, _FIRST_STAGE)
        if self._found_by is not None:
            told.setdefault(self._found_by, record.value(self._found_by) or "")
        # No trace id is told, as HubSpot tells none of what it accepted (hubspot-api §2.5.2).
        self.results.append({"id": record.id, "new": created, "properties": told})

    def _set(self, record: KnownRecord, name: str, value: str) -> str:
        """Give a record a value, and return what it has then."""
        before = record.value(name) or ""
        after = self._stored(name, before, value)
        self._looking.known.write(record, name, after)
        if name in self._unique and after:
            self._owners[name, value] = record
        self._changes.of((self._looking.object_type, record.id)).set(name, before, after)
        return after

    def _stored(self, name: str, before: str, value: str) -> str:
        """Return what HubSpot makes of a value (hubspot-api §2.6, §3.6)."""
        if name == "email" and self._is_contacts:
            return value.lower()
        if name == LIFECYCLE_STAGE and before and value:
            options = [each.value for each in self._options(name)]
            known = before in options and value in options
            return before if known and options.index(value) < options.index(before) else value
        if value.startswith(";") and self._options(name):
            return ";".join(dict.fromkeys(filter(None, [*before.split(";"), *value.split(";")])))
        return value

    def _options(self, name: str) -> Sequence[Any]:
        definition = self._properties.get(name)
        return definition.options if definition else ()

    def _conflict(
        self, name: str, value: str, owner: str, traces: _Body, *, is_creation: bool
    ) -> _Body:
        """Return the error of a value that another record has (hubspot-api §2.5.1, §2.8)."""
        if name == "email" and self._is_contacts and is_creation:
            message = f"Contact already exists. Existing ID: {owner}"
            context = {**traces, "existingId": [owner]}
            return {"category": "CONFLICT", "message": message, "context": context}
        message = (
            f"Cannot set PropertyValueCoordinates{{propertyName={name}, value={value}}} on 0. "
            f"{owner} already has that value."
        )
        return {"category": "VALIDATION_ERROR", "message": message, "context": traces}


def _ids(inputs: Sequence[_Input]) -> list[str]:
    return [str(each["id"]) for each in inputs]


def _names(inputs: Sequence[_Input], *more: str) -> list[str]:
    """Return the properties whose values must be known to say what a batch changes."""
    return list(dict.fromkeys([*(name for each in inputs for name in each["properties"]), *more]))


def _refuse_twins(inputs: Sequence[_Input], found: Mapping[str, KnownRecord]) -> None:
    """Refuse a batch that names a record twice, by two of its values (hubspot-api §2.5.1)."""
    seen: dict[str, str] = {}
    for id_ in _ids(inputs):
        record = found.get(id_)
        if record is not None and seen.setdefault(record.id, id_) != id_:
            twins = (seen[record.id], id_)
            raise ValidationRefused(
                f"Duplicate IDs found in batch input: [{', '.join(twins)}]. IDs must be unique",
                ErrorFacts(status=400, category="VALIDATION_ERROR", context={"ids": twins}),
            )


def _missing(ids: Sequence[str]) -> _Body:
    return {
        "category": "OBJECT_NOT_FOUND",
        "message": "Could not get some objects, they may be deleted or not exist.",
        "context": {"ids": list(ids)},
    }


def _answer(results: list[_Body], errors: list[_Body]) -> _Body:
    return {"status": "COMPLETE", "results": results, "errors": errors}
