"""Who is in a list: adding, removing, copying, paging, and a record's own lists (§6)."""

from base64 import b64decode, b64encode
from collections.abc import Iterable

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.lists import List, Member, Order, by_id, by_time
from hubspot_pipeline.simulator.answers import Answer, validation_error
from hubspot_pipeline.simulator.calls import Call, whole
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.endpoints.lists import find
from hubspot_pipeline.simulator.endpoints.shown import Shown

DEFAULT_PAGE = 100
MAX_PAGE = 250
MOST_AT_ONCE = 100_000
"""A list of as many members or more is neither copied nor cleared in one call."""


def add(account: Account, call: Call) -> Answer:
    """Let records join; the body is an array of their ids."""
    return _change(account, call, _array(call), [])


def remove(account: Account, call: Call) -> Answer:
    """Let records leave; the body is an array of their ids."""
    return _change(account, call, [], _array(call))


def add_and_remove(account: Account, call: Call) -> Answer:
    """Let some join and others leave, in one call."""
    body = call.json()
    given = []
    for key in ("recordIdsToAdd", "recordIdsToRemove"):
        ids = body.get(key)
        if ids is None:
            raise call.incomplete("MembershipChangeRequest", [key])
        if not isinstance(ids, list):
            raise call.mismatch("java.util.ArrayList<java.lang.Long>", (key,))
        given.append([_id(call, one, (key, at)) for at, one in enumerate(ids)])
    return _change(account, call, *given)


def add_from(account: Account, call: Call) -> Answer:
    """Let all members of another list of the same object type join."""
    to_list, source = _writable(account, call), find(account, call, "source_id")
    if source is to_list:
        raise validation_error("The source list and the destination list must be different")
    if source.type_id != to_list.type_id:
        raise validation_error("Both lists must be of the same object type")
    _refuse_large(source)
    to_list.add(list(source.members), iso(call.now))
    return Answer(204)


def clear(account: Account, call: Call) -> Answer:
    """Let all members leave."""
    found = _writable(account, call)
    _refuse_large(found)
    found.remove(list(found.members), iso(call.now))
    return Answer(204)


def members(account: Account, call: Call) -> Answer:
    """A page of members in the order of their ids."""
    return _page(account, call, by_id)


def members_by_time(account: Account, call: Call) -> Answer:
    """A page of members in the order of joining."""
    return _page(account, call, by_time)


def of_record(account: Account, call: Call) -> Answer:
    """The lists that a record is in, and since when."""
    kind = account.types.find(call.parameters["object_type"])
    record_id = call.parameters["object_id"]
    results = []
    for one in account.lists.of_record(kind, record_id):
        first, last = one.since(record_id)
        results.append(
            {
                "listId": one.id,
                "listVersion": one.version,
                "firstAddedTimestamp": first,
                "lastAddedTimestamp": last,
            }
        )
    return Answer(200, {"total": len(results), "results": results})


def _change(account: Account, call: Call, joining: list[str], leaving: list[str]) -> Answer:
    """Records that do not exist come back as missing, in whatever list they were named (§6)."""
    found = _writable(account, call)
    most = account.settings.behaviour.list_ids_per_call
    if len(joining) + len(leaving) > most:
        raise validation_error(f"At most {most} record ids can be added or removed in one call")
    call.keep((*joining, *leaving))
    kind = account.types.by_id(found.type_id)
    known = {} if kind is None else account.records(kind).by_id
    now = iso(call.now)
    body = {
        "recordsIdsAdded": found.add((one for one in joining if one in known), now),
        "recordIdsRemoved": found.remove((one for one in leaving if one in known), now),
        "recordIdsMissing": _distinct(one for one in (*joining, *leaving) if one not in known),
    }
    return Answer(200, body)


def _writable(account: Account, call: Call) -> List:
    """The path's list, if calls may change its members."""
    found = find(account, call)
    if found.processing_type == "DYNAMIC":
        raise validation_error(
            f"List {found.id} has processing type DYNAMIC: its members cannot be changed"
        )
    return found


def _refuse_large(one: List) -> None:
    if len(one.members) >= MOST_AT_ONCE:
        raise validation_error(f"List {one.id} has {MOST_AT_ONCE} members or more")


def _distinct(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _array(call: Call) -> list[str]:
    """The body's record ids; it must be an array (§6)."""
    body = call.json_array("java.util.ArrayList<java.lang.Long>")
    return [_id(call, one, (at,)) for at, one in enumerate(body)]


def _id(call: Call, given: object, path: tuple[str | int, ...]) -> str:
    """A record id; e-mail addresses and other texts are none (§6)."""
    if type(given) is int or (type(given) is str and given.isascii() and given.isdecimal()):
        return str(given)
    raise call.mismatch("java.lang.Long", path)


def _page(account: Account, call: Call, order: Order) -> Answer:
    found, limit = find(account, call), call.limit(DEFAULT_PAGE, MAX_PAGE)
    page = found.page(order, _cursor(call, "after"), _cursor(call, "before"), limit)
    body: Shown = {
        "total": len(found.members),
        "results": [
            {"recordId": str(one), "membershipTimestamp": joined} for joined, one in page.members
        ],
    }
    paging = {}
    if page.after is not None:
        paging["next"] = _offset(call, "after", page.after, limit)
    if page.before is not None:
        paging["prev"] = _offset(call, "before", page.before, limit)
    return Answer(200, body | {"paging": paging} if paging else body)


def _offset(call: Call, name: str, place: Member, limit: int) -> Shown:
    """The way to the page that begins beside a member; the offset itself is opaque."""
    token = b64encode(f"{place[0]} {place[1]}".encode()).decode()
    return {name: token, "link": call.link(limit, **{name: token})}


def _cursor(call: Call, name: str) -> Member | None:
    text = call.one(name)
    if not text:
        return None
    try:
        at, _, record_id = b64decode(text, validate=True).decode().partition(" ")
    except ValueError:  # no base64, or no text within
        at, record_id = "", ""
    number = whole(record_id)
    if number is None:
        raise validation_error(f"{name} is not a valid offset: {text}")
    return at, number
