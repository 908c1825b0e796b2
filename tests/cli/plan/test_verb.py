from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN
from tests.acceptance.shop import prompt_account

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Project

DAY = "2026-01-02"

DESTINATION = """\
type: hubspot_pipeline.orchestration.component.HubSpotDestination
attributes:
  portal: "12345678"
  mappings:
    contacts:
      action: upsertContact
    signups:
      action: upsertContact
      trigger: type = "track" and event = "Signed Up"
      mapping:
        email: {"@path": $.properties.email}
        lifecyclestage: lead
"""
PLAN = ("plan", "--destination", "shop", "--partition", DAY)


def identify(email: str, **traits: str) -> dict[str, object]:
    return {
        "type": "identify",
        "timestamp": f"{DAY}T10:00:00Z",
        "traits": {"email": email, **traits},
    }


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatorServer]:
    with SimulatorServer(prompt_account()) as server:
        yield server


@pytest.fixture
def hubspot(account: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> SimulatorServer:
    """An account that knows Ada."""
    account.reset(prompt_account())
    monkeypatch.setenv("HUBSPOT_BASE_URL", account.url)
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", PRIVATE_APP_TOKEN)
    httpx.post(
        f"{account.url}/crm/v3/objects/contacts",
        json={"properties": {"email": "ada@example.com", "phone": "030"}},
        headers={"Authorization": f"Bearer {PRIVATE_APP_TOKEN}"},
    ).raise_for_status()
    account.log.clear()
    return account


@pytest.fixture
def shop(project: Project, hubspot: SimulatorServer) -> Project:
    assert hubspot.url
    project.add_destination("shop", DESTINATION)
    events = [
        identify("ada@example.com", phone="040"),
        identify("bo@example.com"),
        identify("no address"),
        {"type": "track", "event": "Signed Up", "properties": {"email": "bo@example.com"}},
    ]
    lines = "".join(json.dumps(event) + "\n" for event in events)
    project.write(f"data/events/{DAY}/events.jsonl", lines)
    return project


def planned(shop: Project, *more: str) -> dict[str, Any]:
    result = shop.call(*PLAN, "--format", "json", *more)
    assert result.exit_code == 0, result.stderr
    made: dict[str, Any] = json.loads(result.stdout)
    return made


def test_every_mapping_is_planned_on_top_of_those_before(shop: Project) -> None:
    contacts, signups = planned(shop)["mappings"]
    assert (contacts["creates"], contacts["updates"]) == ({"contacts": 1}, {"contacts": 1})
    assert contacts["verdicts"] == {"delivered": 2, "rejected": 1}
    ada = next(row for row in contacts["changes"] if row["record"] == "ada@example.com")
    assert {"name": "phone", "before": "030", "after": "040"} in ada["properties"]
    assert (signups["creates"], signups["updates"]) == ({}, {})
    assert signups["rows_read"] == 4


def test_one_mapping_can_be_planned_alone(shop: Project) -> None:
    (signups,) = planned(shop, "--mapping", "signups")["mappings"]
    assert signups["creates"] == {"contacts": 1}


def test_nothing_is_written_to_the_account_and_nothing_that_runs_use_is_there_after(
    shop: Project, hubspot: SimulatorServer
) -> None:
    planned(shop)
    writes = [
        (call.method, call.path)
        for call in hubspot.log
        if call.method != "GET" and not call.path.endswith(("/read", "/search"))
    ]
    assert writes == []
    assert hubspot.account.contact("bo@example.com") is None
    assert not list(shop.folder.glob("data/payloads/**/*.parquet"))
    assert not list(shop.folder.glob("data/results/**/*.parquet"))


def test_the_table_goes_to_the_screen(shop: Project) -> None:
    result = shop.call(*PLAN)
    assert result.exit_code == 0, result.stderr
    words = " ".join(result.stdout.split())
    assert "would create 1 record and change 1 record. Nothing was written." in words
    assert "ada@example.com phone 030 040" in words


@pytest.mark.parametrize("format_", ["table", "json", "html"])
def test_each_format_can_be_written_to_a_file(shop: Project, format_: str) -> None:
    result = shop.call(*PLAN, "-m", "contacts", "--format", format_, "--out", "plan.txt")
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    assert "Written: plan.txt" in result.stderr
    assert "ada@example.com" in (shop.folder / "plan.txt").read_text(encoding="utf-8")


def test_where_the_delivery_would_stop_the_reason_is_told_with_exit_code_1(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", "pat-na1-wrong")
    result = shop.call(*PLAN, "-m", "contacts")
    assert result.exit_code == 1, result.stderr
    assert "contacts would leave rows undelivered:" in " ".join(result.stdout.split())
    assert "pat-na1-wrong" not in result.stdout + result.stderr


@pytest.mark.parametrize("format_", ["table", "json", "html"])
def test_private_values_are_shown_in_no_format(shop: Project, format_: str) -> None:
    private = "action: upsertContact\n      private: [phone, email]\n    signups"
    shop.add_destination("shop", DESTINATION.replace("action: upsertContact\n    signups", private))
    shown = shop.call(*PLAN, "-m", "contacts", "--format", format_)
    assert shown.exit_code == 0, shown.stderr
    assert "***" in shown.stdout
    for value in ("030", "040", "ada@example", "bo@example"):
        assert not re.search(rf"\b{value}\b", shown.stdout)


def test_guards_that_would_hold_it_back_are_told_with_exit_code_1(shop: Project) -> None:
    guarded = DESTINATION.replace(
        "action: upsertContact\n    signups",
        "action: upsertContact\n      guards: {least_rows: 50}\n    signups",
    )
    shop.add_destination("shop", guarded)
    result = shop.call(*PLAN)
    assert result.exit_code == 1, result.stderr
    words = " ".join(result.stdout.split())
    assert (
        "contacts would be held back by its guards: least_rows is 50; rows of the export" in words
    )
    assert "would create 1 record" in words
    assert "signups would be held back" not in words


class TestMistakes:
    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (("-d", "shp", "-p", DAY), "There is no destination 'shp'. There is: shop."),
            (("-d", "shop", "-p", DAY, "-m", "no"), "'shop' has no mapping 'no'"),
            (("-d", "shop", "-p", "2026-01-09"), "2026-01-09"),
            (("-d", "shop", "-p", ".."), "There is no partition '..': partitions are days"),
            (("-d", "shop", "-p", ""), "There is no partition ''"),
            (("-d", "shop", "-p", "20260102"), "There is no partition '20260102'"),
            (("-d", "shop", "-p", DAY, "--format", "csv"), "'csv'"),
            (("-d", "shop", "-p", DAY, "--out", "no/such/folder.txt"), "cannot be written"),
        ],
    )
    def test_each_is_one_message_and_exit_code_2(
        self, shop: Project, args: tuple[str, ...], message: str
    ) -> None:
        result = shop.call("plan", *args)
        assert result.exit_code == 2
        assert message in " ".join(result.stderr.split())
        assert result.stdout == ""
        assert "Traceback" not in result.stderr

    def test_a_missing_credential_is_named(
        self, shop: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("HUBSPOT_ACCESS_TOKEN")
        result = shop.call(*PLAN)
        assert result.exit_code == 2
        assert "HUBSPOT_ACCESS_TOKEN is not set" in " ".join(result.stderr.split())

    def test_a_token_of_another_account_is_told_before_anything_is_planned(
        self, shop: Project, hubspot: SimulatorServer
    ) -> None:
        hubspot.reset(replace(prompt_account(), portal_id=87654321))
        result = shop.call(*PLAN)
        assert result.exit_code == 2
        assert "portal is 12345678, but the token in" in result.stderr
        assert result.stdout == ""
