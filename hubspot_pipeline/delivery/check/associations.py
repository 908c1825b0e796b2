"""Associations held to the account: object types, labels, and how the other side is found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.delivery.check.nearest import hint
from hubspot_pipeline.delivery.check.properties import NO_RECORD_ID, can_be_record_ids, hold_search
from hubspot_pipeline.delivery.check.rejections import Rejections
from hubspot_pipeline.delivery.check.schema import no_object_type, read_schema
from hubspot_pipeline.hubspot import account
from hubspot_pipeline.writes import RECORD_ID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hubspot_pipeline.hubspot.account import AssociationLabel, ObjectType
    from hubspot_pipeline.hubspot.client import HubSpotClient


@dataclass(frozen=True, slots=True)
class _Kind:
    """What some associations have in common, as it was written, and as the account has it."""

    to_type: str
    label: str | None = None
    problem: str | None = None


async def check_associations(
    client: HubSpotClient,
    kind: ObjectType,
    associations: pa.Table,
    rejections: Rejections,
    now: datetime,
    *,
    is_private: bool = False,
) -> pa.Table:
    """Hold associations to the account.

    Args:
        client: The portal.
        kind: The object type of the writes.
        associations: ``writes.ASSOCIATIONS``.
        rejections: Takes in the writes with associations that there cannot be.
        now: From when HubSpot counts a thousand years (``times``).
        is_private: Whether what they find other records by must not be shown.

    Returns:
        The associations with their object types by the names that paths have for them, and their
        labels as ``CATEGORY:typeId``; null is the unlabeled one.

    Raises:
        TryLaterError, ConfigurationError: HubSpot did not tell its schema.
    """
    if not associations.num_rows:
        return associations
    keys = pc.binary_join_element_wise(
        associations["to_type"],
        pc.fill_null(associations["label"], ""),
        pc.fill_null(associations["id_property"], ""),
        "\x1f",
    )
    encoded = keys.combine_chunks().dictionary_encode()
    kinds = [
        await _kind(client, kind, *key.split("\x1f")) for key in encoded.dictionary.to_pylist()
    ]
    problems = pa.array([each.problem for each in kinds], pa.string()).take(encoded.indices)
    wrong = np.flatnonzero(problems.is_valid())
    _reject(rejections, associations, wrong, problems.drop_null())
    named = {
        "to_type": pa.array([each.to_type for each in kinds], pa.string()).take(encoded.indices),
        "label": pa.array([each.label for each in kinds], pa.string()).take(encoded.indices),
    }
    for name, values in named.items():
        associations = associations.set_column(associations.column_names.index(name), name, values)
    _hold_record_ids(associations, rejections)
    sought = pc.and_(problems.is_null(), associations["id_property"].is_null())
    return await _hold_searches(client, associations, sought, rejections, now, is_private)


def _hold_record_ids(associations: pa.Table, rejections: Rejections) -> None:
    """Refuse record ids that no record can have."""
    is_record_id = pc.equal(associations["id_property"], RECORD_ID)
    wrong = pc.and_(is_record_id, pc.invert(can_be_record_ids(associations["id"])))
    at = np.flatnonzero(pc.fill_null(wrong, False))
    _reject(rejections, associations, at, pa.repeat(NO_RECORD_ID, len(at)))


def _reject(
    rejections: Rejections, associations: pa.Table, at: np.ndarray, reasons: pa.Array
) -> None:
    """Take in the writes of the associations at these places, by what they ask for."""
    writes, removed = (associations[name].to_numpy()[at] for name in ("write", "remove"))
    for field, these in (("associations", ~removed), ("dissociations", removed)):
        rejections.add_at(writes[these], field, reasons.filter(pa.array(these)))


async def _kind(
    client: HubSpotClient, kind: ObjectType, to_type: str, label: str, id_property: str
) -> _Kind:
    other = await account.object_type(client, to_type)
    if other is None:
        return _Kind(to_type, problem=await no_object_type(client, to_type))
    if id_property:
        schema = await read_schema(client, other, [id_property])
        problem = schema.no_key(id_property)
        if problem:
            return _Kind(other.name, problem=problem)
    if not label:
        return _Kind(other.name)
    labels = await account.association_labels(client, kind.name, other.name)
    found = _found(label, labels)
    if found is None:
        return _Kind(other.name, problem=_no_label(label, labels, f"{kind.name} to {other.name}"))
    # What every association has anyway is made without a label; without it, none is left (§4.1).
    plain = [one for one in labels if one.label is None]
    if plain == [found]:
        return _Kind(other.name)
    return _Kind(other.name, f"{found.category}:{found.type_id}")


async def _hold_searches(
    client: HubSpotClient,
    associations: pa.Table,
    sought: pa.ChunkedArray,
    rejections: Rejections,
    now: datetime,
    is_private: bool,
) -> pa.Table:
    """Hold the search fields by which other sides are found to those sides' object types."""
    ids = associations["id"].combine_chunks()
    sought = pc.and_(sought, ids.is_valid())
    for name in pc.unique(associations["to_type"].filter(sought)).to_pylist():
        of_type = pc.and_(sought, pc.equal(associations["to_type"], name)).combine_chunks()
        encoded = ids.filter(of_type).dictionary_encode()
        texts, problems = await _held_searches(
            client, name, encoded.dictionary.to_pylist(), now, is_private
        )
        ids = pc.replace_with_mask(ids, of_type, texts.take(encoded.indices))
        wrong = problems.take(encoded.indices)
        at = np.flatnonzero(of_type)[np.asarray(wrong.is_valid())]
        _reject(rejections, associations, at, wrong.drop_null())
    return associations.set_column(associations.column_names.index("id"), "id", ids)


async def _held_searches(
    client: HubSpotClient, object_type: str, searches: list[str], now: datetime, is_private: bool
) -> tuple[pa.Array, pa.Array]:
    """Return distinct searches, as JSON text, with values as HubSpot has them; and their problems.

    Each is read once, however many rows have it.
    """
    other = await account.object_type(client, object_type)
    if other is None:
        raise ValueError(f"{object_type} is no object type that was found before.")
    read = [orjson.loads(each) for each in searches]
    names = sorted({name for each in read for name in each})
    columns = {
        name: pa.chunked_array([pa.array([each.get(name) for each in read], pa.string())])
        for name in names
    }
    rejections = Rejections(len(read))
    schema = await read_schema(client, other, names)
    if is_private:
        schema = replace(schema, sensitive=frozenset(names))
    held = hold_search(pa.table(columns), schema, rejections, now)
    texts = [
        orjson.dumps({name: row[name] for name in each}).decode()
        for each, row in zip(read, held.to_pylist(), strict=True)
    ]
    return pa.array(texts, pa.string()), rejections.reasons()


def _found(wanted: str, labels: Sequence[AssociationLabel]) -> AssociationLabel | None:
    """Return the label of this ``CATEGORY:typeId``, or of this name in any case.

    None where there is none, or where two differ in category only.
    """
    folded = wanted.strip().casefold()
    by_id = [one for one in labels if f"{one.category}:{one.type_id}".casefold() == folded]
    by_name = [one for one in labels if (one.label or "").strip().casefold() == folded]
    named = by_id or by_name
    return named[0] if len(named) == 1 else None


def _no_label(wanted: str, labels: Sequence[AssociationLabel], pair: str) -> str:
    called = {one.label or "": one.label or f"{one.category}:{one.type_id}" for one in labels}
    called.update((id_, id_) for one in labels if (id_ := f"{one.category}:{one.type_id}"))
    return f"associations of {pair} have no label {wanted!r}{hint(wanted, called)}"
