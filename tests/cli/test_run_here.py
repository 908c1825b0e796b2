from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from hubspot_pipeline.destination import open_destination
from hubspot_pipeline.orchestration.dead_runs import FOLDER, PROCESS_TAG
from hubspot_pipeline.orchestration.run_here import open_dagster
from hubspot_pipeline.pipeline import connection
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN, SimulatorSettings
from hubspot_pipeline.storage import project_storage
from hubspot_pipeline.stores import open_journal, scope_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Project

pytestmark = pytest.mark.slow

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


WITH_COMPANIES = """\
type: hubspot_pipeline.orchestration.component.HubSpotDestination
attributes:
  portal: "12345678"
  mappings:
    companies:
      action: upsertCompany
    contacts:
      action: upsertContact
"""


def identify(email: str) -> dict[str, object]:
    return {"type": "identify", "timestamp": f"{DAY}T10:00:00Z", "traits": {"email": email}}


def signed_up(email: str) -> dict[str, object]:
    return {"type": "track", "event": "Signed Up", "properties": {"email": email}}


@pytest.fixture
def hubspot(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatorServer]:
    with SimulatorServer(SimulatorSettings()) as server:
        monkeypatch.setenv("HUBSPOT_BASE_URL", server.url)
        monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", PRIVATE_APP_TOKEN)
        yield server


@pytest.fixture
def shop(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delitem(sys.modules, "hubspot_pipeline.definitions", raising=False)
    project.add_destination("shop", DESTINATION)
    return project


def export(project: Project, *events: dict[str, object]) -> None:
    lines = "".join(json.dumps(event) + "\n" for event in events)
    project.write(f"data/events/{DAY}/events.jsonl", lines)


def test_a_day_is_delivered_and_read_back(shop: Project, hubspot: SimulatorServer) -> None:
    export(shop, identify("ada@example.com"), identify("no address"), signed_up("bo@example.com"))

    result = shop.call("run", "--destination", "shop", "--partition", DAY)

    assert result.exit_code == 0, result.stderr
    assert hubspot.account.contact("ada@example.com") is not None
    assert hubspot.account.contact("bo@example.com") is not None
    contacts, signups = (line for line in result.stdout.splitlines() if "shop/" in line)
    assert contacts.split("│")[3:-1] == [
        "         3 ",
        "        1 ",
        "         1 ",
        "        1 ",
        "     3 ",
    ]
    assert "signups" in signups
    rows = json.loads(shop.call("results", "-p", DAY, "--format", "json").stdout)
    assert {(row["mapping"], row["record"], row["verdict"]) for row in rows} == {
        ("contacts", "ada@example.com", "delivered"),
        ("contacts", None, "rejected"),
        ("signups", "bo@example.com", "delivered"),
    }


def test_a_refused_row_is_exit_code_1_and_only_it_is_tried_again(
    shop: Project, hubspot: SimulatorServer
) -> None:
    export(shop, identify("ada@example.com"), identify("bo@office.nosuchdomain"))
    assert shop.call("run", "-d", "shop", "-m", "contacts", "-p", DAY).exit_code == 1
    hubspot.log.clear()

    result = shop.call("retry", "-p", DAY)

    assert result.exit_code == 1
    assert "shop/contacts" in result.stdout
    assert "shop/signups" not in result.stdout
    sent = {key for arrival in hubspot.log for key in arrival.keys}
    assert sent == {"bo@office.nosuchdomain"}


def test_an_outage_is_exit_code_1_with_its_reason_and_retry_ends_it(
    shop: Project, hubspot: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(shop, identify("ada@example.com"))
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", "pat-na1-wrong")
    broken = shop.call("run", "-d", "shop", "-m", "contacts", "-p", DAY)
    assert broken.exit_code == 1
    assert "error:" in broken.stderr
    assert "Traceback" not in broken.stderr
    assert "pat-na1-wrong" not in broken.stderr + broken.stdout

    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", PRIVATE_APP_TOKEN)
    assert shop.call("retry", "-d", "shop", "-m", "contacts", "-p", DAY).exit_code == 0
    assert hubspot.account.contact("ada@example.com") is not None


def test_a_token_of_another_account_is_exit_code_1_and_nothing_is_sent(
    shop: Project, hubspot: SimulatorServer
) -> None:
    hubspot.reset(SimulatorSettings(portal_id=87654321))
    export(shop, identify("ada@example.com"))
    for verb in ("run", "retry"):
        broken = shop.call(verb, "-d", "shop", "-m", "contacts", "-p", DAY)
        assert broken.exit_code == 1
        assert (
            "defs/shop/defs.yaml:3: shop: portal is 12345678, but the token in "
            "HUBSPOT_ACCESS_TOKEN is of HubSpot account 87654321, so nothing was sent."
        ) in broken.stderr
    assert {arrival.route for arrival in hubspot.log} == {"account.details"}


def test_companies_whose_contacts_fail_are_kept_back_and_retry_delivers_both(
    shop: Project, hubspot: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add_destination("shop", WITH_COMPANIES)
    joined = {"type": "group", "groupId": "acme", "userId": "u1", "traits": {"name": "Acme"}}
    export(shop, joined, identify("ada@example.com") | {"userId": "u1"})
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", "pat-na1-wrong")
    broken = shop.call("run", "-d", "shop", "-p", DAY)
    assert broken.exit_code == 1
    assert "is kept back, and not delivered in the same run: companies." in broken.stderr
    lines = [line for line in broken.stdout.splitlines() if "shop/" in line]
    assert ["contacts" in line for line in lines] == [True, False]
    assert "–" in lines[1]

    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", PRIVATE_APP_TOKEN)
    again = shop.call("retry", "-p", DAY)
    assert again.exit_code == 0, again.stderr
    companies = hubspot.account.records("companies")
    assert [company.values["name"] for company in companies] == ["Acme"]


def test_runs_of_killed_processes_neither_linger_nor_hold_the_others_up(
    shop: Project, hubspot: SimulatorServer
) -> None:
    export(shop, identify("ada@example.com"))
    shop.write(
        "dagster_home/dagster.yaml", "concurrency: {pools: {default_limit: 1, granularity: op}}"
    )
    home = shop.folder / "dagster_home"
    with open_dagster() as here:
        job = here._job
    with dg.DagsterInstance.from_config(str(home)) as instance:
        ours, other = (
            instance.create_run_for_job(
                job, tags={PROCESS_TAG: name}, status=dg.DagsterRunStatus.STARTED
            )
            for name in ("killed", "on-another-machine")
        )
        shop.write(f"dagster_home/{FOLDER}/killed", "")
        storage = instance.event_log_storage
        storage.initialize_concurrency_limit_to_default("hubspot_12345678")
        assert storage.claim_concurrency_slot("hubspot_12345678", ours.run_id, "step").is_claimed

        assert shop.call("run", "-d", "shop", "-m", "contacts", "-p", DAY).exit_code == 0

        statuses = [instance.get_run_by_id(run.run_id).status.value for run in (ours, other)]
    assert statuses == ["FAILURE", "STARTED"]
    assert hubspot.account.contact("ada@example.com") is not None
    assert list((home / FOLDER).iterdir()) == []


def test_a_call_that_is_tried_again_does_not_show_among_the_answers(
    shop: Project, hubspot: SimulatorServer
) -> None:
    export(shop, identify("ada@example.com"))
    hubspot.simulator.faults.add(Fault("status", count=1, retry_after=0))
    result = shop.call("run", "-d", "shop", "-m", "contacts", "-p", DAY)
    assert result.exit_code == 0
    assert "retry" not in result.stdout
    assert result.stdout.startswith("┏")


def test_a_day_of_which_nothing_is_picked_is_told(shop: Project, hubspot: SimulatorServer) -> None:
    export(shop, {"type": "page"})
    result = shop.call("run", "-d", "shop", "-m", "contacts", "-p", DAY)
    assert result.exit_code == 0
    assert "filtered" in result.stdout
    assert len(hubspot.log) == 0


def test_a_broken_guard_is_exit_code_1_and_says_how_to_go_on(
    shop: Project, hubspot: SimulatorServer
) -> None:
    guards = "      guards: {least_rows: 2, most_new_records: 0}\n    signups:"
    shop.add_destination("shop", DESTINATION.replace("    signups:", guards))
    export(shop, identify("ada@example.com"))

    broken = shop.call("run", "-d", "shop", "-m", "contacts", "-p", DAY)

    assert broken.exit_code == 1
    assert "Traceback" not in broken.stderr
    first, *reasons, look, last = broken.stderr.splitlines()
    assert first == (
        f"error: shop/contacts {DAY} is held back by its guards, and nothing of it was sent:"
    )
    file = f"data/events/{DAY}/events.jsonl"
    assert [reason.partition("defs.yaml:7: ")[2] for reason in reasons] == [
        "least_rows is 2; rows of the export: 1.",
        f"most_new_records is 0; new records: 1, such as by {file}:1.",
    ]
    assert hubspot.account.state() == {}
    planned = shop.call(*look.partition("hubspot-pipeline ")[2].split())
    assert planned.exit_code == 1
    assert reasons[1].partition("defs.yaml:7: ")[2] in planned.stdout
    go_on = last.partition("hubspot-pipeline ")[2].partition(" (in Dagster")[0]
    assert shop.call(*go_on.split()).exit_code == 0
    assert hubspot.account.contact("ada@example.com") is not None


def test_a_day_that_another_process_delivers_is_refused_and_nothing_is_sent(
    shop: Project, hubspot: SimulatorServer
) -> None:
    export(shop, identify("ada@example.com"))
    destination = open_destination("shop")
    settings = connection(destination, {"access_token": PRIVATE_APP_TOKEN})
    scope = scope_of(destination, "contacts", DAY, settings)
    with open_journal(destination, project_storage()) as book, book.partition(scope):
        for verb in ("run", "retry"):
            refused = shop.call(verb, "-d", "shop", "-m", "contacts", "-p", DAY)
            assert refused.exit_code == 1
            assert "Another process is delivering" in " ".join(refused.stderr.split())
            assert "Traceback" not in refused.stderr
    assert len(hubspot.log) == 0
    assert shop.call("retry", "-d", "shop", "-m", "contacts", "-p", DAY).exit_code == 0


class TestMistakes:
    @pytest.mark.usefixtures("hubspot")
    def test_a_day_without_an_export_is_2(self, shop: Project) -> None:
        export(shop, identify("ada@example.com"))
        result = shop.call("run", "-d", "shop", "-p", "2026-01-05")
        assert result.exit_code == 2
        assert "no events for partition '2026-01-05'" in result.stderr
        assert DAY in result.stderr

    @pytest.mark.usefixtures("hubspot")
    def test_a_day_before_the_first_partition_is_2(self, shop: Project) -> None:
        shop.write("data/events/2025-12-31/events.jsonl", "{}\n")
        result = shop.call("run", "-d", "shop", "-p", "2025-12-31")
        assert result.exit_code == 2
        assert "There is no partition 2025-12-31" in result.stderr

    @pytest.mark.usefixtures("hubspot")
    def test_a_mapping_that_cannot_be_compiled_is_2(self, shop: Project) -> None:
        shop.add_destination("shop", DESTINATION.replace("email:", "emial:"))
        result = shop.call("run", "-d", "shop", "-p", DAY)
        assert result.exit_code == 2
        assert "shop/signups: mapping.emial" in result.stderr
        assert "did you mean 'email'?" in result.stderr

    @pytest.mark.usefixtures("hubspot")
    def test_another_destination_that_is_wrong_is_2(self, shop: Project) -> None:
        export(shop, identify("ada@example.com"))
        shop.add_destination("other", "attributes: {portal: one, mappings: {}}")
        result = shop.call("run", "-d", "shop", "-p", DAY)
        assert result.exit_code == 2
        assert "other/defs.yaml:1: portal" in result.stderr
        assert "Traceback" not in result.stderr

    def test_a_missing_token_is_named(self, shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("HUBSPOT_ACCESS_TOKEN", raising=False)
        export(shop, identify("ada@example.com"))
        result = shop.call("run", "-d", "shop", "-p", DAY)
        assert result.exit_code == 2
        assert "HUBSPOT_ACCESS_TOKEN" in result.stderr
        assert "Traceback" not in result.stderr

    def test_retry_of_a_day_that_was_never_delivered_is_2(self, shop: Project) -> None:
        result = shop.call("retry", "-p", DAY)
        assert result.exit_code == 2
        assert "delivered to no destination yet" in result.stderr
