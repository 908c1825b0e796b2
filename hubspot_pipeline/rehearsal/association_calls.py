"""Associations of a rehearsed account: read, made and taken away (hubspot-api §4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.hubspot import account as hubspot_account
from hubspot_pipeline.hubspot import associations
from hubspot_pipeline.hubspot.association_answers import Label, record_id
from hubspot_pipeline.hubspot.error_answers import objects
from hubspot_pipeline.object_types import COMPANIES
from hubspot_pipeline.rehearsal.changes import is_new

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hubspot_pipeline.hubspot.routes import Route
    from hubspot_pipeline.rehearsal.changes import Changes
    from hubspot_pipeline.rehearsal.known_pairs import KnownPairs, Labels, Pair
    from hubspot_pipeline.rehearsal.looking import Looking

_Body = dict[str, Any]
_NONE: Labels = frozenset()
_BARE: Labels = frozenset({Label("", "")})
"""Stands for the unlabeled kind of a direction in which nobody has asked what it is."""


@dataclass(frozen=True, slots=True)
class AssociationCalls:
    """Answers calls about associations from one object type to another.

    Attributes:
        near: Looks for the records that they lead from.
        far: Looks for those that they lead to.
        changes: Where it is noted what they change.
    """

    near: Looking
    far: Looking
    changes: Changes

    async def read(self, route: Route, inputs: Sequence[_Body]) -> _Body:
        """Answer with what records are associated with."""
        asked = [each for each in inputs if not is_new(str(each["id"]))]
        body: _Body = {"results": []}
        if asked:
            body = (await self.near.reader.call(route, {"inputs": asked})).body
        results = {record_id(each.get("from")): each for each in objects(body.get("results"))}
        for each in inputs:
            from_id = str(each["id"])
            written = self._written.of(from_id)
            if written:
                told = {to_id: await self._plain(labels) for to_id, labels in written.items()}
                result = results.setdefault(from_id, {"from": {"id": from_id}})
                result["to"] = _merged(result, told, is_first=not each.get("after"))
        shown = [each for each in results.values() if each.get("to") or each.get("paging")]
        return {**body, "results": shown}

    async def associate(self, inputs: Sequence[_Body]) -> _Body:
        """Associate pairs; the types of an input replace those that its pair has.

        Inputs without types associate by default, and take none away.
        """
        pairs = [(str(each["from"]["id"]), str(each["to"]["id"])) for each in inputs]
        missing = await self._missing({to_id for _, to_id in pairs})
        unlabeled = await self._unlabeled()
        held = await self._held(
            pairs, unlabeled, has_labels=any("types" in each for each in inputs)
        )
        results: list[_Body] = []
        errors: list[_Body] = []
        for each, pair in zip(inputs, pairs, strict=True):
            error = self._error(pair, missing)
            if error:
                errors.append(error)
                continue
            self._set(pair, held[pair], (_labels(each) or held[pair]) | unlabeled, unlabeled)
            results.append({"from": {"id": pair[0]}, "to": {"id": pair[1]}})
            results.append({"fromObjectId": pair[0], "toObjectId": pair[1]})
        return {"status": "COMPLETE", "results": results, "errors": errors}

    async def part(self, inputs: Sequence[_Body]) -> _Body:
        """Take pairs apart, or labels off them; with the unlabeled kind all labels go."""
        wanted = {
            (str(each["from"]["id"]), str(to["id"])): _labels(each)
            for each in inputs
            for to in (each["to"] if isinstance(each["to"], list) else [each["to"]])
        }
        unlabeled = await self._unlabeled()
        held = await self._held(list(wanted), unlabeled, has_labels=any(wanted.values()))
        for pair, labels in wanted.items():
            keeps = labels and labels.isdisjoint(unlabeled)
            self._set(pair, held[pair], held[pair] - labels if keeps else _NONE, unlabeled)
        return {"status": "COMPLETE"}

    async def _held(
        self, pairs: Sequence[Pair], unlabeled: Labels, *, has_labels: bool
    ) -> dict[Pair, Labels]:
        """Return the labels that pairs have by now; none where they are not associated.

        Where no label matters, companies are not asked: they may have many thousand contacts, who
        have few companies.
        """
        known = {
            pair: await self._plain(labels)
            for pair in pairs
            if (labels := self._written.get(pair)) is not None
        }
        unread = [pair for pair in pairs if pair not in known and not any(map(is_new, pair))]
        near, far = self.near.object_type, self.far.object_type
        if near == COMPANIES and not has_labels:
            ids = [to_id for _, to_id in unread]
            back = await associations.read(self.near.reader, far, near, ids)
            read = {(from_id, to_id): unlabeled for to_id, from_id in back}
        else:
            ids = [from_id for from_id, _ in unread]
            read = dict(await associations.read(self.near.reader, near, far, ids))
        return {pair: known.get(pair, read.get(pair, _NONE)) for pair in pairs}

    async def _missing(self, ids: Iterable[str]) -> set[str]:
        """Return the ids of records that do not exist."""
        unsure = [each for each in ids if not is_new(each) and not self.far.has_seen(each)]
        return set((await self.far.find(None, unsure, ())).missing)

    async def _unlabeled(self) -> Labels:
        """Return the kind that every association is of, and that has no name."""
        kinds = await hubspot_account.association_labels(
            self.near.reader, self.near.object_type, self.far.object_type
        )
        return frozenset(Label(kind.category, kind.type_id) for kind in kinds if not kind.label)

    async def _plain(self, labels: Labels) -> Labels:
        return await self._unlabeled() if labels == _BARE else labels

    def _error(self, pair: Pair, missing: set[str]) -> _Body | None:
        from_id, to_id = pair
        if from_id == to_id and self.near.object_type == self.far.object_type:
            message = f"Object {from_id} cannot be associated to itself ({from_id})"
            return {"category": "VALIDATION_ERROR", "message": message}
        if to_id not in missing:
            return None
        return {
            "category": "OBJECT_NOT_FOUND",
            "subCategory": "crm.associations.TO_OBJECT_NOT_FOUND",
            "message": f"No {self.far.object_type} with ID {to_id} exists",
            "context": {"id": [to_id]},
        }

    def _set(self, pair: Pair, before: Labels, after: Labels, unlabeled: Labels) -> None:
        """Give a pair its labels, and note what changes.

        Seen from the other record, the association is there or not; which labels it has that way
        round, no answer tells.
        """
        near, far = self.near.object_type, self.far.object_type
        self._written.set(pair, after)
        back = self.near.rehearsed.pairs_of(far, near)
        back.set((pair[1], pair[0]), after and (back.get((pair[1], pair[0])) or _BARE))
        change = self.changes.of((near, pair[0]))
        if before and not after:
            change.associate("remove", far, None, pair[1])
            return
        for label in _sorted(before - after):
            change.associate("remove", far, label, pair[1])
        for label in _sorted(after - before - unlabeled):
            change.associate("add", far, label, pair[1])
        if not before and after and after <= unlabeled:
            change.associate("add", far, None, pair[1])

    @property
    def _written(self) -> KnownPairs:
        return self.near.rehearsed.pairs_of(self.near.object_type, self.far.object_type)


def _merged(
    result: Mapping[str, Any], written: Mapping[str, Labels], *, is_first: bool
) -> list[_Body]:
    """Return what a page tells of a record's associations, as they are by now."""
    held = {record_id(each.get("toObjectId")): each for each in objects(result.get("to"))}
    for to_id, labels in written.items():
        if to_id in held or is_first:
            held[to_id] = {
                "toObjectId": to_id,
                "associationTypes": [
                    {"category": each.category, "typeId": each.type_id} for each in labels
                ],
            }
    return [each for to_id, each in held.items() if written.get(to_id or "") != _NONE]


def _labels(input_: Mapping[str, Any]) -> Labels:
    return frozenset(
        Label(str(each["associationCategory"]), str(each["associationTypeId"]))
        for each in input_.get("types", ())
    )


def _sorted(labels: Iterable[Label]) -> list[str]:
    """Return labels as texts."""
    return sorted(f"{each.category}:{each.type_id}" for each in labels)
