from __future__ import annotations

from hubspot_pipeline.cli.sample_account import set_up
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN


def test_what_the_sample_destination_wants_is_made_once() -> None:
    with SimulatorServer() as simulator:
        for _ in range(2):
            set_up(simulator.url, PRIVATE_APP_TOKEN)
        event = simulator.account.events.definitions.all["page_viewed"]
        assert {"page", "url"} <= event.properties.keys()
        assert simulator.account.properties("tickets").defined["trial_id"].unique
