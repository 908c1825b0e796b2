import asyncio
import atexit
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    PRIVATE_APP_TOKEN,
    Behaviour,
    Limits,
    SimulatorSettings,
)

ANYONE = httpx.Client()
"""Calls without a token; one for all tests, as making one takes longer than many calls."""

atexit.register(ANYONE.close)

Begin = Callable[..., SimulatorServer]


@pytest.fixture(scope="session")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer() as server:
        yield server


@pytest.fixture
def begin(server: SimulatorServer) -> Begin:
    """Begin with an account of these switches and limits."""

    def begin(limits: Limits | None = None, **behaviour: Any) -> SimulatorServer:
        server.reset(SimulatorSettings(limits=limits, behaviour=Behaviour(**behaviour)))
        return server

    return begin


@pytest.fixture
def simulator(begin: Begin) -> SimulatorServer:
    """An account with every default, its limits lifted."""
    return begin()


@pytest.fixture(scope="session")
def hubspot(server: SimulatorServer) -> Iterator[httpx.Client]:
    """A plain HTTP client with the private app's token."""
    headers = {"Authorization": f"Bearer {PRIVATE_APP_TOKEN}"}
    with httpx.Client(base_url=server.url, headers=headers) as client:
        yield client


@pytest.fixture(scope="module")
def official_calls(request: pytest.FixtureRequest) -> Iterator[set[str]]:
    """The methods of HubSpot's client that a module's tests call.

    They are to call every one of the module's `PACKAGES` that leads to a route of the table.
    """
    from .official import all_tests_chosen, methods_of

    called: set[str] = set()
    yield called
    if all_tests_chosen(request):
        assert methods_of(*request.module.PACKAGES) - called == set()


@pytest.fixture
def client(simulator: SimulatorServer, official_calls: set[str]) -> Any:
    """HubSpot's own Python client at an account with every default."""
    from .official import watched_client

    return watched_client(simulator, official_calls, access_token=simulator.token)


class Contacts:
    """Short words for calls on contacts; each gives the raw answer."""

    def __init__(self, client: httpx.Client, version: str = "2026-03") -> None:
        self.client = client
        self.path = (
            "/crm/v3/objects/contacts" if version == "v3" else f"/crm/objects/{version}/contacts"
        )

    def batch(self, operation: str, inputs: list[Any], **body: Any) -> httpx.Response:
        return self.client.post(f"{self.path}/batch/{operation}", json={"inputs": inputs, **body})

    def upsert(self, *inputs: dict[str, Any]) -> httpx.Response:
        return self.batch("upsert", list(inputs))

    def create(self, **properties: Any) -> str:
        if properties.keys().isdisjoint(("email", "firstname", "lastname")):
            properties["lastname"] = "Somebody"
        answer = self.client.post(self.path, json={"properties": properties})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def patch(self, key: str, **properties: Any) -> httpx.Response:
        return self.client.patch(f"{self.path}/{key}", json={"properties": properties})

    def get(self, key: str, *names: str, **query: str) -> httpx.Response:
        return self.client.get(
            f"{self.path}/{key}", params={"properties": ",".join(names), **query}
        )

    def value(self, key: str, name: str) -> Any:
        return self.get(key, name).json()["properties"][name]


@pytest.fixture
def contacts(hubspot: httpx.Client, simulator: SimulatorServer) -> Contacts:  # noqa: ARG001 - begins the account
    """Contacts of an account with every default."""
    return Contacts(hubspot)


def ids(answer: httpx.Response) -> list[str]:
    return [result["id"] for result in answer.json()["results"]]


def by_email(email: str, trace_id: str | None = None, **properties: Any) -> dict[str, Any]:
    """An input of a batch upsert."""
    one: dict[str, Any] = {"id": email, "idProperty": "email", "properties": properties}
    return one if trace_id is None else one | {"objectWriteTraceId": trace_id}


def without_id(body: dict[str, Any]) -> dict[str, Any]:
    """An error body without its correlation id, which must be there."""
    assert len(body["correlationId"]) == 36
    return {name: value for name, value in body.items() if name != "correlationId"}


async def until_struck(simulator: SimulatorServer) -> None:
    """Wait until a fault has struck the latest call."""
    while not (  # noqa: ASYNC110 - the server is another thread
        simulator.log.arrivals and simulator.log.arrivals[-1].fault
    ):
        await asyncio.sleep(0)
