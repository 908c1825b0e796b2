"""The server itself: in the background, in the foreground, and how much it holds."""

import signal
import subprocess
import sys
import tracemalloc

import httpx
import pytest

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.clock import Clock
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import SimulatorSettings

from .conftest import ANYONE, Contacts

FOREGROUND = """
from hubspot_pipeline.simulator.server import serve
from hubspot_pipeline.simulator.settings import SimulatorSettings
tell = lambda server: print(server.url, flush=True)
serve(SimulatorSettings(seed_contacts=7), port=0, started=tell)
"""


def test_takes_calls_from_the_moment_it_is_entered_and_none_after() -> None:
    with SimulatorServer(SimulatorSettings(seed_contacts=3)) as server:
        assert ANYONE.get(f"{server.url}/_simulator").json()["records"] == {"contacts": 3}
        url = server.url
    with pytest.raises(httpx.ConnectError):
        ANYONE.get(f"{url}/_simulator")


def test_runs_in_the_foreground_until_interrupted() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FOREGROUND], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert ANYONE.get(f"{url}/_simulator").json()["records"] == {"contacts": 7}
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_a_url_that_is_too_long_gets_no_further_than_the_gateway(
    contacts: Contacts, server: SimulatorServer
) -> None:
    path = f"{contacts.path}?properties="
    longest = path + "x" * (server.settings.behaviour.longest_url - len(path) + 1)

    answers = [contacts.client.get(longest), contacts.client.get(longest + "x")]

    assert [answer.status_code for answer in answers] == [200, 414]
    assert answers[1].headers["Content-Type"] == "text/html"
    assert "X-HubSpot-Correlation-Id" not in answers[1].headers
    assert [(one.route, one.status) for one in server.log] == [("objects.list", 200), ("", 414)]


def test_a_body_that_is_too_large_gets_no_further_than_the_gateway(
    contacts: Contacts, server: SimulatorServer
) -> None:
    text = b'{"properties": {"lastname": "x"}}'
    largest = text.ljust(server.settings.behaviour.largest_body)

    bodies = (largest + b" ", largest)
    answers = [contacts.client.post(contacts.path, content=body) for body in bodies]

    assert [answer.status_code for answer in answers] == [413, 201]
    assert answers[0].headers["Content-Type"] == "text/html"
    assert [(one.route, one.status) for one in server.log] == [
        ("objects.create", 413), ("objects.create", 201),
    ]  # fmt: skip
    assert len(server.account.contacts) == 1


def test_a_contact_costs_less_than_two_kilobytes() -> None:
    account = Account(SimulatorSettings(), Clock())
    names = ("firstname", "lastname", "company", "phone", "address", "city", "state", "country")
    stamp = Stamp("now", app="seed")
    tracemalloc.start()
    for number in range(2_000):
        written = {name: f"{name} of contact {number}" for name in names}
        written |= {"email": f"person{number}@example.com", "zip": f"{number}", "website": "x.com"}
        account.contacts.create(account.contacts.allocate_id(), written, stamp)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held / 2_000 < 2_000
