"""What HubSpot's own client can call of the simulator's routes, and what tests call of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hubspot
import pytest
from hubspot.discovery.discovery_base import DiscoveryBase

from hubspot_pipeline.simulator.app import Simulator
from hubspot_pipeline.simulator.clock import Clock
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import SimulatorSettings

NOT_OF_THE_TABLE = {
    "crm.lists.FoldersApi.get_all",
    "crm.lists.MappingApi.translate_legacy_list_id_to_list_id",
}
"""Folders of lists and ids of the API before last: they are in nobody's reference here. Their
paths only look like those of lists called `folders` and `idmapping`."""

_CLASS = re.compile(r"^class (\w+)", re.MULTILINE)
_METHOD = re.compile(r"^    def (?=\w+_with_http_info)", re.MULTILINE)
_CALL = re.compile(r"""call_api\(\s*["']([^"']+)["'],\s*["'](\w+)["']""")


@dataclass(frozen=True, order=True)
class Method:
    """A method of HubSpot's client, e.g. ``crm.contacts.BasicApi.create``."""

    package: str
    api: str
    name: str

    def __str__(self) -> str:
        return f"{self.package}.{self.api}.{self.name}"


def methods() -> set[Method]:
    """All methods of the client whose path is one of the table's."""
    router = Simulator(SimulatorSettings(), Clock()).router
    return {
        method
        for method, verb, path in _all_methods()
        if router.find(verb, path) is not None and str(method) not in NOT_OF_THE_TABLE
    }


def _all_methods() -> Iterator[tuple[Method, str, str]]:
    """Every method of the client with its verb and path, as its modules' texts say."""
    root = Path(hubspot.__file__).parent
    for file in root.rglob("api/*_api.py"):
        package = ".".join(file.parent.parent.relative_to(root).parts)
        text = file.read_text()
        api = _CLASS.findall(text)[0]
        for function in _METHOD.split(text)[1:]:
            called = _CALL.search(function)
            assert called is not None
            name = function[: function.index("_with_http_info")]
            yield Method(package, api, name), called[2], called[1]


def methods_of(*packages: str) -> set[str]:
    """The methods of these packages that a test of them is to call."""
    return {str(one) for one in methods() if one.package in packages}


def watched_client(simulator: SimulatorServer, called: set[str], **config: Any) -> Any:
    """HubSpot's client at the simulator; what is asked of it is added to `called`."""

    def watched(package: Any, name: str, config: Any) -> Any:
        api = DiscoveryBase._default_api_factory(package, name, config)
        return _Watched(api, f"{package.__name__.removeprefix('hubspot.')}.{name}", called)

    return hubspot.HubSpot(host=simulator.url, api_factory=watched, **config)


class _Watched:
    """One API of the client, whose methods are noted as they are asked for."""

    def __init__(self, api: Any, name: str, called: set[str]) -> None:
        self._api = api
        self._name = name
        self._called = called

    def __getattr__(self, name: str) -> Any:
        self._called.add(f"{self._name}.{name}")
        return getattr(self._api, name)


def all_tests_chosen(request: pytest.FixtureRequest) -> bool:
    """Whether this run has all tests of the module, not only some that were asked for."""
    module = request.module
    chosen = {
        item.function.__qualname__
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is module
    }
    holders = [module, *(one for name, one in vars(module).items() if name.startswith("Test"))]
    there = {
        test.__qualname__
        for holder in holders
        for name, test in vars(holder).items()
        if name.startswith("test_")
    }
    return there <= chosen
