"""Owners, pipelines and labels of an account: each list whole, and asked once."""

from __future__ import annotations

import asyncio

import pytest

from hubspot_pipeline.hubspot import account
from hubspot_pipeline.hubspot.account import AssociationLabel, Pipeline, Stage
from hubspot_pipeline.hubspot.errors import Unavailable, WrongTarget
from hubspot_pipeline.hubspot.pages import every_page
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Owner, SimulatorSettings
from tests.hubspot.helpers import Script, answer, client_for
from tests.hubspot.portal import VERSIONS, by_hand, connected


@pytest.mark.parametrize("version", VERSIONS)
async def test_owners_are_read_to_the_last_page_once_for_all_who_ask(
    account_server: SimulatorServer, version: str
) -> None:
    owners = tuple(
        Owner(str(n), f"Rep{n}@Example.com", "Rep", str(n), 9_000 + n, archived=n % 100 == 0)
        for n in range(1, 1_102)
    )
    account_server.reset(SimulatorSettings(limits=None, owners=owners))
    async with connected(account_server, version) as client:
        got, same = await asyncio.gather(account.owners(client), account.owners(client))
    assert got is same
    assert len(got.ids) == len(got.by_email) == 1_090
    assert got.by_email["rep1101@example.com"] == "1101"
    assert "100" not in got.ids
    assert client.calls == {"owners": 3}


@pytest.mark.parametrize("version", VERSIONS)
async def test_pipelines_come_with_their_stages_and_types_without_any_have_none(
    account_server: SimulatorServer, version: str
) -> None:
    async with connected(account_server, version) as client:
        (support,) = await account.pipelines(client, "ticket")
        assert await account.pipelines(client, "0-5") == (support,)
        assert await account.pipelines(client, "contacts") == ()
    stages = (("1", "New"), ("2", "Waiting on contact"), ("3", "Waiting on us"), ("4", "Closed"))
    wanted = tuple(Stage(*stage) for stage in stages)
    assert support == Pipeline("0", "Support Pipeline", wanted)
    assert client.calls == {"tickets/pipelines": 1, "contacts/pipelines": 1}


async def test_archived_pipelines_and_stages_are_left_out_and_the_others_in_order() -> None:
    listed = [
        {"id": "b", "label": "B", "displayOrder": 1, "stages": []},
        {
            "id": 7,
            "displayOrder": 0,
            "stages": [
                {"id": "2", "label": "Second", "displayOrder": 2},
                {"id": "0", "label": "Gone", "displayOrder": 0, "archived": True},
                {"id": "1", "label": "First", "displayOrder": 1},
            ],
        },
        {"id": "gone", "label": "Gone", "archived": True},
    ]
    async with client_for(Script(answer(200, {"results": listed}))) as client:
        got = await account.pipelines(client, "deals")
    first = Pipeline("7", "7", (Stage("1", "First"), Stage("2", "Second")))
    assert got == (first, Pipeline("b", "B", ()))


@pytest.mark.parametrize("version", VERSIONS)
async def test_labels_of_a_pair_are_read_once_whatever_its_types_are_called(
    account_server: SimulatorServer, version: str
) -> None:
    by_hand(
        account_server,
        "POST",
        "/crm/v4/associations/contacts/companies/labels",
        {"name": "buyer", "label": "Buyer at"},
    )
    async with connected(account_server, version) as client:
        got = await account.association_labels(client, "contact", "0-2")
        assert await account.association_labels(client, "contacts", "companies") is got
    assert set(got) >= {
        AssociationLabel("HUBSPOT_DEFINED", "279", None),
        AssociationLabel("HUBSPOT_DEFINED", "1", "Primary"),
    }
    (own,) = [each for each in got if each.category == "USER_DEFINED"]
    assert own.label == "Buyer at"
    assert client.calls == {"contacts/companies/labels": 1}


async def test_an_unknown_object_type_is_the_mappings_error(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server) as client:
        for ask in (account.properties, account.pipelines):
            with pytest.raises(WrongTarget, match="butterflies"):
                await ask(client, "butterflies")


async def test_an_object_type_cannot_lead_out_of_its_segment_of_the_path(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server) as client:
        for name in ("contacts/groups", "contacts?archived=true", "contacts#x"):
            with pytest.raises(WrongTarget, match="infer object type"):
                await account.properties(client, name)


async def test_pages_that_lead_back_to_one_another_end_in_an_error() -> None:
    again = {"results": [{"id": "1"}], "paging": {"next": {"after": "x"}}}
    async with client_for(Script(answer(200, again))) as client:
        with pytest.raises(Unavailable, match="owners"):
            await every_page(client, client.routes.owners)
    assert client.calls["owners"] == 2
