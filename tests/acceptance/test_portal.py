"""A token of another account than the destination's is told before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hubspot_pipeline import pipeline
from hubspot_pipeline.destination import DestinationError
from hubspot_pipeline.plan import plan_partition
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.settings import (
    CLIENT_ID,
    CLIENT_SECRET,
    PRIVATE_APP_TOKEN,
    REFRESH_TOKEN,
    PrivateApp,
    SimulatorSettings,
)
from tests.acceptance.shop import DAY, PORTAL, Shop, identify, prompt_account

OTHER_PORTAL = "87654321"
OTHER_TOKEN = "pat-na1-5f1e0d2c-0000-4000-8000-000000000002"
PEOPLE = [identify("a@x.com"), identify("b@x.com")]
SECRETS = {"access_token": "MY_TOKEN"}
"""The options of each kind of app, and the variable whose token decides on the account."""
OAUTH = {"client_id": "A", "client_secret": "B", "refresh_token": "MY_TOKEN"}
CONTACTS = {"action": "upsertContact"}


def account(portal: str = PORTAL) -> SimulatorSettings:
    """An account with two private apps."""
    apps = (PrivateApp(), PrivateApp(OTHER_TOKEN, app_id=2))
    return replace(prompt_account(), portal_id=int(portal), private_apps=apps)


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.simulator.reset(account())
    return shop


def as_oauth_app(shop: Shop) -> None:
    shop.attributes["authentication"] = OAUTH
    shop.secrets = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "refresh_token": REFRESH_TOKEN,
    }


class TestATokenOfAnotherAccount:
    @pytest.mark.parametrize("options", [SECRETS, OAUTH], ids=["private app", "OAuth app"])
    def test_ends_each_run_before_anything_is_written(
        self, shop: Shop, options: dict[str, Any]
    ) -> None:
        if options is OAUTH:
            as_oauth_app(shop)
        shop.attributes["authentication"] = options
        shop.simulator.reset(account(OTHER_PORTAL))
        for _ in range(2):
            with pytest.raises(
                DestinationError,
                match=f"shop: portal is {PORTAL}, but the token in MY_TOKEN is of HubSpot account "
                f"{OTHER_PORTAL}, so nothing was sent. Correct portal, or put a token of account "
                f"{PORTAL} into MY_TOKEN.",
            ):
                shop.run(CONTACTS, PEOPLE)
        asked = [call.route for call in shop.simulator.log if call.route != "oauth.token"]
        assert asked == ["account.details"] * 2
        assert shop.records("contacts", "email") == {}
        assert not list(shop.root.rglob("results/**/*.parquet"))

    def test_ends_a_plan_and_what_guards_ask(self, shop: Shop) -> None:
        shop.simulator.reset(account(OTHER_PORTAL))
        shop.export(PEOPLE)
        for guards in ({}, {"most_new_records": 1}, {"most_rejected_rows": 1}):
            mappings = {"mapping": CONTACTS | {"guards": guards}}
            destination = shop.destination(mappings)
            connection = shop.connection(destination)
            with pytest.raises(DestinationError, match=OTHER_PORTAL):
                plan_partition(destination, ["mapping"], DAY, shop.storage, connection)
            with pytest.raises(DestinationError, match=OTHER_PORTAL):
                shop.run(mappings["mapping"], PEOPLE)
        assert {call.route for call in shop.simulator.log} == {"account.details"}

    def test_is_told_though_the_right_one_was_used_before(self, shop: Shop) -> None:
        """As a sandbox's token is replaced by production's."""
        assert shop.run(CONTACTS, PEOPLE).counts == {"delivered": 2}
        shop.simulator.reset(account(OTHER_PORTAL))
        shop.secrets["access_token"] = OTHER_TOKEN
        with pytest.raises(DestinationError, match=OTHER_PORTAL):
            shop.run(CONTACTS, [*PEOPLE, identify("c@x.com")])
        assert shop.records("contacts", "email") == {}

    def test_leaves_nothing_in_the_way_of_the_right_one(self, shop: Shop) -> None:
        shop.simulator.reset(account(OTHER_PORTAL))
        with pytest.raises(DestinationError):
            shop.run(CONTACTS, PEOPLE)
        shop.simulator.reset(account())
        assert shop.run(CONTACTS, PEOPLE).counts == {"delivered": 2}


class TestATokenOfTheAccount:
    def test_is_asked_about_once_for_all_runs_mappings_and_plans(self, shop: Shop) -> None:
        assert shop.run(CONTACTS, PEOPLE).calls["account.details"] == 1
        others = {"others": CONTACTS}
        assert shop.run(CONTACTS, PEOPLE, others=others).calls["account.details"] == 0
        destination = shop.destination({"mapping": CONTACTS, **others})
        connection = shop.connection(destination)
        plans = plan_partition(destination, ["mapping", "others"], DAY, shop.storage, connection)
        assert [each.plan.calls.get("account/details") for each in plans] == [None, None]
        pipeline.map_partition(destination, "others", DAY, shop.storage)
        assert shop.deliver(destination, "others").calls["account.details"] == 0

    def test_is_asked_about_in_the_first_of_a_plans_mappings(self, shop: Shop) -> None:
        shop.export(PEOPLE)
        destination = shop.destination({"mapping": CONTACTS, "others": CONTACTS})
        connection = shop.connection(destination)
        for _ in range(2):  # no run has been told since
            plans = plan_partition(
                destination, ["mapping", "others"], DAY, shop.storage, connection
            )
            assert [each.plan.calls.get("account/details") for each in plans] == [1, None]

    def test_is_asked_about_when_it_is_new(self, shop: Shop) -> None:
        asked = []
        for token in (PRIVATE_APP_TOKEN, OTHER_TOKEN, PRIVATE_APP_TOKEN):
            shop.secrets["access_token"] = token
            asked.append(shop.run(CONTACTS, PEOPLE).calls["account.details"])
        assert asked == [1, 1, 0]

    def test_that_is_an_oauth_apps_is_asked_about_once_though_each_run_gets_another(
        self, shop: Shop
    ) -> None:
        as_oauth_app(shop)
        runs = [shop.run(CONTACTS, PEOPLE) for _ in range(2)]
        assert [run.calls["oauth.token"] for run in runs] == [1, 1]
        assert [run.calls["account.details"] for run in runs] == [1, 0]

    def test_is_kept_nowhere(self, shop: Shop) -> None:
        shop.run(CONTACTS, PEOPLE)
        kept = [file.read_bytes() for file in shop.root.rglob("*") if file.is_file()]
        assert any(b"known_tokens" in content for content in kept)
        assert not any(PRIVATE_APP_TOKEN.encode() in content for content in kept)


def test_where_hubspot_does_not_tell_the_account_nothing_is_sent(shop: Shop) -> None:
    shop.simulator.faults.add(Fault("status", route="account.*", status=503))
    run = shop.run(CONTACTS, PEOPLE)
    assert run.counts == {"undelivered": 2}
    assert "account/details" in str(run.summary.undelivered_reason)
    assert set(run.calls) == {"account.details"}
    shop.simulator.faults.clear()
    assert shop.run(CONTACTS, PEOPLE).counts == {"delivered": 2}
