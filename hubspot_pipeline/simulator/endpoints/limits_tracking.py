"""How much of the account's limits is used: records, properties, pipelines, types, associations.

The counts are the account's own. The limits are those that this simulator keeps; where it keeps
none, as of records, the number is made up (hubspot-api §8.7 names the paths, not the numbers).
"""

from collections.abc import Callable, Iterable

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.association_types import MAX_LABELS, USER_DEFINED
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.answers import Answer
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.endpoints.property_definitions import MAX_CUSTOM
from hubspot_pipeline.simulator.endpoints.shown import Shown
from hubspot_pipeline.simulator.settings import ALL_SCOPES, AssociationLimit

MAX_RECORDS = 15_000_000
MAX_CUSTOM_RECORDS = 1_500_000
MAX_PIPELINES = 100
MAX_CALCULATED = 200
MAX_ASSOCIATED = 50_000
NEAR = 0.8
"""From which share of its limit on a record counts as near it; this simulator's choice."""

SCOPES = tuple(sorted(one for one in ALL_SCOPES if one.startswith("crm.objects.")))
"""Any one of them is enough (§8.7)."""


def records(account: Account, _call: Call) -> Answer:
    """Records by object type; those of custom types share one limit."""
    counted = _by_type(
        account, lambda kind: len(account.records(kind)), MAX_RECORDS, MAX_CUSTOM_RECORDS
    )
    return Answer(200, counted)


def pipelines(account: Account, _call: Call) -> Answer:
    """Pipelines by object type."""
    counted = _by_type(
        account, lambda kind: len(account.pipelines.of(kind)), MAX_PIPELINES, MAX_PIPELINES
    )
    return Answer(200, counted)


def custom_properties(account: Account, _call: Call) -> Answer:
    """Properties that are not HubSpot's, by object type and over all."""
    used = {kind: _custom(account, kind) for kind in account.types.all}
    total, overall = sum(used.values()), MAX_CUSTOM * len(used)
    return Answer(
        200,
        _overall(total, overall)
        | {"byObjectType": [_named(kind) | _usage(n, MAX_CUSTOM) for kind, n in used.items()]},
    )


def calculated_properties(account: Account, _call: Call) -> Answer:
    """Properties that are calculated, by object type and over all."""
    used = {kind: _calculated(account, kind) for kind in account.types.all}
    total = sum(used.values())
    by_type = [_named(kind) | {"usage": count} for kind, count in used.items()]
    return Answer(200, _overall(total, MAX_CALCULATED) | {"byObjectType": by_type})


def custom_object_types(account: Account, _call: Call) -> Answer:
    """Custom object types."""
    used = sum(kind.custom for kind in account.types.all)
    return Answer(200, _usage(used, account.settings.behaviour.custom_types_allowed))


def association_labels(account: Account, call: Call) -> Answer:
    """The account's own labels by pair of object types; `fromObjectTypeId`, `toObjectTypeId`."""
    wanted = [
        account.types.find(call.one(name)).id if call.one(name) else None
        for name in ("fromObjectTypeId", "toObjectTypeId")
    ]
    labels: dict[tuple[str, str], list[str]] = {}
    for kind in account.types.all:
        for one in account.associations.types.leading(kind):
            pair = (one.from_id, one.to_id)
            fits = all(want in (None, id_) for want, id_ in zip(wanted, pair, strict=True))
            if fits and one.type.category == USER_DEFINED and one.type.label is not None:
                labels.setdefault(pair, []).append(one.type.label)
    results = [
        {
            "fromObjectType": _named(account.types.find(from_id)),
            "toObjectType": _named(account.types.find(to_id)),
            **_usage(len(listed), MAX_LABELS),
            "allLabels": listed,
        }
        for (from_id, to_id), listed in labels.items()
    ]
    return Answer(200, {"results": results})


def associated_from(account: Account, _call: Call) -> Answer:
    """Object types with records that are near or at an admin's limit of associations (§4.2)."""
    return Answer(200, {"results": _near(account, lambda limit: limit.from_type, None)})


def associated_to(account: Account, call: Call) -> Answer:
    """Object types to which records of one type have nearly, or quite, too many associations."""
    kind = account.types.find(call.parameters["from_type"])
    return Answer(200, {"results": _near(account, lambda limit: limit.to_type, kind)})


def associated(account: Account, call: Call) -> Answer:
    """Records of one type that have nearly, or quite, too many associations with another."""
    from_kind = account.types.find(call.parameters["from_type"])
    to_kind = account.types.find(call.parameters["to_type"])
    limits = [
        limit
        for limit in account.settings.association_limits
        if account.types.find(limit.from_type) == from_kind
        and account.types.find(limit.to_type) == to_kind
    ]
    at, near = [], []
    for limit in limits:
        for record_id, count in _counts(account, limit):
            shown: Shown = {"objectId": int(record_id), "label": record_id}
            if count >= limit.most:
                at.append(shown)
            else:
                near.append(shown | _share(count, limit.most))
    return Answer(
        200,
        {
            "limit": min((limit.most for limit in limits), default=MAX_ASSOCIATED),
            "totalRecordsAtLimit": len(at),
            "totalRecordsNearLimit": len(near),
            "atLimitFromRecordSamples": at[:100],
            "nearLimitFromRecordSamples": near[:100],
        },
    )


# -- counting -------------------------------------------------------------------------------------


def _custom(account: Account, kind: ObjectType) -> int:
    return sum(not one.hubspot_defined for one in account.properties(kind).defined.values())


def _calculated(account: Account, kind: ObjectType) -> int:
    defined = account.properties(kind).defined.values()
    return sum(one.field_type.startswith("calculation_") for one in defined)


def _counts(account: Account, limit: AssociationLimit) -> Iterable[tuple[str, int]]:
    """Records near or at a limit, with how many associations they have."""
    from_kind, to_kind = account.types.find(limit.from_type), account.types.find(limit.to_type)
    types = account.associations.types
    one = (
        types.unlabeled(from_kind, to_kind)
        if limit.type_id is None
        else types.find(from_kind, to_kind, limit.category, limit.type_id)
    )
    if one is None:
        return
    for record in account.records(from_kind):
        count = account.associations.count(from_kind, record.id, to_kind, one)
        if count >= NEAR * limit.most:
            yield record.id, count


def _near(
    account: Account, side: Callable[[AssociationLimit], str], from_kind: ObjectType | None
) -> list[Shown]:
    found: dict[ObjectType, list[bool]] = {}
    for limit in account.settings.association_limits:
        if from_kind is None or account.types.find(limit.from_type) == from_kind:
            full = [count >= limit.most for _, count in _counts(account, limit)]
            found.setdefault(account.types.find(side(limit)), []).extend(full)
    return [
        _named(kind) | {"hasRecordsAtLimit": any(full), "hasRecordsNearLimit": not all(full)}
        for kind, full in found.items()
        if full
    ]


# -- showing --------------------------------------------------------------------------------------


def _by_type(
    account: Account, count: Callable[[ObjectType], int], limit: int, custom_limit: int
) -> Shown:
    kinds = account.types.all
    custom = {kind: count(kind) for kind in kinds if kind.custom}
    return {
        "hubspotDefinedObjectTypes": [
            _named(kind) | _usage(count(kind), limit) for kind in kinds if not kind.custom
        ],
        "customObjectTypes": _overall(sum(custom.values()), custom_limit)
        | {"byObjectType": [_named(kind) | {"usage": used} for kind, used in custom.items()]},
    }


def _overall(used: int, limit: int) -> Shown:
    return {
        "overallLimit": limit,
        "overallUsage": used,
        "overallPercentage": _percentage(used, limit),
    }


def _named(kind: ObjectType) -> Shown:
    singular, plural = kind.labels
    return {"objectTypeId": kind.id, "singularLabel": singular, "pluralLabel": plural}


def _usage(used: int, limit: int) -> Shown:
    return {"limit": limit} | _share(used, limit)


def _share(used: int, limit: int) -> Shown:
    return {"usage": used, "percentage": _percentage(used, limit)}


def _percentage(used: int, limit: int) -> float:
    return round(100 * used / limit, 2) if limit else 100.0
