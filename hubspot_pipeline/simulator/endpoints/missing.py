"""What is not there, as HubSpot says so: the 404s of single things (hubspot-api §2.3)."""

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.answers import Refusal, not_found


def no_record(account: Account) -> Refusal:
    """The 404 of a record; whether it has a category is a switch."""
    return not_found(category=account.settings.behaviour.not_found_category)


def no_such(message: str) -> Refusal:
    """The 404 of anything but a record; `message` says what there is not."""
    return Refusal(404, {"status": "error", "message": message, "category": "OBJECT_NOT_FOUND"})
