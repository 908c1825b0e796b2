"""What can be changed while the simulator runs: scenario, behaviour, faults, limits, clock."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.control.speech import BadRequest, Paths, answered, body_of, nothing
from hubspot_pipeline.simulator.scenarios import (
    ScenarioError,
    behaviour_of,
    faults_of,
    limits_of,
    parse_scenario,
)
from hubspot_pipeline.simulator.settings import SimulatorSettings

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.app import Simulator

FOR_A_NEW_ACCOUNT = frozenset(
    [
        "custom_type_short_name", "deleted_lists_keep_their_names", "event_paths_2026_03",
        "first_company_is_primary", "search_lag_seconds", "unknown_domains_refused",
    ]
)  # fmt: skip
"""Switches that the account is built with; another position takes another account."""

Read = TypeVar("Read")
_SETTINGS = TypeAdapter(SimulatorSettings)
_APPS = ("private_apps", "oauth_apps")


class Switches:
    """The endpoints that read and change how the simulator behaves."""

    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator
        self.paths: Paths = {
            "/scenario": {"GET": self.scenario, "POST": self.play},
            "/behaviour": {"GET": self.behaviour, "POST": self.switch},
            "/faults": {"GET": self.faults, "POST": self.add_faults, "DELETE": self.clear_faults},
            "/limits": {"GET": self.limits, "POST": self.set_limits},
            "/clock": {"GET": self.clock, "POST": self.move_clock},
            "/state": {"POST": self.save},
        }

    async def scenario(self, _request: Request) -> Response:
        """The settings that the account began with; without the apps, whose tokens are secret."""
        shown = _SETTINGS.dump_python(self._simulator.began_with, mode="json")
        return answered({name: value for name, value in shown.items() if name not in _APPS})

    async def play(self, request: Request) -> Response:
        """Begin anew with a scenario, in JSON or YAML as in a file."""
        text = (await request.body()).decode(errors="replace")
        try:
            settings = parse_scenario(text, "scenario")
        except ScenarioError as error:
            raise BadRequest(str(error)) from None
        self._simulator.begin(settings)
        return await self.scenario(request)

    async def behaviour(self, _request: Request) -> Response:
        """Every switch and its position."""
        return answered(asdict(self._simulator.settings.behaviour))

    async def switch(self, request: Request) -> Response:
        """Throw switches; those that are not named stay: ``{"shuffle_results": false}``."""
        body = await body_of(request)
        wanted = _checked(behaviour_of, body)
        fixed = FOR_A_NEW_ACCOUNT.intersection(body)
        if fixed:
            raise BadRequest(
                f"{', '.join(sorted(fixed))}: settled when an account begins; "
                "begin another with /_simulator/scenario"
            )
        behaviour = self._simulator.settings.behaviour
        for name in body:
            setattr(behaviour, name, getattr(wanted, name))
        self._simulator.account.behaviour_changed()
        return await self.behaviour(request)

    async def faults(self, _request: Request) -> Response:
        """The faults that are on."""
        return answered({"faults": [asdict(fault) for fault in self._simulator.faults.listed]})

    async def add_faults(self, request: Request) -> Response:
        """Switch on one fault, or a list of them."""
        body = await body_of(request)
        listed = body if isinstance(body, list) else [body]
        self._simulator.faults.add(*_checked(faults_of, listed))
        return await self.faults(request)

    async def clear_faults(self, _request: Request) -> Response:
        """Switch all faults off."""
        self._simulator.faults.clear()
        return nothing()

    async def limits(self, _request: Request) -> Response:
        """The limits in force."""
        return answered(asdict(self._simulator.limits.limits))

    async def set_limits(self, request: Request) -> Response:
        """Other limits, and empty windows; ``null`` lifts all."""
        body = await body_of(request)
        self._simulator.limits.set(_checked(limits_of, body))
        return await self.limits(request)

    async def save(self, _request: Request) -> Response:
        """Write the state file now."""
        if self._simulator.save is None:
            raise BadRequest("there is no state file; start with --state FILE")
        await self._simulator.save()
        return nothing()

    async def clock(self, _request: Request) -> Response:
        """The simulator's time."""
        return answered({"now": iso(self._simulator.clock.now())})

    async def move_clock(self, request: Request) -> Response:
        """``{"advance": seconds}``, ``{"freeze": true}`` or ``{"freeze": false}``."""
        body = await body_of(request)
        if not isinstance(body, dict) or not body.keys() <= {"advance", "freeze"}:
            raise BadRequest('say {"advance": seconds} or {"freeze": true or false}')
        clock = self._simulator.clock
        if "freeze" in body:
            (clock.freeze if body["freeze"] else clock.resume)()
        try:
            clock.advance(float(body.get("advance", 0)))
        except (TypeError, ValueError) as error:
            raise BadRequest(str(error)) from None
        return await self.clock(request)


def _checked(read: Callable[[Any], Read], body: Any) -> Read:
    try:
        return read(body)
    except ScenarioError as error:
        raise BadRequest(str(error)) from None
