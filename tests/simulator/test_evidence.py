"""The control endpoints and the arrival log: what tests and people can see and change."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspot_pipeline.simulator.clock import NANOSECONDS, iso
from hubspot_pipeline.simulator.evidence import ArrivalLog, Wanted
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import ANYONE, Contacts, by_email


def committed(simulator: SimulatorServer) -> bool:
    return len(simulator.account.contacts) > 0


def control(simulator: SimulatorServer, path: str, **query: Any) -> Any:
    """What a control endpoint shows."""
    answer = ANYONE.get(f"{simulator.url}/_simulator{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestControl:
    def test_switches_faults_on_and_off_without_any_header(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        faults = f"{simulator.url}/_simulator/faults"
        one = {"kind": "status", "status": 500, "route": "objects.*"}
        assert ANYONE.post(faults, json=one).json()["faults"][0]["status"] == 500
        assert contacts.upsert(by_email("a@x.com")).status_code == 500
        assert ANYONE.delete(faults).status_code == 204
        assert contacts.upsert(by_email("a@x.com")).status_code == 200
        assert ANYONE.post(faults, json={"kind": "x"}).status_code == 400
        assert ANYONE.post(faults, json={"wrong": "x"}).status_code == 400

    def test_shows_what_arrived_and_is_no_arrival_itself(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        control = f"{simulator.url}/_simulator"
        for _ in range(2):
            contacts.upsert(by_email("A@x.com", "t1"))
        contacts.get("888")

        listed = ANYONE.get(f"{control}/requests", params={"status": "404"}).json()
        assert (listed["total"], listed["requests"][0]["route"]) == (1, "objects.read")
        evidence = ANYONE.get(f"{control}/evidence").json()
        assert evidence["calls"] == 3
        assert evidence["byRoute"] == {"objects.batch.upsert": 2, "objects.read": 1}
        assert evidence["byApp"] == {"1512050": 3}
        assert evidence["peak"]["burst"] == 3
        assert evidence["repeatedTraceIds"] == {"t1": [1, 2]}
        assert ANYONE.delete(f"{control}/requests").status_code == 204
        assert len(simulator.log) == 0

    def test_seeds_shows_and_resets_the_account(self, simulator: SimulatorServer) -> None:
        control = f"{simulator.url}/_simulator"
        assert ANYONE.post(f"{control}/account/seed", json={"contacts": 3}).json() == {
            "contacts": 3
        }
        assert ANYONE.get(control).json()["records"] == {"contacts": 3}
        shown = ANYONE.get(f"{control}/account/contacts/seed1@example.com").json()
        assert (shown["writes"], shown["properties"]["lifecyclestage"]) == (1, "lead")
        assert ANYONE.get(f"{control}/account/contacts/nobody").status_code == 404
        assert ANYONE.post(f"{control}/account/reset").status_code == 204
        assert not committed(simulator)

    def test_moves_the_clock_and_sets_limits(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        control = f"{simulator.url}/_simulator"
        before = simulator.clock.now()
        ANYONE.post(f"{control}/clock", json={"advance": 3_600})
        assert simulator.clock.now() - before >= 3_600 * 10**9
        for bad in (-1, 1e30, "soon"):
            assert ANYONE.post(f"{control}/clock", json={"advance": bad}).status_code == 400
        assert ANYONE.post(f"{control}/limits", json={"burst": 1}).json()["burst"] == 1
        assert [contacts.get("8").status_code for _ in range(2)] == [404, 429]
        ANYONE.post(f"{control}/limits", content="null")
        assert contacts.get("8").status_code == 404


class TestEvidence:
    def test_names_the_inputs_of_each_call_and_counts_writes(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        contacts.upsert(by_email("A@x.com", "t1"), by_email("b@x.com", "t2"))
        contacts.upsert(by_email("a@x.com", "t3"))

        first, second = simulator.log
        assert first.keys == ("a@x.com", "b@x.com")
        assert first.trace_ids == ("t1", "t2")
        assert simulator.log.select(Wanted(trace_id="t3")) == [second]
        assert simulator.log.repeated_trace_ids() == {}
        assert list(simulator.log.repeated_inputs()) == [("objects.batch.upsert", "a@x.com")]
        counts = simulator.account.write_counts()
        record = simulator.account.contacts.find("a@x.com", "email")
        assert record is not None
        assert counts[record.id] == 2

    def test_takes_nothing_for_repeated_that_came_in_one_call_only(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        for name in ("Ada", "Alan"):
            given = {"properties": {"firstname": name}, "objectWriteTraceId": f"same {name}"}
            assert contacts.batch("create", [given, given]).status_code == 201
        assert simulator.log.repeated_trace_ids() == {}
        assert simulator.log.repeated_inputs() == {}


class TestQueries:
    def test_choose_by_route_status_app_key_trace_id_and_time(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        contacts.upsert(by_email("a@x.com", "t1"))
        record_id = contacts.create(email="b@x.com")
        contacts.get(record_id)
        simulator.clock.advance(60)
        later = simulator.clock.now()
        contacts.get("888")

        def numbers(**query: Any) -> list[int]:
            shown = control(simulator, "/requests", **query)
            assert shown["total"] == len(shown["requests"])
            return [one["number"] for one in shown["requests"]]

        assert numbers() == [1, 2, 3, 4]
        assert numbers(route="objects.batch.*") == [1]
        assert numbers(route="objects.read", status="404") == [4]
        assert numbers(app="1512050", bucket="burst") == [1, 2, 3, 4]
        assert numbers(app="1") == []
        assert numbers(key="a@x.com") == numbers(trace_id="t1") == [1]
        assert numbers(key=record_id) == [3]
        assert numbers(since=str(later)) == numbers(since=iso(later)) == [4]
        assert numbers(until=iso(later)) == [1, 2, 3]
        assert numbers(faulty="true") == []
        counted = control(simulator, "/requests", limit="1")
        assert counted["byRoute"] == {
            "objects.batch.upsert": 1, "objects.create": 1, "objects.read": 2,
        }  # fmt: skip
        assert (counted["total"], len(counted["requests"])) == (4, 1)

    @pytest.mark.parametrize("query", ["wrong=1", "status=x", "since=noon", "limit=-1"])
    def test_of_nonsense_are_refused(self, simulator: SimulatorServer, query: str) -> None:
        assert ANYONE.get(f"{simulator.url}/_simulator/requests?{query}").status_code == 400

    def test_tell_what_came_twice_and_how_many_failed(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        for _ in range(2):
            contacts.upsert(by_email("A@x.com", "t1"))
        contacts.get("888")
        contacts.get("889")
        shown = control(simulator, "/evidence")
        assert shown["repeatedInputs"] == [
            {"route": "objects.batch.upsert", "key": "a@x.com", "calls": [1, 2]}
        ]
        assert shown["errorShare"] == 0.5
        assert shown["peakByApp"] == {"burst": {"1512050": 4}}
        assert sum(shown["perSecond"]["burst"]) == 4


class TestLog:
    def test_keeps_the_latest_calls_if_it_is_bounded_and_counts_them_all(self) -> None:
        log = ArrivalLog(keep=10)
        for number in range(1, 1_001):
            log.add(number, "GET", "/")
            assert min(number, 10) <= len(log) <= 20
            assert log.arrivals[-1].number == number
        assert log.total == 1_000

    @settings(deadline=None)
    @given(
        calls=st.lists(
            st.tuples(
                st.integers(0, 2 * NANOSECONDS),
                st.sampled_from(["burst", "search"]),
                st.sampled_from("ab"),
            ),
            max_size=40,
        ),
        seconds=st.integers(1, 5),
    )
    def test_tells_peaks_and_calls_per_second_as_a_plain_count_does(
        self, calls: list[tuple[int, str, str]], seconds: int
    ) -> None:
        log, now = ArrivalLog(), 10**18
        for gap, bucket, app in calls:
            now += gap
            one = log.add(now, "GET", "/")
            one.bucket, one.app = bucket, app
        for (bucket, app), peak in log.peaks(seconds).items():
            assert peak == log.peak_in_window(seconds, bucket=bucket, app=app)
        last = now // NANOSECONDS
        assert log.per_second("burst", seconds, until=now) == [
            len(log.select(Wanted(bucket="burst", since=at * NANOSECONDS,
                                  until=(at + 1) * NANOSECONDS)))
            for at in range(last - seconds + 1, last + 1)
        ]  # fmt: skip


class TestRecords:
    def test_show_every_write_and_all_that_hangs_on_them(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        client = contacts.client
        one = contacts.create(email="a@x.com", city="Rome")
        contacts.patch(one, city="Oslo")
        company = client.post("/crm/v3/objects/companies", json={"properties": {"name": "A"}})
        to = company.json()["id"]
        client.put(f"/crm/v4/objects/contacts/{one}/associations/default/companies/{to}")
        new = {"name": "mine", "objectTypeId": "0-1", "processingType": "MANUAL"}
        list_id = client.post("/crm/v3/lists", json=new).json()["list"]["listId"]
        client.put(f"/crm/v3/lists/{list_id}/memberships/add", json=[one])

        path = "/account/contacts/a@x.com"
        writes = control(simulator, f"{path}/writes")["writes"]
        assert [(write["call"], write["values"].get("city")) for write in writes] == [
            (1, "Rome"), (2, "Oslo"),
        ]  # fmt: skip
        assert {write["app"] for write in writes} == {"1512050"}
        associations = control(simulator, f"{path}/associations")["associations"]
        assert 279 in [one["type_id"] for one in associations["companies"][to]]
        assert control(simulator, f"{path}/lists")["lists"] == [{"listId": list_id, "name": "mine"}]
        assert control(simulator, f"{path}/events")["events"] == []

    def test_of_no_type_or_id_are_told(self, simulator: SimulatorServer) -> None:
        address = f"{simulator.url}/_simulator/account"
        assert ANYONE.get(f"{address}/butterflies/1").status_code == 400
        assert ANYONE.get(f"{address}/contacts/1/writes").status_code == 404


class TestSwitches:
    def test_are_shown_and_thrown_while_it_runs_and_back_where_they_were_after_a_reset(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        address = f"{simulator.url}/_simulator/behaviour"
        assert contacts.get("888").json().get("category") is None
        thrown = ANYONE.post(address, json={"not_found_category": True})
        assert thrown.json()["not_found_category"] is True
        assert contacts.get("888").json()["category"] == "OBJECT_NOT_FOUND"
        ANYONE.post(f"{simulator.url}/_simulator/account/reset")
        assert control(simulator, "/behaviour")["not_found_category"] is False

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"shufle_results": True}, "did you mean shuffle_results?"),
            ({"conflict_body": "plein"}, "did you mean plain?"),
            ({"unknown_domains_refused": False}, "settled when an account begins"),
        ],
    )
    def test_that_are_none_are_told(
        self, simulator: SimulatorServer, given: dict[str, Any], told: str
    ) -> None:
        answer = ANYONE.post(f"{simulator.url}/_simulator/behaviour", json=given)
        assert answer.status_code == 400
        assert told in answer.json()["error"]
