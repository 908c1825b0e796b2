"""What a property's definition must look like to be read at all (hubspot-api §3.2)."""

from typing import Any

from hubspot_pipeline.simulator.answers import Misread
from hubspot_pipeline.simulator.calls import Body


def check_readable(body: Body) -> None:
    """Refuse a definition that cannot be read at all.

    Raises:
        Misread: It lacks something, or has values of another type.
    """
    needed = ("name", "label", "type", "fieldType", "groupName")
    missing = [key for key in needed if not isinstance(body.get(key), str)]
    if missing:
        raise Misread("PropertyCreate", missing=missing)
    check_options(body.get("options") or [])


def check_options(options: Any) -> None:
    """Each option needs four of its fields (§3.2)."""
    if type(options) is not list:
        raise Misread("java.util.ArrayList", ("options",))
    for at, one in enumerate(options):
        if not isinstance(one, dict):
            raise Misread("OptionInput$Json", ("options", at))
        missing = [key for key in ("label", "value", "displayOrder", "hidden") if key not in one]
        if missing:
            raise Misread("OptionInput", ("options", at), missing)
