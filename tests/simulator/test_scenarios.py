"""Scenario files: what they can say, and how mistakes in them are told."""

import json
from pathlib import Path

import httpx
import pytest

from hubspot_pipeline.simulator.scenarios import ScenarioError, parse_scenario, read_scenario
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import SimulatorSettings

from .conftest import ANYONE

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "scenario.yaml"
SCENARIO = """
portal_id: 77
seed: 3
limits: {burst: 5}
behaviour: {shuffle_results: false, conflict_body: identity_profile}
seed_contacts: 2
records:
  companies: [{name: Engines, domain: engines.example.com}]
  contacts: [{email: Ada@example.com, firstname: Ada}]
faults: [{kind: status, status: 502, route: objects.create, count: 1}]
"""


class TestFile:
    def test_says_all_that_an_account_is_like(self) -> None:
        settings = parse_scenario(SCENARIO, "s")
        assert (settings.portal_id, settings.seed, settings.seed_contacts) == (77, 3, 2)
        assert settings.limits is not None
        assert (settings.limits.burst, settings.limits.oauth_burst) == (5, 110)
        assert settings.behaviour.shuffle_results is False
        assert [fault.status for fault in settings.faults] == [502]

    def test_may_be_empty_and_may_be_json(self) -> None:
        assert parse_scenario("", "s") == SimulatorSettings()
        as_json = json.dumps({"limits": None, "time_zone": "Europe/Amsterdam"})
        settings = parse_scenario(as_json, "s")
        assert (settings.limits, settings.time_zone) == (None, "Europe/Amsterdam")

    def test_is_played_by_a_server_and_again_after_a_reset(self, tmp_path: Path) -> None:
        path = tmp_path / "scenario.yaml"
        path.write_text(SCENARIO)
        with SimulatorServer(scenario=path) as server:
            for _ in range(2):
                contact = server.account.contact("ada@example.com")
                assert contact is not None
                assert contact["lifecyclestage"] == "lead"
                assert len(server.account.contacts) == 3
                assert len(server.account.records("companies")) == 1
                headers = {"Authorization": f"Bearer {server.token}"}
                create = {"properties": {"email": "b@x.com"}}
                address = f"{server.url}/crm/v3/objects/contacts"
                answers = [ANYONE.post(address, json=create, headers=headers) for _ in range(2)]
                assert [answer.status_code for answer in answers] == [502, 201]
                ANYONE.post(f"{server.url}/_simulator/account/reset")

    def test_of_the_docs_is_one(self) -> None:
        assert len(read_scenario(EXAMPLE).faults) > 3


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("limitz: {}", "s.yaml: limitz: there is no such field; did you mean limits?"),
            ("limits: {bursts: 1}", "s.yaml: limits.bursts: .* did you mean burst?"),
            ("behaviour: {shufle_results: no}", "s.yaml: behaviour.shufle_.* shuffle_results?"),
            ("behaviour: {conflict_body: plein}", "conflict_body: no 'plein' here; .* plain?"),
            ("faults: [{kind: statsu}]", r"faults\[0\].kind: no 'statsu' here; .* status?"),
            ("faults: [{kind: reset}, {kind: reset, rte: 1}]", r"faults\[1\].rte: .* mean rate?"),
            ("faults: [{kind: reset, rate: 2}]", r"faults\[0\]: a fault's rate is between 0 and 1"),
            ("seed: x", "seed: Input should be a valid integer"),
            ("time_zone: US/Estern", "time_zone: no zone 'US/Estern'; did you mean US/Eastern?"),
            ("records: {contatcs: []}", "records: no object type 'contatcs'; .* contacts?"),
            ("records: {contacts: [{emial: a@x.com}]}", r"contacts\[0\]: .* did you mean email?"),
            ("records: {contacts: [{email: x}]}", r"contacts\[0\]: Email address x is invalid"),
            (
                "records: {contacts: [{email: a@x.com}, {email: A@x.com}]}",
                r"contacts\[1\].email: 'a@x.com' is there already",
            ),
            ("records: {contacts: [{city: [x]}]}", r"contacts\[0\].city: neither list nor fields"),
            (
                "owners: [{id: x, email: e, first_name: f, last_name: l, user_id: 1}]",
                r"owners\[0\]: an owner's id is digits, not 'x'",
            ),
            ("limits: {burst: -1}", "limits: burst is a number of calls, not -1"),
            ("a: [", "neither YAML nor JSON.*"),
            ("[1]", "not list, but fields and their values"),
        ],
    )
    def test_are_told_with_file_field_and_the_nearest_name(self, text: str, told: str) -> None:
        with pytest.raises(ScenarioError, match=told):
            parse_scenario(text, "s.yaml")

    def test_are_all_told_at_once(self) -> None:
        with pytest.raises(ScenarioError) as error:
            parse_scenario("{limitz: 1, seed: x, behaviour: {shuffle: 1}}", "s")
        assert len(str(error.value).splitlines()) == 3

    def test_in_the_path_are_told(self, tmp_path: Path) -> None:
        with pytest.raises(ScenarioError, match=r"none\.yaml: cannot be read"):
            read_scenario(tmp_path / "none.yaml")


class TestControl:
    def test_begins_anew_with_a_scenario_and_shows_it_without_tokens(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        address = f"{simulator.url}/_simulator/scenario"
        shown = ANYONE.post(address, content=SCENARIO)
        assert (shown.status_code, shown.json()["portal_id"]) == (200, 77)
        assert "token" not in shown.text.replace("token_endpoint", "")
        details = hubspot.get("/account-info/v3/details").json()
        assert details["portalId"] == 77
        assert ANYONE.get(f"{simulator.url}/_simulator").json()["records"] == {
            "contacts": 3, "companies": 1,
        }  # fmt: skip

    def test_leaves_the_account_alone_if_the_scenario_makes_no_sense(
        self, simulator: SimulatorServer
    ) -> None:
        simulator.account.seed_contacts(1)
        answer = ANYONE.post(f"{simulator.url}/_simulator/scenario", content="sed: 1")
        assert answer.status_code == 400
        assert "did you mean seed?" in answer.json()["error"]
        assert len(simulator.account.contacts) == 1
