"""The page that shows the account: its paths, the overview, the calls."""

import httpx
import pytest

from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Limits

from .conftest import ANYONE, Begin, Contacts, by_email

PAGES = (
    "/", "/_account", "/_account/live", "/_account/calls", "/_account/objects",
    "/_account/objects/contacts", "/_account/objects/contacts/properties",
    "/_account/objects/deals/associations", "/_account/lists", "/_account/events",
)  # fmt: skip


def shown(server: SimulatorServer, path: str, status: int = 200) -> str:
    """The text of a page."""
    answer = ANYONE.get(server.url + path)
    assert answer.status_code == status, answer.text
    return answer.text


class TestPaths:
    @pytest.mark.parametrize("path", PAGES)
    def test_are_there_though_the_account_is_empty(
        self, simulator: SimulatorServer, path: str
    ) -> None:
        answer = ANYONE.get(simulator.url + path)

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"

    @pytest.mark.parametrize("path", PAGES)
    def test_only_show(self, simulator: SimulatorServer, path: str) -> None:
        assert ANYONE.head(simulator.url + path).status_code == 200
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert ANYONE.request(method, simulator.url + path).status_code == 405

    @pytest.mark.parametrize(
        "path",
        [
            "/_account/nothing",
            "/_account/calls/7",
            "/_account/lists/7",
            "/_account/events/none",
            "/_account/objects/unicorns",
            "/_account/objects/contacts/7",
            "/_account/static/page.py",
        ],
    )
    def test_of_what_the_account_does_not_have_say_so(
        self, simulator: SimulatorServer, path: str
    ) -> None:
        assert 'href="/">overview</a>' in shown(simulator, path, 404)

    def test_are_neither_logged_nor_limited_nor_struck(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        server = begin(Limits(burst=1))
        server.faults.add(Fault("status", status=503))

        for path in PAGES:
            shown(server, path)

        assert not len(server.log)
        server.faults.clear()
        assert hubspot.get("/crm/v3/objects/contacts").status_code == 200

    def test_load_nothing_from_elsewhere(self, simulator: SimulatorServer) -> None:
        answer = ANYONE.get(simulator.url)

        assert "default-src 'none'" in answer.headers["content-security-policy"]
        for name in ("page.css", "page.js", "icon.svg"):
            assert f'"/_account/static/{name}"' in answer.text
            assert ANYONE.get(f"{simulator.url}/_account/static/{name}").status_code == 200


class TestOverview:
    def test_of_an_empty_account_says_where_to_point_a_destination(
        self, simulator: SimulatorServer
    ) -> None:
        assert f"point a destination at <code>{simulator.url}</code>" in shown(simulator, "/")

    def test_names_the_account_and_its_clock(self, simulator: SimulatorServer) -> None:
        simulator.clock.freeze()
        try:
            text = shown(simulator, "/")
        finally:
            simulator.clock.resume()

        assert "<b>12345678</b>" in text
        assert "US/Eastern" in text
        assert "frozen" in text

    def test_counts_the_records(self, simulator: SimulatorServer) -> None:
        simulator.account.seed_contacts(1_234)

        assert "<b>1,234</b><span>Contacts</span>" in shown(simulator, "/_account/live")

    def test_tells_the_peak_of_any_window_against_the_limit(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        server = begin(Limits(burst=100))
        server.clock.advance(60)
        for _ in range(3):
            hubspot.get("/crm/v3/objects/contacts")

        text = shown(server, "/_account/live")

        assert "at most 3 in any 10 s, of 100." in text
        assert "<b>3</b> of 100" in text

    def test_shows_calls_though_they_are_long_ago(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        hubspot.get("/crm/v3/objects/contacts")
        simulator.clock.advance(3_600)

        text = shown(simulator, "/_account/live")

        assert "The last call was 60 minutes ago" in text
        assert "1 2xx</title>" in text

    def test_lists_the_faults_that_are_on(self, simulator: SimulatorServer) -> None:
        simulator.faults.add(Fault("status", status=503, route="objects.batch.*", rate=0.25))

        text = shown(simulator, "/_account/live")

        assert "status 503 before commit" in text
        assert "<code>objects.batch.*</code>" in text
        assert "25%" in text


class TestCalls:
    @pytest.fixture
    def called(self, simulator: SimulatorServer, contacts: Contacts) -> SimulatorServer:
        """Five calls: 200, 404, 400, a cut one, and 503."""
        contacts.upsert(by_email("ada@x.com", "trace-1", firstname="Ada"))
        contacts.get("1")
        contacts.client.post(contacts.path, json={"properties": {"email": "no address"}})
        simulator.faults.add(Fault("reset", count=1))
        with pytest.raises(httpx.TransportError):
            contacts.get("2")
        simulator.faults.clear()
        simulator.faults.add(Fault("status", status=503))
        contacts.get("3")
        return simulator

    def test_come_latest_first(self, called: SimulatorServer) -> None:
        assert numbers(shown(called, "/_account/calls")) == [5, 4, 3, 2, 1]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("status=404", [2]),
            ("status=refused", [3, 2]),
            ("status=failed", [5, 4]),
            ("fault=any", [5, 4]),
            ("fault=none&route=objects.read", [2]),
            ("route=objects.batch.upsert", [1]),
            ("status=limited", []),
            ("before=3", [2, 1]),
            ("before=nonsense", [5, 4, 3, 2, 1]),
        ],
    )
    def test_are_filtered(self, called: SimulatorServer, query: str, found: list[int]) -> None:
        assert numbers(shown(called, f"/_account/calls?{query}")) == found

    def test_lead_to_older_ones(self, called: SimulatorServer, contacts: Contacts) -> None:
        for _ in range(60):
            contacts.get("1")

        first = shown(called, "/_account/calls?route=objects.read")
        older = shown(called, "/_account/calls?route=objects.read&before=16")

        assert len(numbers(first)) == 50
        assert "/_account/calls?route=objects.read&amp;before=" in first
        assert max(numbers(older)) < min(numbers(first))

    def test_tell_of_a_cut_one_from_one_without_an_answer(self, called: SimulatorServer) -> None:
        assert "cut off" in shown(called, "/_account/calls/4")

    def test_show_what_came(self, called: SimulatorServer) -> None:
        text = shown(called, "/_account/calls/1")

        assert "ada@x.com" in text
        assert "trace-1" in text
        assert "objects.batch.upsert" in text

    def test_are_escaped(self, simulator: SimulatorServer) -> None:
        ANYONE.get(f"{simulator.url}/crm/<script>alert(1)</script>")
        simulator.log.arrivals[0].path = "/crm/<script>"

        assert "/crm/&lt;script&gt;" in shown(simulator, "/_account/calls")


def numbers(text: str) -> list[int]:
    """The numbers of the calls that a page lists."""
    links = text.split('<td class="num"><a href="/_account/calls/')[1:]
    return [int(link.partition('"')[0]) for link in links]
