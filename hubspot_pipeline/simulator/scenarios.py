"""Scenario files: all that a simulated account is like and all that goes wrong with it, as text."""

import re
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import available_timezones

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.account.values import NotText
from hubspot_pipeline.simulator.answers import Refusal
from hubspot_pipeline.simulator.clock import Clock, iso
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.settings import Behaviour, Limits, SimulatorSettings

Place = tuple[int | str, ...]


class ScenarioError(ValueError):
    """A scenario that makes no sense; its text names the file, each field, and what would do."""


class _Whole(BaseModel):
    """What is read; unknown fields are mistakes, here and in all that it holds."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    scenario: SimulatorSettings = SimulatorSettings()
    behaviour: Behaviour = Behaviour()
    limits: Limits | None = None
    faults: tuple[Fault, ...] = ()


def read_scenario(path: Path) -> SimulatorSettings:
    """The scenario in a YAML or JSON file.

    Raises:
        ScenarioError: There is no such file, or it makes no sense.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: cannot be read: {error}") from error
    return parse_scenario(text, str(path))


def parse_scenario(text: str, source: str) -> SimulatorSettings:
    """The scenario in a text of YAML or JSON; `source` is how errors call it.

    Raises:
        ScenarioError: It makes no sense.
    """
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ScenarioError(f"{source}: neither YAML nor JSON: {error}") from error
    settings = _validated("scenario", {} if given is None else given, source).scenario
    if settings.time_zone not in available_timezones():
        hint = _nearest(settings.time_zone, available_timezones())
        raise ScenarioError(f"{source}: time_zone: no zone {settings.time_zone!r}{hint}")
    try:
        seed_records(Account(replace(settings, seed_contacts=0), Clock()), settings.records)
    except ScenarioError as error:
        raise ScenarioError(f"{source}: {error}") from None
    return settings


def behaviour_of(given: Any) -> Behaviour:
    """The switches in a JSON object.

    Raises:
        ScenarioError: There is no such switch, or no such position of it.
    """
    return _validated("behaviour", given, "behaviour").behaviour


def limits_of(given: Any) -> Limits | None:
    """The limits in a JSON object; null lifts them all.

    Raises:
        ScenarioError: There is no such limit, or no such value of it.
    """
    return _validated("limits", given, "limits").limits


def faults_of(given: Any) -> tuple[Fault, ...]:
    """The faults in a JSON array.

    Raises:
        ScenarioError: There is no such fault, or no such part of it.
    """
    return _validated("faults", given, "faults").faults


def seed_records(account: Account, seeded: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Add a scenario's records to an account, under the rules of a creation over the API.

    Raises:
        ScenarioError: One of them breaks the rules.
    """
    now = account.clock.now()
    stamp = Stamp(iso(now), app="seed")
    for name, all_of_type in seeded.items():
        try:
            records = account.records(name)
        except Refusal:
            hint = _nearest(name, (kind.name for kind in account.types.all))
            raise ScenarioError(f"records: no object type {name!r}{hint}") from None
        for number, given in enumerate(all_of_type):
            place = f"records.{name}[{number}]"
            try:
                written, problems, _ = records.properties.check(
                    dict(given), now, normalize_dates=True
                )
            except NotText as wrong:
                raise ScenarioError(f"{place}.{wrong.name}: neither list nor fields") from None
            for problem in problems:
                hint = _nearest(problem.name, records.properties.defined)
                known = problem.code != "PROPERTY_DOESNT_EXIST"
                raise ScenarioError(f"{place}: {problem.message}{'' if known else hint}")
            for property_name, value, holder in records.unique_values(
                records.shape_of(written), written, None
            ):
                if holder is not None:
                    raise ScenarioError(f"{place}.{property_name}: {value!r} is there already")
            records.create(records.allocate_id(), written, stamp)


def _validated(part: str, given: Any, source: str) -> _Whole:
    if given is not None and not isinstance(given, list if part == "faults" else dict):
        raise ScenarioError(f"{source}: not {type(given).__name__}, but fields and their values")
    try:
        return _Whole.model_validate({part: given})
    except ValidationError as error:
        problems = [
            f"{source}: {_told(problem['loc'][1:], problem, _Whole.model_fields[part].annotation)}"
            for problem in error.errors(include_url=False)
        ]
        raise ScenarioError("\n".join(dict.fromkeys(problems))) from None


def _told(place: Place, problem: Any, model: Any) -> str:
    """One problem in words, with the nearest name that would do."""
    where = _path(place)
    if problem["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        names = _fields_at(model, place[:-1])
        return f"{where}: there is no such field{_nearest(str(place[-1]), names)}"
    if problem["type"] == "literal_error":
        allowed = re.findall(r"'([^']*)'", problem["ctx"]["expected"])
        given = problem["input"]
        return f"{where}: no {given!r} here{_nearest(str(given), allowed) or _listed(allowed)}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


def _path(place: Place) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _fields_at(model: Any, place: Iterable[int | str]) -> list[str]:
    """The names of the fields of the dataclass at a place below another."""
    for part in place:
        model = _dataclass_in(model)
        if isinstance(part, str) and model is not None:
            model = get_type_hints(model).get(part)
    model = _dataclass_in(model)
    return [] if model is None else list(model.__dataclass_fields__)


def _dataclass_in(annotation: Any) -> Any:
    """The dataclass in ``X | None`` or ``tuple[X, ...]``; None if there is none."""
    if is_dataclass(annotation):
        return annotation
    if get_origin(annotation) in (Literal, None):
        return None
    if get_origin(annotation) in (Union, types.UnionType, tuple, list):
        return next(filter(None, map(_dataclass_in, get_args(annotation))), None)
    return None


def _nearest(given: str, names: Iterable[str]) -> str:
    near = get_close_matches(given, list(names), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def _listed(names: Sequence[str]) -> str:
    return f"; it is one of {', '.join(names)}"
