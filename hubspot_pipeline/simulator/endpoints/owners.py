"""The owners API: the users to whom records can belong (scope: hubspot-api §7.5)."""

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.answers import Answer, validation_error
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.endpoints.missing import no_such
from hubspot_pipeline.simulator.endpoints.shown import Shown
from hubspot_pipeline.simulator.settings import Owner

MAX_PAGE = 500


def list_page(account: Account, call: Call) -> Answer:
    """A page of owners in the order of their ids; `after` is the id that comes next."""
    limit = call.limit(100, MAX_PAGE)
    found = account.owners.page(
        call.after(), limit, archived=call.is_true("archived"), email=call.one("email")
    )
    body: Shown = {"results": [_shown(one) for one in found[:limit]]}
    if len(found) > limit:
        body["paging"] = call.next_page(limit, found[limit].id)
    return Answer(200, body)


def read(account: Account, call: Call) -> Answer:
    """One owner, by its own id or by its user's."""
    id_property = call.one("idProperty", "id")
    if id_property not in ("id", "userId"):
        raise validation_error(f"idProperty must be id or userId, not {id_property}")
    key = call.parameters["owner_id"]
    found = account.owners.find(key, id_property, archived=call.is_true("archived"))
    if found is None:
        raise no_such(f"Owner with {id_property} {key} does not exist.")
    return Answer(200, _shown(found))


def _shown(owner: Owner) -> Shown:
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
