"""Records that become one, and contacts that are forgotten (hubspot-api §2.3, §8.5)."""

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.object_types import CONTACTS
from hubspot_pipeline.simulator.account.records import Record, Records, addresses
from hubspot_pipeline.simulator.answers import Answer, Refusal, not_found, validation_error
from hubspot_pipeline.simulator.calls import TEXT, Body, Call
from hubspot_pipeline.simulator.endpoints.missing import no_record
from hubspot_pipeline.simulator.endpoints.shown import Reading
from hubspot_pipeline.simulator.endpoints.writing import stamp_of

MERGEABLE = ("contacts", "companies", "deals", "tickets")
"""HubSpot's own types that have a merge, besides all custom ones: it is in their specs only."""

MAX_IDENTITIES = 250


def merge(account: Account, call: Call) -> Answer:
    """Merge one record into another, which keeps its id and its values (§2.3)."""
    kind = account.types.find(call.parameters["object_type"])
    if kind.name not in MERGEABLE and not kind.custom:
        raise not_found(category=False)
    records = account.records(kind)
    body = call.json()
    wanted = ("primaryObjectId", "objectIdToMerge")
    if missing := [key for key in wanted if body.get(key) in (None, "")]:
        raise call.incomplete("PublicMergeInput", missing)
    primary_id, other_id = (_id(call, body, key) for key in wanted)
    call.keep((primary_id, other_id))
    if primary_id == other_id:
        raise validation_error(f"Cannot merge object {primary_id} with itself")
    primary, other = (_canonical(account, records, id_) for id_ in (primary_id, other_id))
    if records.has_emails and len({*addresses(primary), *addresses(other)}) > MAX_IDENTITIES:
        raise _too_many_identities()
    account.merge(primary_id, other_id, kind, stamp_of(call))
    shown = Reading(account, records, primary.values, call.now).of(primary)
    return Answer(200, shown)


def gdpr_delete(account: Account, call: Call) -> Answer:
    """Forget a contact for good, live or archived; there is no such thing for other types.

    An address that no contact has is no error.
    """
    kind = account.types.find(call.parameters["object_type"])
    if kind != CONTACTS:
        raise not_found(category=False)
    records = account.contacts
    body = call.json()
    if body.get("objectId") in (None, ""):
        raise call.incomplete("PublicGdprDeleteInput", ["objectId"])
    key, id_property = _id(call, body, "objectId"), body.get("idProperty")
    call.keep((key,))
    if id_property not in (None, "hs_object_id", "email"):
        raise validation_error(f"idProperty must be email or hs_object_id, not {id_property}")
    found = records.find_or_survivor(key, None if id_property == "hs_object_id" else id_property)
    if found is None and id_property != "email":
        found, _ = records.archived.get(key, (None, ""))
        if found is None:
            raise no_record(account)
    if found is not None:
        account.delete_for_good(kind, found)
    return Answer(204)


def _id(call: Call, body: Body, key: str) -> str:
    given = body[key]
    if isinstance(given, dict | list):
        raise call.mismatch(TEXT, (key,))
    return str(given)


def _canonical(account: Account, records: Records, id_: str) -> Record:
    """A live record by its own id: one that was merged away cannot be merged again."""
    found = records.by_id.get(id_)
    if found is not None:
        return found
    survivor = records.merged.get(id_)
    if survivor is None:
        raise no_record(account)
    raise validation_error(
        f"Object {id_} was merged into {survivor.id}; only ids of canonical objects can be merged"
    )


def _too_many_identities() -> Refusal:
    """§8.5: the one refusal of HubSpot's with this status that is not about a URL."""
    body = {
        "status": "error",
        "message": f"Cannot have more than {MAX_IDENTITIES} identities on a profile",
        "category": "VALIDATION_ERROR",
    }
    return Refusal(414, body)
