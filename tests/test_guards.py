"""Guards hold a partition back before anything of it is sent, say why, and can be overridden."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import stamina
import yaml

from hubspot_pipeline import pipeline
from hubspot_pipeline.delivery.results import SCHEMA as RESULTS_SCHEMA
from hubspot_pipeline.destination import (
    Destination,
    DestinationError,
    destination_from,
    load_destination,
)
from hubspot_pipeline.guards import GuardError
from hubspot_pipeline.hubspot.client import ConnectionSettings
from hubspot_pipeline.pipeline import DeliverySummary
from hubspot_pipeline.run_options import AS_USUAL, RunOptions
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    PRIVATE_APP_TOKEN,
    Behaviour,
    SimulatorSettings,
)
from hubspot_pipeline.storage import Storage, write_parquet

DAY = "2026-01-20"
OVERRIDE = RunOptions(override_guards=True)

STAGES = {"mapping": {"email": "$.traits.email", "lifecyclestage": "$.traits.stage"}}
CLEARING = {"mapping": {"email": "$.traits.email", "city": ""}}


@dataclass
class Shop:
    """A destination in a file, with exports, and a portal to deliver them to."""

    root: Path
    simulator: SimulatorServer
    guards: dict[str, Any] = field(default_factory=dict)
    contacts: dict[str, Any] = field(default_factory=dict)

    @property
    def destination(self) -> Destination:
        spec = {"action": "upsertContact", **self.contacts, "guards": self.guards}
        attributes = {
            "portal": "12345678",
            "events": {"path": f"{self.root}/events/{{partition}}/*"},
            "limits": {"requests_per_10_seconds": 0},
            "api": {"base_url": self.simulator.url},
            "mappings": {"contacts": spec},
        }
        file = self.root / "defs" / "shop" / "defs.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump({"attributes": attributes}, sort_keys=False))
        return load_destination(file)

    @property
    def storage(self) -> Storage:
        return Storage(str(self.root), self.root / "state")

    @property
    def connection(self) -> ConnectionSettings:
        return pipeline.connection(self.destination, {"access_token": PRIVATE_APP_TOKEN})

    def export(self, *emails: str | None, day: str = DAY, **traits: Any) -> None:
        self._write("events", emails, day, traits)

    def export_more(self, *emails: str | None, **traits: Any) -> None:
        """Export a second file of the day."""
        self._write("more", emails, DAY, traits)

    def _write(self, name: str, emails: Sequence[str | None], day: str, traits: Any) -> None:
        events = [
            {
                "type": "identify",
                "messageId": f"{day}-{name}-{number}",
                "timestamp": f"{day}T00:00:{number % 60:02d}Z",
                "traits": {"email": email, **traits},
            }
            for number, email in enumerate(emails)
        ]
        file = self.root / "events" / day / f"{name}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{json.dumps(event)}\n" for event in events))

    def run(self, day: str = DAY, options: RunOptions = AS_USUAL) -> DeliverySummary:
        pipeline.map_partition(self.destination, "contacts", day, self.storage)
        return pipeline.deliver_partition(
            self.destination, "contacts", day, self.storage, self.connection, options
        )

    def delivered_before(self, day: str, rows: int) -> None:
        """Let an earlier day have so many rows, and results."""
        results = self.storage.results("shop", "contacts", day)
        with write_parquet(results, RESULTS_SCHEMA) as writer:
            writer.add_key_value_metadata({"rows_read": str(rows)})

    def held_back(self, day: str = DAY) -> str:
        """Run, and return what a broken guard says; nothing was sent, and nothing stored."""
        before = self.simulator.account.state()
        results = Path(self.storage.results("shop", "contacts", day))
        stored = results.read_bytes() if results.exists() else None
        with pytest.raises(GuardError) as caught:
            self.run(day)
        assert self.simulator.account.state() == before
        assert (results.read_bytes() if results.exists() else None) == stored
        return str(caught.value)


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorServer]:
    at_once = Behaviour(definition_lag_seconds=0)
    with SimulatorServer(SimulatorSettings(limits=None, behaviour=at_once)) as server:
        yield server


@pytest.fixture(autouse=True)
def _retries_do_not_wait() -> Iterator[None]:
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture
def shop(tmp_path: Path, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.delenv("HUBSPOT_BASE_URL", raising=False)
    simulator.reset()
    return Shop(tmp_path, simulator)


def people(count: int, name: str = "person") -> list[str]:
    return [f"{name}{number}@example.com" for number in range(count)]


class TestRows:
    def test_an_export_with_too_few_rows_is_held_back(self, shop: Shop) -> None:
        shop.guards = {"least_rows": 3}
        shop.export(*people(2))
        assert "least_rows is 3; rows of the export: 2.\n" in shop.held_back()
        assert len(shop.simulator.log) == 0
        shop.export(*people(3))
        assert shop.run().verdicts == {"delivered": 3}

    def test_an_empty_export_is_held_back(self, shop: Shop) -> None:
        shop.guards = {"least_rows": 1}
        shop.export()
        assert "rows of the export: 0." in shop.held_back()

    def test_rows_that_the_trigger_does_not_pick_count_as_rows_of_the_export(
        self, shop: Shop
    ) -> None:
        shop.guards = {"least_rows": 3}
        shop.contacts = {"trigger": 'traits.email = "person0@example.com"'}
        shop.export(*people(3))
        assert shop.run().verdicts == {"delivered": 1}

    def test_an_unusually_small_export_is_held_back(self, shop: Shop) -> None:
        for day, rows in enumerate((10, 1, 12, 8), 1):
            shop.delivered_before(f"2026-01-0{day}", rows)
        shop.guards = {"least_rows_of_usual": "50%"}
        shop.export(*people(4))
        assert (
            "least_rows_of_usual is 50% of the usual 9 rows; rows of the export: 4.\n"
        ) in shop.held_back()
        shop.export(*people(5))
        assert shop.run().rows_read == 5

    def test_the_usual_is_of_the_last_seven_days_before(self, shop: Shop) -> None:
        for day in range(1, 10):
            shop.delivered_before(f"2026-01-0{day}", 20 if day <= 2 else 4)
        shop.guards = {"least_rows_of_usual": "100%"}
        shop.export(*people(4))
        assert shop.run().rows_read == 4

    def test_later_days_and_mapped_days_without_results_are_not_usual(self, shop: Shop) -> None:
        shop.delivered_before("2026-02-01", 50)
        shop.export(*people(50), day="2026-01-01")
        pipeline.map_partition(shop.destination, "contacts", "2026-01-01", shop.storage)
        shop.guards = {"least_rows_of_usual": "100%"}
        shop.export(*people(1))
        assert shop.run().rows_read == 1

    def test_the_usual_is_what_was_delivered_though_later_exports_are_smaller(
        self, shop: Shop
    ) -> None:
        shop.export(*people(4), day="2026-01-01")
        shop.run("2026-01-01")
        shop.guards = {"least_rows_of_usual": "50%", "least_rows": 1}
        shop.export(day="2026-01-01")
        assert "rows of the export: 0." in shop.held_back("2026-01-01")
        shop.export(*people(1))
        assert "50% of the usual 4 rows; rows of the export: 1.\n" in shop.held_back()

    def test_a_day_whose_payloads_were_tidied_away_counts_all_the_same(self, shop: Shop) -> None:
        shop.export(*people(4), day="2026-01-01")
        shop.run("2026-01-01")
        Path(shop.storage.payloads("shop", "contacts", "2026-01-01")).unlink()
        shop.guards = {"least_rows_of_usual": "50%"}
        shop.export(*people(1))
        assert "50% of the usual 4 rows" in shop.held_back()


class TestRejectedRows:
    def test_too_many_of_them_hold_a_partition_back(self, shop: Shop) -> None:
        shop.guards = {"most_rejected_rows": "25%"}
        shop.export(*people(2), "no-address", None)
        message = shop.held_back()
        assert "most_rejected_rows is 25% of 4 rows; rejected: 2, such as by " in message
        assert "events.jsonl:3 (email)" in message
        assert "no-address" not in message, "a place, not a value"
        assert len(shop.simulator.log) == 0
        shop.export(*people(3), None)
        assert shop.run().verdicts == {"delivered": 3, "rejected": 1}

    def test_what_the_account_would_refuse_counts_too_though_no_record_is_read(
        self, shop: Shop
    ) -> None:
        shop.guards = {"most_rejected_rows": 2}
        shop.contacts = STAGES
        shop.export(*people(2), None, stage="lead")
        shop.export_more("eva@example.com", "ada@example.com", stage="no-stage")
        message = shop.held_back()
        assert "most_rejected_rows is 2; rejected: 3, such as by " in message
        assert "more.jsonl:1 (lifecyclestage)" in message
        assert "events.jsonl:3 (email)" in message
        assert "no-stage" not in message, "a place, not a value"
        assert {call.method for call in shop.simulator.log} == {"GET"}
        shop.guards = {"most_rejected_rows": 3}
        assert shop.run().verdicts == {"delivered": 2, "rejected": 3}

    def test_where_another_guard_has_the_day_planned_the_plan_tells_them(self, shop: Shop) -> None:
        shop.guards = {"most_rejected_rows": 1, "most_new_records": 2}
        shop.contacts = STAGES
        shop.export(*people(2), stage="lead")
        shop.export_more("eva@example.com", "ada@example.com", stage="no-stage")
        message = shop.held_back()
        assert "most_rejected_rows is 1; rejected: 2, such as by " in message
        assert "more.jsonl:1" in message
        shop.guards["most_rejected_rows"] = "50%"
        assert shop.run().verdicts == {"delivered": 2, "rejected": 2}

    def test_properties_that_delivering_makes_are_no_reason_to_refuse_rows(
        self, shop: Shop
    ) -> None:
        shop.guards = {"most_rejected_rows": 0}
        shop.contacts = {
            "action": "upsertObject",
            "sync_mode": "upsert",
            "trigger": 'type = "identify"',
            "mapping": {
                "object_details": {
                    "object_type": "contact",
                    "id_field_name": "email",
                    "id_field_value": "$.traits.email",
                    "property_group": "contactinformation",
                },
                "association_sync_mode": "upsert",
                "properties": {"favourite_color": "$.traits.color"},
            },
        }
        shop.export(*people(2), color="red")
        assert shop.run().verdicts == {"delivered": 2}

    def test_a_few_are_named(self, shop: Shop) -> None:
        shop.guards = {"most_rejected_rows": 0}
        shop.export(*[None] * 100)
        assert shop.held_back().count("events.jsonl:") == 3

    def test_rows_that_the_trigger_does_not_pick_are_no_part_of_the_share(self, shop: Shop) -> None:
        shop.guards = {"most_rejected_rows": "40%"}
        shop.contacts = {"trigger": 'traits.email != "person0@example.com"'}
        shop.export("person0@example.com", "person0@example.com", "ada@example.com", None)
        assert "is 40% of 2 rows; rejected: 1, " in shop.held_back()


class TestNewRecords:
    def test_too_many_of_them_hold_a_partition_back(self, shop: Shop) -> None:
        shop.export(*people(10))
        shop.run()
        shop.guards = {"most_new_records": "50%"}
        shop.export(*people(10, "new"), *people(9))
        message = shop.held_back()
        assert "most_new_records is 50% of 19 records; new records: 10, such as by " in message
        assert message.count("events.jsonl:") == 3
        assert "@" not in message, "places, not values"
        shop.export(*people(9, "new"), *people(9))
        assert shop.run().verdicts["delivered"] == 18

    def test_a_number_of_them_is_a_number_whatever_the_partition(self, shop: Shop) -> None:
        shop.guards = {"most_new_records": 2}
        shop.export(*people(3))
        shop.held_back()
        shop.export(*people(2))
        assert shop.run().verdicts == {"delivered": 2}

    def test_rows_of_one_record_are_one_record(self, shop: Shop) -> None:
        shop.guards = {"most_new_records": 1}
        shop.export("ada@example.com", "ADA@example.com", "ada@example.com")
        assert sum(shop.run().verdicts.values()) == 3

    def test_a_rerun_counts_only_what_it_would_still_create(self, shop: Shop) -> None:
        shop.export(*people(5))
        shop.run(options=OVERRIDE)
        shop.guards = {"most_new_records": 1}
        assert shop.run().verdicts == {"delivered": 5}
        shop.export(*people(6))
        assert shop.run().verdicts["delivered"] >= 1

    def test_the_account_is_read_for_it_but_nothing_is_written(self, shop: Shop) -> None:
        shop.guards = {"most_new_records": 0}
        shop.export(*people(3))
        shop.held_back()
        assert {call.route for call in shop.simulator.log if call.method != "GET"} == {
            "objects.batch.read"
        }


class TestValuesTakenAway:
    def test_too_many_of_them_hold_a_partition_back(self, shop: Shop) -> None:
        shop.contacts = {"mapping": {"email": "$.traits.email", "city": "$.traits.city"}}
        shop.export(*people(4), city="Oslo")
        shop.run()
        shop.contacts = CLEARING
        shop.guards = {"most_values_taken_away": "50%"}
        shop.export(*people(3), day="2026-01-21")
        message = shop.held_back("2026-01-21")
        assert (
            "most_values_taken_away is 50% of 3 records; values taken away: 3 (cleared: 3; "
            "associations removed: 0; records taken off lists: 0), such as by "
        ) in message
        assert message.count("events.jsonl:") == 3
        assert "Oslo" not in message
        shop.guards = {"most_values_taken_away": 3}
        assert shop.run("2026-01-21").verdicts == {"delivered": 3}

    def test_what_a_record_does_not_have_is_not_taken_away(self, shop: Shop) -> None:
        shop.contacts = CLEARING
        shop.guards = {"most_values_taken_away": 0}
        shop.export(*people(3))
        assert shop.run().verdicts == {"delivered": 3}
        shop.contacts = {"mapping": {"email": "$.traits.email", "city": "$.traits.city"}}
        shop.export(*people(3), day="2026-01-21", city="Oslo")
        shop.run("2026-01-21")
        shop.export(*people(3), day="2026-01-22", city="Rome")
        assert shop.run("2026-01-22").verdicts == {"delivered": 3}


class TestWithoutTheAccount:
    def test_guards_that_need_it_leave_all_rows_undelivered_and_tell_when_to_go_on(
        self, shop: Shop
    ) -> None:
        shop.guards = {"most_new_records": 5}
        shop.export(*people(3), None)
        shop.simulator.faults.add(Fault("status", status=477, retry_after=7_200))
        summary = shop.run()
        assert summary.verdicts == {"undelivered": 3, "rejected": 1}
        assert summary.go_on_at is not None
        assert summary.undelivered_reason
        assert shop.simulator.account.state() == {}
        shop.simulator.reset()
        Path(shop.storage.state_file("rate_limit.sqlite")).unlink()  # it knows of the standstill
        assert shop.run().verdicts == {"delivered": 3, "rejected": 1}

    def test_rows_that_cannot_be_held_to_it_stay_undelivered(self, shop: Shop) -> None:
        shop.guards = {"most_rejected_rows": 1}
        shop.export(*people(3), None)
        shop.simulator.faults.add(Fault("status", status=477, retry_after=7_200))
        summary = shop.run()
        assert summary.verdicts == {"undelivered": 3, "rejected": 1}
        assert summary.go_on_at is not None
        Path(shop.storage.state_file("rate_limit.sqlite")).unlink()

    def test_a_plan_that_could_not_be_made_of_all_rows_lets_none_pass(self, shop: Shop) -> None:
        shop.guards = {"most_new_records": 1}
        shop.export(*people(3))
        shop.simulator.faults.add(Fault("status", route="objects.batch.read", status=503))
        summary = shop.run()
        assert summary.verdicts == {"undelivered": 3}
        assert "HTTP 503" in (summary.undelivered_reason or "")
        assert shop.simulator.account.state() == {}

    def test_what_is_broken_without_it_is_told_all_the_same(self, shop: Shop) -> None:
        shop.guards = {"most_new_records": 5, "least_rows": 9}
        shop.export(*people(3))
        shop.simulator.faults.add(Fault("status", status=477, retry_after=7_200))
        assert "least_rows" in shop.held_back()
        Path(shop.storage.state_file("rate_limit.sqlite")).unlink()


class TestAMessage:
    def test_names_every_guard_with_its_line_and_how_to_go_on(self, shop: Shop) -> None:
        shop.guards = {"least_rows": 9, "most_rejected_rows": 0}
        shop.export(None)
        first, *reasons, look, last = shop.held_back().splitlines()
        assert first == (
            f"shop/contacts {DAY} is held back by its guards, and nothing of it was sent:"
        )
        file = shop.root / "defs" / "shop" / "defs.yaml"
        lines = file.read_text().splitlines()
        at = {
            name: number
            for number, line in enumerate(lines, 1)
            for name in shop.guards
            if line.strip().startswith(name)
        }
        assert [reason.partition(": ")[0] for reason in reasons] == [
            f"{file}:{at['least_rows']}",
            f"{file}:{at['most_rejected_rows']}",
        ]
        assert look.endswith(
            f"hubspot-pipeline plan --destination shop --mapping contacts --partition {DAY}"
        )
        assert last.endswith(
            "hubspot-pipeline run --destination shop --mapping contacts --partition "
            f"{DAY} --override-guards (in Dagster: override_guards: true in the launchpad)."
        )

    def test_is_for_users(self) -> None:
        assert GuardError in pipeline.USER_ERRORS


class TestOverriding:
    def test_delivers_in_spite_of_all_guards(self, shop: Shop) -> None:
        shop.guards = {"least_rows": 9, "most_rejected_rows": 0}
        shop.export("ada@example.com", None)
        shop.held_back()
        assert shop.run(options=OVERRIDE).verdicts == {"delivered": 1, "rejected": 1}


class TestOptions:
    @pytest.mark.parametrize("amount", ["5", "-5%", "5 %", "%", 1.5, True, -1, [1], "5%%"])
    @pytest.mark.parametrize(
        "guard", ["most_new_records", "most_values_taken_away", "most_rejected_rows"]
    )
    def test_an_amount_is_a_number_or_a_share(self, guard: str, amount: Any) -> None:
        with pytest.raises(DestinationError, match=rf"mappings\.contacts\.guards\.{guard}: "):
            with_guards({guard: amount})

    @pytest.mark.parametrize("amount", [0, 500, "5%", "0.5%", "100%"])
    def test_amounts_that_people_write(self, amount: Any) -> None:
        assert with_guards({"most_new_records": amount}).guards.most_new_records == amount

    def test_a_slip_in_a_guards_name_is_told(self) -> None:
        with pytest.raises(DestinationError, match="did you mean 'most_new_records'"):
            with_guards({"most_new_record": 1})

    def test_a_share_of_the_usual_is_a_share(self) -> None:
        with pytest.raises(DestinationError, match="least_rows_of_usual"):
            with_guards({"least_rows_of_usual": 5})


def with_guards(guards: dict[str, Any]) -> Any:
    attributes = {
        "portal": "1",
        "mappings": {"contacts": {"action": "upsertContact", "guards": guards}},
    }
    return destination_from(attributes, name="shop", where="a test").mapping("contacts")
