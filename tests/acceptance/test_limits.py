"""The account's limits and tokens while whole partitions are delivered."""

from __future__ import annotations

import pytest

from hubspot_pipeline.simulator.clock import NANOSECONDS
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.settings import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    Limits,
    SimulatorSettings,
)
from tests.acceptance.shop import NO_LIMITS, Shop, group, identify


@pytest.mark.slow
def test_many_searches_stay_below_the_accounts_limit(shop: Shop) -> None:
    shop.simulator.reset(SimulatorSettings(limits=Limits(search_per_second=5)))
    shop.attributes = {"limits": NO_LIMITS | {"searches_per_second": 5}}
    mapping = {
        "action": "upsertCompany",
        "mapping": {
            "groupid": "$.groupId",
            "createNewCompany": False,
            "associateContact": False,
            "companysearchfields": {"domain": "$.traits.domain"},
        },
    }
    domains = [f"a-company-with-a-rather-long-name-{at}.example.com" for at in range(800)]
    run = shop.run(
        mapping, [group(f"c{at}", at, domain=domain) for at, domain in enumerate(domains)]
    )
    assert run.counts == {"skipped": 800}
    assert run.calls["objects.search"] > 10
    assert not [arrival for arrival in run.arrivals if arrival.over_limit]
    assert shop.simulator.log.peak_in_window(1, bucket="search") <= 5


def test_a_refusal_that_names_a_time_is_waited_out(shop: Shop) -> None:
    shop.attributes = {"limits": NO_LIMITS | {"requests_per_10_seconds": 100}}
    shop.simulator.faults.add(
        Fault("status", status=429, route="objects.batch.*", count=1, retry_after=1)
    )
    run = shop.run("upsertContact", [identify("a@x.com")])
    assert run.verdicts == ["delivered"]
    refused, taken = (one.at for one in run.arrivals if one.route.startswith("objects.batch."))
    assert taken - refused >= NANOSECONDS


def test_a_token_that_ends_in_the_middle_is_renewed_once_and_only_refused_calls_are_repeated(
    shop: Shop,
) -> None:
    shop.attributes = {
        "authentication": {"client_id": "A", "client_secret": "B", "refresh_token": "C"}
    }
    shop.secrets = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "refresh_token": REFRESH_TOKEN,
    }
    shop.simulator.faults.add(Fault("expire", route="objects.batch.*", skip=5, count=1))
    run = shop.run("upsertContact", [identify(f"p{at}@x.com", at) for at in range(2_000)])
    assert run.counts == {"delivered": 2_000}
    assert run.calls["oauth.token"] == 2
    refused = sum(arrival.status == 401 for arrival in run.arrivals)
    assert refused >= 1
    assert run.calls["objects.batch.upsert"] == 20 + refused
