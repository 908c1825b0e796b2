"""Lists: found by name in any case, made once, changed in one call."""

from __future__ import annotations

import asyncio

import pytest

from hubspot_pipeline.hubspot.errors import (
    ConflictRefused,
    NotFound,
    RefusedError,
    Unavailable,
    ValidationRefused,
)
from hubspot_pipeline.hubspot.lists import List, change_members, create, find
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import SimulatorSettings
from tests.hubspot.helpers import Script, answer, client_for
from tests.hubspot.portal import VERSIONS, by_hand, connected

LISTS = "/crm/v3/lists"
CONTACTS, COMPANIES = "0-1", "0-2"


def make(server: SimulatorServer, name: str, kind: str = "MANUAL", of: str = CONTACTS) -> str:
    """A list that somebody else made; its id."""
    body = {"name": name, "objectTypeId": of, "processingType": kind}
    if kind == "DYNAMIC":
        body["filterBranch"] = {}  # type: ignore[assignment]
    return str(by_hand(server, "POST", LISTS, body)["list"]["listId"])


def members(server: SimulatorServer, list_id: str) -> set[str]:
    found = server.account.lists.find(list_id)
    assert found is not None
    return set(found.members)


def contacts(server: SimulatorServer, count: int) -> list[str]:
    server.reset(SimulatorSettings(limits=None, seed_contacts=count))
    return [record.id for record in server.account.contacts]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_list_is_found_by_its_name_in_any_case_and_asked_for_once(
    account_server: SimulatorServer, version: str
) -> None:
    made = make(account_server, "Big/Fish & Chips? #1 %2F")
    async with connected(account_server, version) as client:
        first = await find(client, CONTACTS, "big/fish & chips? #1 %2f")
        again = await find(client, CONTACTS, "Big/Fish & Chips? #1 %2F")
    assert first == again == List(made, "Big/Fish & Chips? #1 %2F", CONTACTS, "MANUAL")
    assert client.calls == {"lists/by-name": 1}


@pytest.mark.parametrize(
    ("kind", "takes_members"), [("MANUAL", True), ("SNAPSHOT", True), ("DYNAMIC", False)]
)
async def test_members_of_a_dynamic_list_cannot_be_changed(
    account_server: SimulatorServer, kind: str, takes_members: bool
) -> None:
    make(account_server, "VIPs", kind)
    async with connected(account_server) as client:
        found = await find(client, CONTACTS, "VIPs")
    assert found is not None
    assert found.takes_members is takes_members


async def test_a_list_that_is_missing_is_asked_for_again_as_it_may_have_been_made(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server) as client:
        assert await find(client, CONTACTS, "VIPs") is None
        made = make(account_server, "VIPs")
        found = await find(client, CONTACTS, "VIPs")
    assert found is not None
    assert found.id == made


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_trouble_is_not_taken_for_a_missing_list(
    account_server: SimulatorServer, status: int
) -> None:
    make(account_server, "VIPs")
    account_server.faults.add(Fault("status", "lists.by_name", status=status))
    async with connected(account_server) as client:
        with pytest.raises(Unavailable):
            await find(client, CONTACTS, "VIPs")


@pytest.mark.parametrize("name", ["", ".", ".."])
async def test_a_name_that_no_path_can_carry_is_refused_and_never_sent(name: str) -> None:
    script = Script(answer(500))
    async with client_for(script) as client:
        with pytest.raises(ValidationRefused):
            await find(client, CONTACTS, name)
    assert not script.requests


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_list_is_made_and_then_found(account_server: SimulatorServer, version: str) -> None:
    async with connected(account_server, version) as client:
        made = await create(client, COMPANIES, "Key accounts")
        assert await find(client, COMPANIES, "KEY ACCOUNTS") == made
    assert made.takes_members
    assert (made.name, made.object_type_id) == ("Key accounts", COMPANIES)


async def test_two_who_make_the_same_list_at_once_both_get_it(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server) as one, connected(account_server) as two:
        first, second = await asyncio.gather(
            create(one, CONTACTS, "VIPs"), create(two, CONTACTS, "vips")
        )
    assert first == second


async def test_a_list_whose_making_got_no_answer_is_found_by_the_next_attempt(
    account_server: SimulatorServer,
) -> None:
    account_server.faults.add(Fault("reset", "lists.create", after_commit=True, count=1))
    async with connected(account_server) as client:
        made = await create(client, CONTACTS, "VIPs")
    assert [one.id for one in account_server.account.lists.live()] == [made.id]


async def test_a_name_taken_by_a_list_of_other_records_says_so(
    account_server: SimulatorServer,
) -> None:
    make(account_server, "VIPs", of=COMPANIES)
    async with connected(account_server) as client:
        assert await find(client, CONTACTS, "VIPs") is None
        with pytest.raises(ConflictRefused, match="taken by a list of other records") as caught:
            await create(client, CONTACTS, "VIPs")
    assert caught.value.sub_category == "ILS.DUPLICATE_LIST_NAMES"


async def test_a_list_that_hubspot_does_not_make_is_refused(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server) as client:
        with pytest.raises(RefusedError, match="objectTypeId"):
            await create(client, "contact", "VIPs")


@pytest.mark.parametrize("version", VERSIONS)
async def test_members_join_and_leave_in_one_call_and_unknown_records_are_named(
    account_server: SimulatorServer, version: str
) -> None:
    ann, bob, cem = contacts(account_server, 3)
    vips = make(account_server, "VIPs")
    async with connected(account_server, version) as client:
        assert await change_members(client, vips, [ann, bob], []) == frozenset()
        missing = await change_members(client, vips, [cem, "99", ann, "98"], [bob, "97"])
    assert members(account_server, vips) == {ann, cem}
    assert missing == {"97", "98", "99"}
    assert client.calls == {"lists/members": 2}
    assert set(client._limiter.taken) == {("burst",)}  # type: ignore[attr-defined]


async def test_more_members_than_a_call_takes_go_in_several(
    account_server: SimulatorServer,
) -> None:
    known = contacts(account_server, 12_000)
    vips = make(account_server, "VIPs")
    async with connected(account_server) as client:
        await change_members(client, vips, known, [])
        assert members(account_server, vips) == set(known)
        await change_members(client, vips, [], known)
    assert members(account_server, vips) == set()
    assert client.calls == {"lists/members": 4}


async def test_no_change_is_no_call_and_both_ways_at_once_the_programmers_error() -> None:
    script = Script(answer(500))
    async with client_for(script) as client:
        assert await change_members(client, "1", [], []) == frozenset()
        with pytest.raises(ValueError, match="join a list and leave it"):
            await change_members(client, "1", ["5", "6"], ["6"])
    assert not script.requests


async def test_missing_records_may_come_as_numbers() -> None:
    async with client_for(Script(answer(200, {"recordIdsMissing": [7, "8"]}))) as client:
        assert await change_members(client, "1", ["7", "8", "9"], []) == {"7", "8"}


async def test_a_list_that_is_gone_or_dynamic_refuses_its_members(
    account_server: SimulatorServer,
) -> None:
    (ann,) = contacts(account_server, 1)
    dynamic = make(account_server, "Dynamic", "DYNAMIC")
    async with connected(account_server) as client:
        with pytest.raises(NotFound):
            await change_members(client, "4711", [ann], [])
        with pytest.raises(ValidationRefused, match="DYNAMIC"):
            await change_members(client, dynamic, [ann], [])


async def test_errors_beside_a_success_are_not_overlooked() -> None:
    body = {"recordIdsMissing": [], "errors": [{"message": "the list is full"}]}
    async with client_for(Script(answer(207, body))) as client:
        with pytest.raises(RefusedError, match="the list is full"):
            await change_members(client, "1", ["7"], [])


async def test_an_answer_that_tells_no_list_is_no_answer() -> None:
    async with client_for(Script(answer(200, {}))) as client:
        with pytest.raises(Unavailable):
            await find(client, CONTACTS, "VIPs")
