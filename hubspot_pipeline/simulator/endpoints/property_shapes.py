"""What a property's definition must look like to be read at all (hubspot-api §3.2)."""

from typing import Any

from hubspot_pipeline.simulator.account.values import NotText, text_of
from hubspot_pipeline.simulator.answers import Misread
from hubspot_pipeline.simulator.calls import TEXT, Body, whole

_NEEDED = ("name", "label", "type", "fieldType", "groupName")
_NEEDED_OF_OPTIONS = ("label", "value", "displayOrder", "hidden")
_TEXTS = (*_NEEDED, "value", "description", "dataSensitivity")
_FLAGS = {"hidden", "formField", "hasUniqueValue", "externalOptions", "shouldApplyNormalization"}
_MOST = 2**31 - 1
_FLAG_VALUES = {True: True, False: False, "true": True, "false": False}


def readable_definition(body: Body) -> Body:
    """A new definition, read as `readable` does, that has all it needs.

    Raises:
        Misread: It lacks something, or has values of another type.
    """
    read = readable(body)
    missing = [name for name in _NEEDED if not read.get(name)]
    if missing:
        raise Misread("PropertyCreate", missing=missing)
    return read


def readable(body: Body) -> Body:
    """The fields of a definition, an option or a group: nulls left out, scalars as what is wanted.

    Raises:
        Misread: A value cannot be read as its field's type.
    """
    read: Body = {}
    for name, value in body.items():
        if value is None:
            continue
        if name in _TEXTS:
            read[name] = read_text(value, name)
        elif name == "displayOrder":
            read[name] = _number(value, name)
        elif name in _FLAGS:
            read[name] = _flag(value, name)
        elif name == "options":
            read[name] = _options(value)
        else:
            read[name] = value
    return read


def read_text(value: Any, *path: str | int) -> str:
    """A scalar as text.

    Raises:
        Misread: It is an array or object.
    """
    try:
        return text_of(value)
    except NotText:
        raise Misread(TEXT, path) from None


def _number(value: Any, name: str) -> float:
    """HubSpot's own orders are whole; half ones come between them."""
    text = value.removeprefix("-") if type(value) is str else ""
    if (digits := whole(text)) is not None:
        value = -digits if value.startswith("-") else digits
    if type(value) in (int, float) and abs(value) <= _MOST:
        return float(value) if value % 1 else int(value)
    raise Misread("java.lang.Integer", (name,))


def _flag(value: Any, name: str) -> bool:
    if type(value) not in (bool, str) or value not in _FLAG_VALUES:
        raise Misread("java.lang.Boolean", (name,))
    return _FLAG_VALUES[value]


def _options(options: Any) -> list[Body]:
    """Each option needs four of its fields."""
    if type(options) is not list:
        raise Misread("java.util.ArrayList", ("options",))
    read = []
    for at, one in enumerate(options):
        if not isinstance(one, dict):
            raise Misread("OptionInput$Json", ("options", at))
        try:
            option = readable(one)
        except Misread as misread:
            raise misread.under("options", at) from None
        missing = [name for name in _NEEDED_OF_OPTIONS if name not in option]
        if missing:
            raise Misread("OptionInput", ("options", at), missing)
        read.append(option)
    return read
