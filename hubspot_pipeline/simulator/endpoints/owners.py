"""The owners API: the users to whom records can belong (scope: hubspot-api §7.5)."""

from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.answers import Answer, Refusal, validation_error
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.endpoints.shown import Shown
from hubspot_pipeline.simulator.settings import Owner

MAX_PAGE = 500


def list_page(account: Account, call: Call) -> Answer:
    """A page of owners in the order of their ids; `after` is the id that comes next."""
    limit = call.limit(100, MAX_PAGE)
    found = account.owners.page(
        call.after(), limit, archived=call.is_true("archived"), email=call.one("email")
    )
    page, rest = found[:limit], found[limit:]
    body: Shown = {"results": [_shown(one) for one in page]}
    if rest:
        link = f"https://api.hubapi.com{call.arrival.path}?limit={limit}&after={rest[0].id}"
        body["paging"] = {"next": {"after": rest[0].id, "link": link}}
    return Answer(200, body)


def read(account: Account, call: Call) -> Answer:
    """One owner, by its own id or by its user's."""
    id_property = call.one("idProperty", "id")
    if id_property not in ("id", "userId"):
        raise validation_error(f"idProperty must be id or userId, not {id_property}")
    key = call.parameters["owner_id"]
    found = account.owners.find(key, id_property, archived=call.is_true("archived"))
    if found is None:
        message = f"Owner with {id_property} {key} does not exist."
        body = {"status": "error", "message": message, "category": "OBJECT_NOT_FOUND"}
        raise Refusal(404, body)
    return Answer(200, _shown(found))


def _shown(owner: Owner) -> dict[str, Any]:
    shown: Shown = {
        "id": owner.id,
        "email": owner.email,
        "type": "PERSON",
        "firstName": owner.first_name,
        "lastName": owner.last_name,
        "userIdIncludingInactive": owner.user_id,
        "createdAt": owner.created,
        "updatedAt": owner.updated,
        "archived": owner.archived,
    }
    if not owner.archived:
        shown["userId"] = owner.user_id
    if owner.teams:
        teams = [{"id": one.id, "name": one.name, "primary": one.primary} for one in owner.teams]
        shown["teams"] = teams
    return shown
