"""One partition, from its export to its results, against the simulated account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import stamina
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline import pipeline
from hubspot_pipeline.destination import Destination, DestinationError, destination_from
from hubspot_pipeline.events.errors import MissingPartition
from hubspot_pipeline.hubspot.client import ConnectionSettings
from hubspot_pipeline.mapping.errors import MappingError, TriggerError
from hubspot_pipeline.payload_files import CHUNK_BYTES, CHUNK_ROWS, sorted_chunks
from hubspot_pipeline.payloads import compile_payloads
from hubspot_pipeline.pipeline import DeliverySummary, PayloadsSummary, PipelineError
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN, SimulatorSettings
from hubspot_pipeline.storage import Storage, write_parquet
from hubspot_pipeline.stores import open_journal, scope_of

DAY = "2026-01-02"


@dataclass
class Project:
    """A folder with exports, and a portal to deliver them to."""

    root: Path
    simulator: SimulatorServer
    mapping: Any = "default"
    trigger: str | None = None
    writes: str = "upsert"

    @property
    def destination(self) -> Destination:
        contacts = {
            "action": "upsertContact",
            "mapping": self.mapping,
            "trigger": self.trigger,
            "writes": self.writes,
        }
        attributes = {
            "portal": "12345678",
            "events": {"path": f"{self.root}/events/{{partition}}/*"},
            "limits": {"requests_per_10_seconds": 0},
            "api": {"base_url": self.simulator.url},
            "mappings": {"contacts": contacts},
        }
        return destination_from(attributes, name="shop", where="a test")

    @property
    def storage(self) -> Storage:
        return Storage(str(self.root), self.root / "state")

    def export(self, *lines: dict[str, Any] | str, name: str = "events.jsonl") -> None:
        folder = self.root / "events" / DAY
        folder.mkdir(parents=True, exist_ok=True)
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        (folder / name).write_text("".join(f"{text}\n" for text in texts))

    def map(self) -> PayloadsSummary:
        return pipeline.map_partition(self.destination, "contacts", DAY, self.storage)

    def connection(self) -> ConnectionSettings:
        return pipeline.connection(self.destination, {"access_token": PRIVATE_APP_TOKEN})

    def deliver(self) -> DeliverySummary:
        return pipeline.deliver_partition(
            self.destination, "contacts", DAY, self.storage, self.connection()
        )

    def run(self) -> DeliverySummary:
        self.map()
        return self.deliver()

    def results(self) -> list[dict[str, Any]]:
        table = pipeline.read_results(self.destination, "contacts", DAY, self.storage)
        return table.sort_by([("file", "ascending"), ("row", "ascending")]).to_pylist()

    @property
    def contacts(self) -> dict[str, dict[str, str]]:
        return self.simulator.account.state()


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(SimulatorSettings(limits=None)) as server:
        yield server


@pytest.fixture(autouse=True)
def _retries_do_not_wait() -> Iterator[None]:
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture
def project(tmp_path: Path, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("HUBSPOT_BASE_URL", raising=False)
    simulator.reset()
    return Project(tmp_path, simulator)


def identify(email: str | None, at: int = 0, **traits: Any) -> dict[str, Any]:
    return {
        "type": "identify",
        "messageId": f"{email}-{at}",
        "timestamp": f"{DAY}T00:{at // 60:02d}:{at % 60:02d}Z",
        "traits": {"email": email, **traits},
    }


class TestEveryRowIsAccountedFor:
    def test_by_verdict(self, project: Project) -> None:
        project.export(
            identify("Ann@x.com", 1, company="Oslo"),
            identify("ann@X.com", 2, phone="1"),
            identify("not an address", 3),
            identify(None, 4),
            {"type": "track", "event": "Order", "messageId": "t"},
            '{"type": "identify", broken',
            identify("bob@x.com", 5),
        )
        summary = project.run()
        assert summary.rows_read == 7
        assert summary.filtered == 1
        assert summary.verdicts == {"delivered": 2, "superseded": 1, "rejected": 3}
        assert set(project.contacts) == {"ann@x.com", "bob@x.com"}

    def test_in_results_that_name_the_row_and_the_reason(self, project: Project) -> None:
        project.export(identify("a@x.com"), identify("nobody"), "{broken", identify(None))
        project.run()
        results = {row["row"]: row for row in project.results()}
        assert {row: result["verdict"] for row, result in results.items()} == {
            1: "delivered", 2: "rejected", 3: "rejected", 4: "rejected",
        }  # fmt: skip
        assert results[2]["field"] == "email"
        assert "nobody" in results[2]["reason"]
        assert results[3]["field"] is None
        assert "JSON" in results[3]["reason"]
        assert "required" in results[4]["reason"]
        assert (
            results[1]["record_id"] == project.simulator.account.contact("a@x.com")["hs_object_id"]
        )

    def test_with_worst_rows_for_a_person_to_look_at(self, project: Project) -> None:
        project.export(identify("a@x.nowhere"), identify("nobody"), identify("c@x.com"))
        summary = project.run()
        assert [row["verdict"] for row in summary.worst_rows] == ["failed", "rejected"]

    def test_of_an_empty_partition_with_zero_rows(self, project: Project) -> None:
        project.export()
        summary = project.run()
        assert (summary.rows_read, summary.verdicts, summary.calls) == (0, {}, {})
        assert project.results() == []

    @settings(
        max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        rows=st.lists(
            st.tuples(
                st.sampled_from(["a@x.co", "A@X.co", "b@x.co", "bad", None, "c@x.co"]),
                st.integers(0, 30),
                st.sampled_from([None, "", " ", "Oslo", "Rome"]),
                st.sampled_from(["identify", "track"]),
            ),
            max_size=25,
        )
    )
    def test_and_the_account_holds_the_latest_values(
        self, project: Project, rows: list[tuple[str | None, int, str | None, str]]
    ) -> None:
        project.simulator.reset()
        for file in project.root.glob("state/journal.sqlite*"):
            if file.is_file():
                file.unlink()
        project.export(
            *[identify(e, at, company=city) | {"type": kind} for e, at, city, kind in rows]
        )
        summary = project.run()
        assert summary.filtered == sum(kind == "track" for *_, kind in rows)
        expected: dict[str, dict[str, str]] = {}
        for email, _, city, kind in sorted(rows, key=lambda row: row[1]):
            if kind == "identify" and email and "@" in email:
                contact = expected.setdefault(email.lower(), {})
                if city and city.strip():
                    contact["company"] = city
        held = {
            email: {"company": contact["company"]} if "company" in contact else {}
            for email, contact in project.contacts.items()
        }
        assert held == expected


class TestRowsOfOneContact:
    def test_merge_by_event_time_whatever_their_order(self, project: Project) -> None:
        project.export(
            identify("a@x.com", 30, company="Rome"),
            identify("a@x.com", 10, company="Oslo", phone="1"),
        )
        project.run()
        contact = project.contacts["a@x.com"]
        assert (contact["company"], contact["phone"]) == ("Rome", "1")
        newer, older = project.results()
        assert older["verdict"] == "superseded"
        assert older["superseded_by"] == f"{newer['file']}:{newer['row']}"
        assert older["carrier_verdict"] == newer["verdict"] == "delivered"
        assert older["record_id"] == newer["record_id"]

    def test_share_the_fate_of_the_one_that_carries_them(self, project: Project) -> None:
        project.export(identify("a@x.nowhere", 1), identify("a@x.nowhere", 2))
        summary = project.run()
        assert summary.verdicts == {"superseded": 1, "failed": 1}
        older, newer = project.results()
        assert older["carrier_verdict"] == newer["verdict"] == "failed"

    def test_are_never_in_two_chunks_and_fill_their_batches(self, project: Project) -> None:
        project.export(*[identify(f"p{at % 700}@x.com", at) for at in range(1500)])
        path = project.map().path
        with pq.ParquetFile(path) as payloads:
            chunks = [
                set(chunk["record_key"].to_pylist())
                for chunk in sorted_chunks(payloads, chunk_rows=400)
            ]
        assert sum(map(len, chunks)) == len(set().union(*chunks)) == 700
        assert len(chunks) > 2
        assert all(len(chunk) % 100 == 0 for chunk in chunks[:-1])

    def test_with_long_values_come_in_small_chunks_that_lose_none(self, tmp_path: Path) -> None:
        rows, chunks = _sorted(tmp_path, [f"p{at % 1_500}@x.com" for at in range(2_000)], 60_000)
        assert len(chunks) > 1
        assert max(chunk.nbytes for chunk in chunks) < 2 * CHUNK_BYTES
        assert sum(chunk.num_rows for chunk in chunks) == rows

    def test_with_very_many_events_do_not_wait_for_a_hundred_others(self, tmp_path: Path) -> None:
        rows, chunks = _sorted(tmp_path, [f"p{at % 20}@x.com" for at in range(10_000)], 1, 1_000)
        keys = [set(chunk["record_key"].to_pylist()) for chunk in chunks]
        assert len(chunks) > 5
        assert sum(map(len, keys)) == len(set().union(*keys)) == 20
        assert sum(chunk.num_rows for chunk in chunks) == rows


def _sorted(
    folder: Path, keys: list[str], letters: int, chunk_rows: int = CHUNK_ROWS
) -> tuple[int, list[pa.Table]]:
    """The chunks of payloads with these record keys, and a value of so many letters each."""
    rows = len(keys)
    columns = {
        "position": pa.array(range(rows), pa.int64()),
        "event_time": pa.array(range(rows), pa.timestamp("us", "UTC")),
        "error_reason": pa.nulls(rows, pa.string()),
        "record_key": pa.array(keys),
        "value": pa.repeat("x" * letters, rows),
    }
    table = pa.table(columns)
    file = folder / "payloads.parquet"
    with write_parquet(str(file), table.schema) as writer:
        writer.write_table(table)
    with pq.ParquetFile(file) as payloads:
        return rows, list(sorted_chunks(payloads, chunk_rows))


class TestRunningAgain:
    def test_sends_nothing_that_was_delivered(self, project: Project) -> None:
        project.export(*[identify(f"p{at}@x.com", at) for at in range(250)])
        first = project.run()
        first_results = project.results()
        second = project.run()
        assert second.calls == {"contacts/properties": 1}  # read, to tell what would be sent
        assert second.verdicts == first.verdicts
        assert project.results() == first_results

    def test_with_a_changed_mapping_sends_what_it_changes(self, project: Project) -> None:
        project.export(identify("a@x.com", nick="Ann"), identify("b@x.com"))
        project.run()
        project.mapping = {
            "email": {"@path": "$.traits.email"},
            "firstname": {"@path": "$.traits.nick"},
        }
        project.run()
        assert list(project.simulator.log)[-1].keys == ("a@x.com",)
        assert project.contacts["a@x.com"]["firstname"] == "Ann"

    def test_while_another_process_delivers_is_refused(self, project: Project) -> None:
        project.export(identify("a@x.com"))
        project.map()
        journal = open_journal(project.destination, project.storage)
        with (
            journal as book,
            book.partition(scope_of(project.destination, "contacts", DAY, project.connection())),
            pytest.raises(PipelineError, match="Another process is delivering"),
        ):
            project.deliver()


class TestMistakesAreNamed:
    def test_a_missing_partition(self, project: Project) -> None:
        with pytest.raises(MissingPartition, match=DAY):
            project.map()

    def test_delivering_before_mapping(self, project: Project) -> None:
        with pytest.raises(PipelineError, match="has not been mapped"):
            project.deliver()

    def test_reading_results_before_delivering(self, project: Project) -> None:
        with pytest.raises(PipelineError, match="no results yet"):
            project.results()

    def test_an_unknown_mapping(self, project: Project) -> None:
        with pytest.raises(DestinationError, match="It has: contacts"):
            pipeline.map_partition(project.destination, "people", DAY, project.storage)

    @pytest.mark.parametrize(
        ("action", "trigger", "mapping", "says"),
        [
            ("upsertContacts", None, "default", "did you mean 'upsertContact'"),
            ("upsertContact", None, {"emial": ""}, "did you mean 'email'"),
            ("upsertContact", None, {"email": {"@pth": "x"}}, "@path"),
            ("upsertContact", None, [], "not an object"),
        ],
    )
    def test_in_a_mapping(self, action: str, trigger: str | None, mapping: Any, says: str) -> None:
        with pytest.raises(MappingError, match=says):
            compile_payloads(action, trigger, mapping)

    def test_in_a_trigger(self) -> None:
        with pytest.raises(TriggerError, match="column"):
            compile_payloads("upsertContact", 'type = "a" OR type = "b"', "default")

    def test_a_trigger_is_read_in_the_mappings_dialect(self) -> None:
        trigger = 'type = "a" OR type = "b" or'
        program = compile_payloads("upsertContact", trigger, "default", dialect="segment")
        assert program.picked(pa.table({"type": ["a", "b", "c"]})).num_rows == 2


class TestEventTimes:
    @pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
    def test_without_a_zone_are_utc_wherever_this_runs(
        self, monkeypatch: pytest.MonkeyPatch, zone: str
    ) -> None:
        monkeypatch.setenv("TZ", zone)
        program = compile_payloads("upsertContact", None, "default")
        texts = ["2026-01-02T03:04:05.678Z", "2026-01-02 03:04:05", "2026-01-02", "soon", None]
        texts += [
            "2026-01-02T05:04:05+02:00",
            " 2026-01-02T03:04:05Z ",
            "1767323045",
            "1767323045000",
        ]
        rows = len(texts)
        traits = pa.array(['{"email": "a@x.com"}'] * rows, pa.utf8())
        events = pa.table(
            {
                "file": pa.array(["f"] * rows),
                "row": pa.array(range(rows), pa.int64()),
                "messageId": pa.array(["m"] * rows),
                "timestamp": pa.array(texts, pa.string()),
                "receivedAt": pa.array([None, "2026-01-09T00:00:00Z"] * (rows // 2 + 1))[:rows],
                "sentAt": pa.nulls(rows, pa.string()),
                "userId": pa.nulls(rows, pa.string()),
                "anonymousId": pa.nulls(rows, pa.string()),
                "type": pa.array(["identify"] * rows),
                "traits": pa.ExtensionArray.from_storage(pa.json_(pa.utf8()), traits),
            }
        )
        none = pa.table(
            {name: pa.array([], pa.string()) for name in ("file", "messageId", "reason")}
        )
        none = none.append_column("row", pa.array([], pa.int64()))
        times = program.map_batch(events, none, 0)["event_time"]
        assert [time and time.isoformat() for time in times.to_pylist()] == [
            "2026-01-02T03:04:05.678000+00:00",
            "2026-01-02T03:04:05+00:00",
            "2026-01-02T00:00:00+00:00",
            "2026-01-09T00:00:00+00:00",
            None,
            *["2026-01-02T03:04:05+00:00"] * 4,
        ]
