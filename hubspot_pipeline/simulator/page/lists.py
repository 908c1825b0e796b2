"""The lists: all of them, and one with its members, those who joined last first."""

from itertools import islice
from typing import TYPE_CHECKING

from starlette.requests import Request

from hubspot_pipeline.simulator.page.views import NotHere, View, number_asked, title_of

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.app import Simulator

PAGE = 50


def listed(simulator: "Simulator", _request: Request) -> View:
    """Every list that is not deleted, the latest first."""
    types = simulator.account.types
    rows = [(one, types.by_id(one.type_id)) for one in reversed(simulator.account.lists.live())]
    return View("lists.html", "Lists", {"rows": rows})


def one(simulator: "Simulator", request: Request) -> View:
    """One list and its members."""
    account = simulator.account
    found = account.lists.find(request.path_params["list_id"])
    kind = account.types.by_id(found.type_id) if found else None
    if found is None or kind is None:
        raise NotHere(f"There is no list {request.path_params['list_id']}.")
    skipped = number_asked(request, "skip")
    records = account.records(kind).by_id
    members = [
        (record_id, joined, title_of(records[record_id]) if record_id in records else "")
        for record_id, joined in islice(reversed(found.members.items()), skipped, skipped + PAGE)
    ]
    values = {
        "found": found,
        "kind": kind,
        "members": members,
        "skipped": skipped,
        "following": skipped + PAGE if len(found.members) > skipped + PAGE else None,
    }
    return View("list.html", found.name, values)
