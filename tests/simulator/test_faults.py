"""Faults: when they strike, whom, and for how long; and the clock."""

import asyncio

import httpx
import pytest

from hubspot_pipeline.simulator import calls
from hubspot_pipeline.simulator.clock import Clock
from hubspot_pipeline.simulator.faults import Fault, Faults
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Begin, Contacts, by_email, until_struck

CLOCK = Clock()


def strikes(faults: Faults, route: str = "a") -> bool:
    return faults.strike(route, calls.ANYONE, CLOCK.now()) is not None


def committed(simulator: SimulatorServer) -> bool:
    return len(simulator.account.contacts) > 0


class TestStatuses:
    @pytest.mark.parametrize("after_commit", [False, True])
    @pytest.mark.parametrize("status", [502, 503, 504, 524])
    def test_of_gateways_come_as_html_before_or_after_the_commit(
        self, contacts: Contacts, simulator: SimulatorServer, status: int, after_commit: bool
    ) -> None:
        simulator.faults.add(Fault("status", status=status, after_commit=after_commit))
        answer = contacts.upsert(by_email("a@x.com"))

        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "text/html"
        assert answer.text.startswith("<!DOCTYPE html>")
        assert committed(simulator) is after_commit

    @pytest.mark.parametrize("status", [423, 429, 477, 500])
    def test_of_hubspot_come_as_json(
        self, contacts: Contacts, simulator: SimulatorServer, status: int
    ) -> None:
        simulator.faults.add(Fault("status", status=status))
        answer = contacts.upsert(by_email("a@x.com"))

        assert (answer.status_code, answer.json()["status"]) == (status, "error")
        assert ("Retry-After" in answer.headers) is (status == 477)
        assert not committed(simulator)


class TestConnections:
    @pytest.mark.parametrize("after_commit", [False, True])
    def test_are_reset_before_or_after_the_commit(
        self, contacts: Contacts, simulator: SimulatorServer, after_commit: bool
    ) -> None:
        simulator.faults.add(Fault("reset", after_commit=after_commit, count=1))
        with pytest.raises(httpx.ReadError):
            contacts.upsert(by_email("a@x.com"))

        assert committed(simulator) is after_commit
        assert simulator.log.arrivals[-1].status == 0
        assert contacts.upsert(by_email("a@x.com")).status_code == 200

    def test_end_in_the_middle_of_the_body(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(Fault("truncate", count=1))
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            contacts.upsert(by_email("a@x.com"))
        assert committed(simulator)

    async def test_are_slow_by_the_simulators_clock(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        simulator.faults.add(Fault("latency", seconds=100))
        async with httpx.AsyncClient(base_url=simulator.url, headers=hubspot.headers) as client:
            call = asyncio.create_task(client.get("/account-info/v3/details"))
            await until_struck(simulator)
            simulator.clock.advance(99)
            assert not call.done()
            simulator.clock.advance(1)
            assert (await call).status_code == 200


class TestHostileMode:
    def test_drops_optional_fields_and_never_the_required_ones(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(Fault("hostile", seed=3))
        seen: set[frozenset[str]] = set()
        for n in range(30):
            answer = contacts.upsert(by_email(f"{n}@x.com", "0"), by_email("b@x.com", "1", no="1"))
            body = answer.json()
            assert body["status"] == "COMPLETE"
            (result,) = body["results"]
            required = {"id", "properties", "createdAt", "updatedAt", "archived"}
            assert result.keys() >= required
            assert result["properties"]["hs_object_id"] == result["id"]
            (error,) = body["errors"]
            assert "message" in error
            seen |= {frozenset(body), frozenset(error), frozenset(result)}
        assert len(seen) > 10


class TestChoice:
    def test_is_by_route_name(self, contacts: Contacts, simulator: SimulatorServer) -> None:
        simulator.faults.add(Fault("status", route="objects.batch.*"))
        assert contacts.upsert(by_email("a@x.com")).status_code == 503
        assert contacts.create(email="a@x.com")

    def test_spares_the_first_and_ends_after_the_last(self) -> None:
        faults = Faults(CLOCK)
        faults.add(Fault("status", skip=2, count=3))
        struck = [strikes(faults) for _ in range(8)]
        assert struck == [False, False, True, True, True, False, False, False]

    def test_is_the_same_for_a_seed_and_near_its_rate(self) -> None:
        def draw(seed: int) -> list[bool]:
            faults = Faults(CLOCK)
            faults.add(Fault("status", rate=0.3, seed=seed))
            return [strikes(faults) for _ in range(1_000)]

        assert draw(1) == draw(1) != draw(2)
        assert 250 < sum(draw(1)) < 350

    @pytest.mark.parametrize("bad", [{"kind": "nonsense"}, {"kind": "reset", "rate": 2}])
    def test_of_nonsense_is_refused(self, bad: dict[str, object]) -> None:
        with pytest.raises(ValueError, match="fault"):
            Fault(**bad)  # type: ignore[arg-type]  # the wrong types are the point


class TestClock:
    def test_goes_forward_only(self) -> None:
        clock = Clock()
        clock.freeze()
        at = clock.now()
        clock.advance(1.5)
        assert clock.now() == at + 1_500_000_000
        clock.resume()
        assert clock.now() >= at + 1_500_000_000
        with pytest.raises(ValueError, match="forward only"):
            clock.advance(-1)


def test_a_body_cut_off_halfway_is_not_applied(begin: Begin, hubspot: httpx.Client) -> None:
    simulator = begin()

    async def hang_up() -> None:
        host, port = simulator.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        token = hubspot.headers["Authorization"]
        head = f"POST /crm/v3/objects/contacts HTTP/1.1\r\nAuthorization: {token}\r\n"
        writer.write(f"{head}Content-Length: 500\r\n\r\n".encode() + b'{"properties":{}}')
        await writer.drain()
        while not len(simulator.log):  # noqa: ASYNC110 - the server is another thread
            await asyncio.sleep(0)
        writer.close()
        await writer.wait_closed()

    asyncio.run(hang_up())
    hubspot.get("/account-info/v3/details")
    assert not committed(simulator)
    assert simulator.log.arrivals[0].status == 0
