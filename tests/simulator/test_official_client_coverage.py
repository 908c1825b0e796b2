"""HubSpot's own client is driven over every route of the simulator's table that it knows.

Each module of its tests fails if it leaves out a method of its own `PACKAGES`.
"""

from importlib import import_module
from pathlib import Path

from .official import methods


def test_every_package_of_the_client_with_a_route_of_the_table_is_driven_by_a_module() -> None:
    here = Path(__file__)
    others = set(here.parent.glob("test_official_client*.py")) - {here}
    modules = [import_module(f"{__package__}.{file.stem}") for file in others]
    driven = [package for module in modules for package in module.PACKAGES]
    assert sorted(driven) == sorted({method.package for method in methods()})
