"""Record writes held to the account's schema over HTTP."""

from __future__ import annotations

import pytest

from hubspot_pipeline.simulator.server import SimulatorServer
from tests.delivery.checking import checked, kept, problems, record_writes
from tests.delivery.conftest import Portal


@pytest.fixture
def simulator(portal: Portal) -> SimulatorServer:
    return portal.simulator


def test_only_the_bad_rows_are_rejected_each_with_field_and_reason(
    simulator: SimulatorServer,
) -> None:
    done = checked(
        simulator,
        record_writes(
            [
                {"firstname": "Ada", "lifecyclestage": "Lead"},
                {"firstname": "Bob", "lifecyclestage": "custumer"},
                {"firstname": None, "lifecyclestage": None},
                {"favourite_color": "red"},
                {"createdate": "2026-01-01"},
            ]
        ),
    )
    assert kept(done) == [{"firstname": "Ada", "lifecyclestage": "lead"}, {}]
    assert done.writes.keys.to_pylist() == ["id000000@example.com", "id000002@example.com"]
    assert done.writes.rows["write"].to_pylist() == [0, 1]
    assert done.writes.rows["position"].to_pylist() == [0, 2]
    assert problems(done) == [
        (
            1,
            "lifecyclestage",
            (
                "'custumer' is not one of the options subscriber, lead, marketingqualifiedlead, "
                "salesqualifiedlead, opportunity, customer, evangelist, other; did you mean "
                "'customer'?"
            ),
        ),
        (3, "favourite_color", "contacts have no property 'favourite_color'."),
        (4, "createdate", "'createdate' is read-only: HubSpot sets it itself."),
    ]
