"""Pipelines and their stages, read."""

import httpx
import pytest

from hubspot_pipeline.simulator.account.pipelines import Pipeline, Pipelines, Stage
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PrivateApp, SimulatorSettings

PATHS = ["/crm/v3/pipelines", "/crm/pipelines/2026-03", "/crm/pipelines/2026-09"]


@pytest.fixture(autouse=True)
def _begun(simulator: SimulatorServer) -> SimulatorServer:
    return simulator


@pytest.mark.parametrize("path", PATHS)
class TestRead:
    def test_deals_go_through_the_sales_pipeline(self, hubspot: httpx.Client, path: str) -> None:
        (pipeline,) = hubspot.get(f"{path}/deals").json()["results"]

        assert (pipeline["id"], pipeline["label"]) == ("default", "Sales Pipeline")
        assert [stage["id"] for stage in pipeline["stages"]] == [
            "appointmentscheduled", "qualifiedtobuy", "presentationscheduled",
            "decisionmakerboughtin", "contractsent", "closedwon", "closedlost",
        ]  # fmt: skip
        won = pipeline["stages"][5]
        assert won["metadata"] == {"isClosed": "true", "probability": "1.0"}
        assert hubspot.get(f"{path}/0-3/default").json() == pipeline

    def test_tickets_are_open_until_the_last_stage(self, hubspot: httpx.Client, path: str) -> None:
        stages = hubspot.get(f"{path}/tickets/0/stages").json()["results"]
        assert [(stage["id"], stage["metadata"]["ticketState"]) for stage in stages] == [
            ("1", "OPEN"),
            ("2", "OPEN"),
            ("3", "OPEN"),
            ("4", "CLOSED"),
        ]
        assert hubspot.get(f"{path}/tickets/0/stages/4").json() == stages[3]

    def test_orders_and_leads_have_one_each_and_contacts_none(
        self, hubspot: httpx.Client, path: str
    ) -> None:
        counts = {
            kind: len(hubspot.get(f"{path}/{kind}").json()["results"])
            for kind in ("orders", "leads", "contacts")
        }
        assert counts == {"orders": 1, "leads": 1, "contacts": 0}

    @pytest.mark.parametrize("rest", ["deals/nope", "deals/nope/stages", "deals/default/stages/1"])
    def test_unknown_ones_are_404(self, hubspot: httpx.Client, path: str, rest: str) -> None:
        answer = hubspot.get(f"{path}/{rest}")
        assert answer.status_code == 404
        assert answer.json()["category"] == "OBJECT_NOT_FOUND"


def test_the_stage_property_lists_the_stages_of_all_pipelines(
    hubspot: httpx.Client, simulator: SimulatorServer
) -> None:
    simulator.account.pipelines.add(
        simulator.account.types.find("deals"), Pipeline("7", "More", 1, (Stage("8", "New", 0),))
    )

    def options(name: str) -> list[str]:
        found = hubspot.get(f"/crm/v3/properties/deals/{name}").json()
        assert found["modificationMetadata"]["readOnlyOptions"] is True
        return [one["value"] for one in found["options"]]

    assert options("pipeline") == ["default", "7"]
    assert options("dealstage")[-2:] == ["closedlost", "8"]


def test_reading_takes_a_scope_of_the_type(server: SimulatorServer, hubspot: httpx.Client) -> None:
    app = PrivateApp(scopes=frozenset({"crm.objects.contacts.read"}))
    server.reset(SimulatorSettings(limits=None, private_apps=(app,)))
    assert hubspot.get("/crm/v3/pipelines/deals").status_code == 403


def test_saved_pipelines_come_back_alike(simulator: SimulatorServer) -> None:
    deals = simulator.account.types.find("deals")
    simulator.account.pipelines.add(deals, Pipeline("7", "More", 1, (Stage("8", "New", 0),)))
    again = Pipelines()
    again.restore(simulator.account.pipelines.saved())
    assert again.of(deals) == simulator.account.pipelines.of(deals)
