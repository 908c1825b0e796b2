"""Every route of the table succeeds as documented, in every version (hubspot-api §1.2 to §7)."""

import re
from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.app import Simulator
from hubspot_pipeline.simulator.clock import Clock
from hubspot_pipeline.simulator.routing import Route
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Behaviour, SimulatorSettings

from .conftest import Begin
from .example_calls import EXAMPLES, PARAMETERS, Example, Have

TABLE = Simulator(
    SimulatorSettings(behaviour=Behaviour(event_paths_2026_03="both")), Clock()
).router.routes
CALLS = [
    pytest.param(route, version, path, id=f"{route.name}-{path}")
    for route in TABLE
    for version, path in route.paths()
]


def filled(path: str, example: Example, have: Have) -> str:
    made = PARAMETERS | example.parameters
    return re.sub(r"{(\w+)}", lambda name: str(made[name[1]](have)), path)


def send(have: Have, route: Route, path: str, example: Example) -> httpx.Response:
    body = example.body(have) if example.body else None
    sent: dict[str, Any] = {"data" if example.form else "json": body} if body is not None else {}
    return have.client.request(
        route.method, filled(path, example, have), params=example.query, **sent
    )


@pytest.mark.parametrize(("route", "version", "path"), CALLS)
def test_answers_with_the_documented_code(
    begin: Begin, hubspot: httpx.Client, route: Route, version: str, path: str
) -> None:
    server: SimulatorServer = begin(event_paths_2026_03="both")
    example = EXAMPLES[route.name]

    answer = send(Have(hubspot, server), route, path, example)

    assert answer.status_code == example.status_in(version), answer.text
    assert bool(answer.content) == (answer.status_code not in (204, 302))
    assert list(server.log)[-1].route == route.name


def test_no_example_is_of_a_route_that_there_is_not() -> None:
    assert set(EXAMPLES) == {route.name for route in TABLE}
