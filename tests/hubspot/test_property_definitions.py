"""New properties: every answer is checked, and nobody goes on before HubSpot shows them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.hubspot import account
from hubspot_pipeline.hubspot.account import Option
from hubspot_pipeline.hubspot.errors import (
    ConflictRefused,
    MissingScopes,
    Unavailable,
    ValidationRefused,
)
from hubspot_pipeline.hubspot.properties import forget_properties
from hubspot_pipeline.hubspot.property_definitions import NewProperty, create
from hubspot_pipeline.hubspot.records import Accepted, RecordInput, upsert
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import ALL_SCOPES, PrivateApp, SimulatorSettings
from tests.hubspot.helpers import Script, answer, client_for
from tests.hubspot.portal import VERSIONS, by_hand, connected

EXISTS = {"category": "OBJECT_ALREADY_EXISTS"}
PROPERTIES = "/crm/v3/properties"
YES_OR_NO = (Option("true", "true"), Option("false", "false"))


def new(name: str, type_: str = "string", field_type: str = "text", **more: Any) -> NewProperty:
    return NewProperty(name, type_, field_type, "contactinformation", name, **more)


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_was_made_can_be_written_at_once_although_definitions_lag(
    account_server: SimulatorServer, version: str
) -> None:
    wanted = [
        new("plan", unique=True, hidden=True, description="What they pay for"),
        new("score", "number", "number"),
        new("happy", "enumeration", "booleancheckbox", options=YES_OR_NO),
        new("size", "enumeration", "select", options=(Option("s", "Small"), Option("l", "Large"))),
        new("seen", "datetime", "date"),
    ]
    values = {"plan": "pro", "score": "3", "happy": "true", "size": "l", "seen": "1570233600000"}
    async with connected(account_server, version) as client:
        assert "plan" not in await account.properties(client, "contacts")
        assert await create(client, "contact", wanted) == {}
        written = await upsert(
            client, "contacts", [RecordInput("t", "ada@example.com", values)], id_property="email"
        )
        known = await account.properties(client, "contacts")
        lists = client.calls["contacts/properties"]
        await account.properties(client, "0-1")
    assert isinstance(written.outcomes[0], Accepted)
    assert (known["plan"].unique, known["plan"].group) == (True, "contactinformation")
    assert known["size"].options == (Option("s", "Small"), Option("l", "Large"))
    assert [each.value for each in known["happy"].options] == ["true", "false"]
    definition = by_hand(account_server, "GET", f"{PROPERTIES}/contacts/plan")
    assert definition["hidden"]
    assert not definition["formField"]
    assert definition["description"] == "What they pay for"
    assert client.calls["contacts/properties/batch/create"] == 1
    assert 2 < lists < 10
    assert client.calls["contacts/properties"] == lists


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_bad_property_harms_only_itself_and_one_that_exists_is_none(
    account_server: SimulatorServer, version: str
) -> None:
    bad = replace(new("nowhere"), group="no_such_group")
    wanted = [new("email"), new("plan"), bad, new("lastname", "number", "number"), new("Bad Name")]
    async with connected(account_server, version) as client:
        refused = await create(client, "contacts", wanted)
        known = await account.properties(client, "contacts")
    assert {name: type(error) for name, error in refused.items()} == {
        "nowhere": ValidationRefused,
        "Bad Name": ValidationRefused,
    }
    assert "no_such_group" in refused["nowhere"].message
    assert "plan" in known
    assert known["lastname"].type == "string"


async def test_nothing_is_asked_where_nothing_is_new() -> None:
    async with client_for(Script(answer(500))) as client:
        assert await create(client, "contacts", []) == {}
    assert not client.calls


async def test_two_hundred_and_fifty_properties_take_three_calls(
    account_server: SimulatorServer,
) -> None:
    wanted = [new(f"p{n}") for n in range(250)]
    async with connected(account_server) as client:
        assert await create(client, "contacts", wanted) == {}
        assert {each.name for each in wanted} <= (await account.properties(client, "0-1")).keys()
    assert client.calls["contacts/properties/batch/create"] == 3


async def test_two_processes_that_make_the_same_property_both_go_on(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server) as one, connected(account_server) as two:
        refused = await asyncio.gather(
            create(one, "contacts", [new("plan"), new("score")]),
            create(two, "contacts", [new("score"), new("plan"), new("mood")]),
        )
        assert refused == [{}, {}]
        for client in (one, two):
            assert {"plan", "score"} <= (await account.properties(client, "contacts")).keys()


async def test_an_archived_property_is_there_again(account_server: SimulatorServer) -> None:
    async with connected(account_server) as client:
        await create(client, "contacts", [new("plan")])
        by_hand(account_server, "DELETE", f"{PROPERTIES}/contacts/plan")
        assert await create(client, "contacts", [new("plan")]) == {}
        assert "plan" in await account.properties(client, "contacts")


async def test_a_call_whose_answer_was_lost_is_sent_again_and_refuses_nothing(
    account_server: SimulatorServer,
) -> None:
    account_server.faults.add(
        Fault("reset", route="properties.batch.create", count=1, after_commit=True)
    )
    async with connected(account_server) as client:
        assert await create(client, "contacts", [new("plan"), new("score")]) == {}
        assert "score" in await account.properties(client, "contacts")
    assert client.calls["contacts/properties/batch/create"] == 2


class TestSensitive:
    async def test_properties_are_listed_only_where_they_are_asked_for(
        self, account_server: SimulatorServer
    ) -> None:
        async with connected(account_server) as client:
            assert await create(client, "contacts", [new("diagnosis", sensitive=True)]) == {}
            plain = await account.properties(client, "contacts")
            all_of_them = await account.properties(client, "contacts", sensitive=True)
        assert "diagnosis" not in plain
        assert all_of_them["diagnosis"].sensitive
        assert not all_of_them["email"].sensitive
        assert all_of_them.keys() == plain.keys() | {"diagnosis"}

    async def test_highly_sensitive_ones_are_listed_too(
        self, account_server: SimulatorServer
    ) -> None:
        body = {
            "name": "iban",
            "label": "IBAN",
            "type": "string",
            "fieldType": "text",
            "groupName": "contactinformation",
            "dataSensitivity": "highly_sensitive",
        }
        by_hand(account_server, "POST", f"{PROPERTIES}/contacts", body)
        async with connected(account_server) as client:
            listed = await account.properties(client, "contacts", sensitive=True)
            assert listed["iban"].sensitive
            # It exists, though not as it was wanted: no refusal, and no endless wait.
            assert await create(client, "contacts", [new("iban")]) == {}

    async def test_one_that_the_app_may_not_make_is_refused_alone(
        self, account_server: SimulatorServer
    ) -> None:
        scopes = frozenset(scope for scope in ALL_SCOPES if "sensitive" not in scope)
        app = PrivateApp(scopes=scopes)
        account_server.reset(SimulatorSettings(limits=None, private_apps=(app,)))
        async with connected(account_server) as client:
            wanted = [new("plan"), new("diagnosis", sensitive=True)]
            refused = await create(client, "contacts", wanted)
        assert refused.keys() == {"diagnosis"}


async def test_without_the_scope_a_person_must_act(account_server: SimulatorServer) -> None:
    scopes = frozenset(scope for scope in ALL_SCOPES if not scope.startswith("crm.schemas"))
    account_server.reset(SimulatorSettings(limits=None, private_apps=(PrivateApp(scopes=scopes),)))
    async with connected(account_server) as client:
        with pytest.raises(MissingScopes, match=r"crm\.schemas\.contacts\.write"):
            await create(client, "contacts", [new("plan")])


async def test_a_property_that_never_shows_is_no_property(account_server: SimulatorServer) -> None:
    async with connected(account_server, seconds=0.001) as client:
        with pytest.raises(Unavailable, match="does not show the new properties of contacts"):
            await create(client, "contacts", [new("plan")])
    assert client.calls["contacts/properties"] == 12


class TestAnswers:
    """What no account in order answers, but HubSpot may."""

    async def test_a_batch_that_is_refused_as_a_whole_is_halved_until_the_bad_stand_alone(
        self,
    ) -> None:
        def hubspot(request: Any) -> Any:
            if request.method == "GET":
                return answer(200, {"results": [{"name": f"p{n}"} for n in range(8)]})
            names = [each["name"] for each in orjson.loads(request.content)["inputs"]]
            if "p3" in names:
                return answer(400, {"message": "Internal name is not valid"})
            if "p6" in names:
                return answer(409, {"message": "A property named 'p6' already exists."})
            return answer(201, {"results": [{"name": name} for name in names]})

        async with client_for(hubspot) as client:
            refused = await create(client, "contacts", [new(f"p{n}") for n in range(8)])
        assert refused.keys() == {"p3"}

    @pytest.mark.parametrize(
        "error",
        [
            {"message": "A property named 'plan' already exists."},
            {
                "message": "Taken.",
                "category": "OBJECT_ALREADY_EXISTS",
                "context": {"name": ["plan"]},
            },
            {"message": "Taken.", "category": "CONFLICT"},
        ],
    )
    async def test_one_that_exists_is_told_by_whatever_the_entry_has(
        self, error: dict[str, Any]
    ) -> None:
        made = answer(207, {"results": [{"name": "score"}], "errors": [error]})
        listed = answer(200, {"results": [{"name": "plan"}, {"name": "score"}]})
        async with client_for(Script(made, listed)) as client:
            assert await create(client, "contacts", [new("plan"), new("score")]) == {}

    async def test_an_error_without_a_name_belongs_to_what_nothing_else_is_said_of(self) -> None:
        errors = [
            {"message": "No.", "context": {"name": ["plan"]}},
            {"message": "Something is wrong."},
        ]
        made = answer(207, {"results": [{"name": "score"}], "errors": errors})
        listed = answer(200, {"results": [{"name": "score"}]})
        async with client_for(Script(made, listed)) as client:
            refused = await create(client, "contacts", [new("plan"), new("score"), new("mood")])
        assert {name: error.message for name, error in refused.items()} == {
            "plan": "No.",
            "mood": "Something is wrong.",
        }

    @pytest.mark.parametrize("errors", [[], [{"message": "Busy.", "category": "INTERNAL_ERROR"}]])
    async def test_a_property_without_an_answer_counts_once_it_shows(self, errors: Any) -> None:
        made = answer(207, {"results": [], "errors": errors})
        listed = answer(200, {"results": [{"name": "plan"}]})
        async with client_for(Script(made, answer(200, {"results": []}), listed)) as client:
            assert await create(client, "contacts", [new("plan")]) == {}
        async with client_for(Script(made, answer(200, {"results": []}))) as client:
            with pytest.raises(Unavailable, match="plan"):
                await create(client, "contacts", [new("plan")])


@given(
    existing=st.sets(st.integers(0, 20)),
    wanted=st.lists(st.integers(0, 20), unique=True),
    bad=st.sets(st.integers(0, 20)),
)
@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_in_the_end_every_property_that_was_not_refused_is_there(
    account_server: SimulatorServer, existing: set[int], wanted: list[int], bad: set[int]
) -> None:
    async def run() -> None:
        account_server.reset(SimulatorSettings(limits=None))
        account_server.faults.add(Fault("hostile", route="properties.*"))
        async with connected(account_server) as client:
            await create(client, "deals", [_of_deals(n, set()) for n in sorted(existing)])
            refused = await create(client, "deals", [_of_deals(n, bad) for n in wanted])
            known = await account.properties(client, "deals")
        assert refused.keys() == {f"p{n}" for n in wanted if n in bad}
        assert {f"p{n}" for n in existing | set(wanted)} - refused.keys() <= known.keys()
        assert not any(isinstance(error, ConflictRefused) for error in refused.values())

    asyncio.run(run())


def _of_deals(number: int, bad: set[int]) -> NewProperty:
    kind = "nonsense" if number in bad else "string"
    return NewProperty(f"p{number}", kind, "text", "dealinformation", f"Number {number}")


async def test_forgotten_properties_are_asked_anew_whatever_the_type_is_called(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server) as client:
        await account.properties(client, "contacts")
        forget_properties(client, "0-1")
        await account.properties(client, "contact")
    assert client.calls == {"contacts/properties": 2}


async def test_owners_and_open_enumerations_are_told_apart(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server) as client:
        known = await account.properties(client, "contacts")
        deals = await account.properties(client, "deals")
    assert known["hubspot_owner_id"].owner
    assert known["hubspot_owner_id"].open_options
    assert known["hs_additional_emails"].open_options
    assert not known["hs_additional_emails"].owner
    assert not known["lifecyclestage"].open_options
    assert not known["firstname"].open_options
    assert "closedwon" in {option.value for option in deals["dealstage"].options}
