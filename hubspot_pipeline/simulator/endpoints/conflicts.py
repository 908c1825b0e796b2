"""Unique values that another record holds, as HubSpot says so (hubspot-api §2.6, §2.8)."""

from dataclasses import dataclass
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.answers import Refusal, validation_error


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value that a record was to get and another one has.

    Attributes:
        name: The property.
        writing_id: The record that was to get it; half-allocated if it was being created.
        existing_id: The record that has it.
        holder: That record, unless the same batch is only about to create it.
    """

    name: str
    value: str
    writing_id: str
    existing_id: str
    holder: Record | None


def refuse_creation(account: Account, records: Records, conflict: Conflict) -> Refusal:
    """A create with a taken value: 409 for a contact's address, else 400.

    A secondary address, and a check that comes late, surface as 400 (§2.6).
    """
    behaviour = account.settings.behaviour
    secondary = conflict.holder is not None and (
        conflict.holder.values.get("email") != conflict.value
    )
    if conflict.name != "email" or not records.has_emails or secondary:
        return refuse_value(account, records, conflict)
    if behaviour.late_uniqueness_rate and (
        account.random.random() < behaviour.late_uniqueness_rate
    ):
        return refuse_value(account, records, conflict)
    message = f"Contact already exists. Existing ID: {conflict.existing_id}"
    if behaviour.conflict_body == "plain":
        return Refusal(409, {"status": "error", "message": message, "category": "CONFLICT"})
    return Refusal(409, _with_identity_profile(message, conflict, account.clock.now() // 1_000_000))


def refuse_value(account: Account, records: Records, conflict: Conflict) -> Refusal:
    """The 400 that names two ids: the writer's, then the holder's (§2.6, §2.8)."""
    kind = records.kind.singular.upper()
    return validation_error(
        f"Cannot set PropertyValueCoordinates{{portalId={account.settings.portal_id}, "
        f"objectTypeId=ObjectTypeId{{legacyObjectType={kind}}}, propertyName={conflict.name}, "
        f"value={conflict.value}}} on {conflict.writing_id}. "
        f"{conflict.existing_id} already has that value."
    )


def _with_identity_profile(message: str, conflict: Conflict, now: int) -> dict[str, Any]:
    identity = {"value": conflict.value, "type": "EMAIL", "timestamp": now, "isPrimary": True}
    return {
        "message": message,
        "identityProfile": {
            "vid": int(conflict.existing_id),
            "identity": [identity],
            "linkedVid": [],
            "isContact": True,
            "savedAtTimestamp": now,
        },
        "errors": [
            {
                "message": f"A contact with email {conflict.value} already exists. "
                f"Existing ID: {conflict.existing_id}",
                "in": "email",
            }
        ],
        "status": "error",
        "category": "OBJECT_ALREADY_EXISTS",
        "error": "CONTACT_EXISTS",
    }
