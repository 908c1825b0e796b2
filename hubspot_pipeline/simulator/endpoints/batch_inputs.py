"""The inputs of a batch as they were sent: whether they can be read, and whom they mean (§2.5)."""

from collections import Counter
from types import NoneType
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.records import Records
from hubspot_pipeline.simulator.account.values import text_of
from hubspot_pipeline.simulator.answers import Refusal, too_many_inputs, validation_error
from hubspot_pipeline.simulator.calls import MAP, TEXT, Body, Call

MAX_INPUTS = 100
LIST = "java.util.ArrayList"
_SHAPES = {"id": str, "properties": dict}
_TEXT_OR_NONE = {str, NoneType}


def read_inputs(call: Call, body: Body, wanted: str, *, needs: tuple[str, ...]) -> list[Body]:
    """The inputs; a body without them is a silent no-op, as any unknown key is (§2.5.1)."""
    inputs = body.get("inputs")
    if inputs is None:
        return []
    if type(inputs) is not list:
        raise call.mismatch(LIST, ("inputs",))
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
            if name == "id":
                one["id"] = text_of(given)


def texts(call: Call, inputs: list[Body], name: str) -> list[str | None]:
    """A text of each input, where it has one."""
    given = [one.get(name) for one in inputs]
    if set(map(type, given)) <= _TEXT_OR_NONE:
        return given
    for at, value in enumerate(given):
        if type(value) in (dict, list):
            raise call.mismatch(TEXT, ("inputs", at, name))
    return [None if value is None else text_of(value) for value in given]


def names(call: Call, body: Body, key: str) -> list[str]:
    """The names of properties that a body lists."""
    given = body.get(key)
    if given is None:
        return []
    if type(given) is not list:
        raise call.mismatch(LIST, (key,))
    for at, name in enumerate(given):
        if type(name) is not str:
            raise call.mismatch(TEXT, (key, at))
    return given


def id_properties(
    account: Account, records: Records, call: Call, inputs: list[Body]
) -> list[str | None]:
    """The id property of each input; that they may differ is not known of HubSpot (§2.5.4).

    Raises:
        Refusal: They differ, or one is not unique; ``hs_object_id`` is none for writes.
    """
    named = texts(call, inputs, "idProperty")
    different = dict.fromkeys(named)
    if len(different) > 1 and account.settings.behaviour.mixed_id_properties_refused:
        raise validation_error(
            f"All inputs of a {records.kind.singular} batch must have the same idProperty"
        )
    for name in different:
        if name is not None and not records.is_unique(name):
            raise not_unique(account, records, name)
    return named


def keys(records: Records, inputs: list[Body], named: list[str | None]) -> tuple[str, ...]:
    """What each input calls its record, in the form in which it is compared.

    Raises:
        Refusal: Two inputs mean the same record, with or without trace ids (§2.5.1).
    """
    ids = [one["id"] for one in inputs]
    found = tuple(map(records.key_of, named, ids))
    if len(set(zip(named, found, strict=True))) < len(found):
        counts = Counter(zip(named, found, strict=True))
        raise duplicates(list(dict.fromkeys(key for (_, key), n in counts.items() if n > 1)))
    return found


def duplicates(ids: list[str]) -> Refusal:
    """The 400 of inputs that mean the same record (§2.5.1)."""
    return validation_error(
        f"Duplicate IDs found in batch input: [{', '.join(ids)}]. IDs must be unique",
        context={"ids": ids},
    )


def not_unique(
    account: Account, records: Records, name: str, operation: str = "update/upsert"
) -> Refusal:
    """The 400 of an id property that does not tell records apart (§2.5.4)."""
    return validation_error(
        f"Unable to perform {operation} by non-unique {records.kind.id} property {name} "
        f"in portal ID {account.settings.portal_id}"
    )
