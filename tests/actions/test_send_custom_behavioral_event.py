"""Send Custom Behavioral Event: payload columns to occurrences."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions import ACTIONS, MappingSettings
from hubspot_pipeline.writes import EventWrites
from tests.actions.events import (
    OBJECTS,
    identifiers_of,
    json_of,
    properties_of,
    writes_of,
)
from tests.actions.payload_rows import problems_of, sorted_rows

ACTION = ACTIONS["sendCustomBehavioralEvent"]
NAME = "pe123_order"


def _event(**fields: Any) -> dict[str, Any]:
    return {"eventName": NAME, "email": "a@x.com", **fields}


def _problems(*payloads: dict[str, Any], portal: str = "123") -> list[tuple[int, str, str]]:
    return problems_of(ACTION, *payloads, settings=MappingSettings(portal, "crm/events"))


def _text(value: Any) -> str | None:
    """The rule for one value (actions §3.1); in an event, what is empty is not there."""
    match value:
        case None:
            return None
        case str():
            text = value
        case list():
            text = ";".join(each if isinstance(each, str) else json_of(each) for each in value)
        case _:
            text = json_of(value)
    return text.strip() or None


def _expected(given_properties: dict[str, Any]) -> dict[str, str]:
    """Names in lower case; of those that are then the same, the last of the alphabet."""
    found = {}
    for name in sorted(given_properties):
        text = _text(given_properties[name])
        if text is not None:
            found[name.lower()] = text
    return found


@given(st.lists(OBJECTS, min_size=1, max_size=5))
def test_properties_equal_the_rule_row_by_row(objects: list[dict[str, Any]]) -> None:
    writes = writes_of(ACTION, *(_event(properties=each) for each in objects))
    assert properties_of(writes) == [_expected(each) for each in objects]


@given(st.lists(OBJECTS, min_size=1, max_size=5))
def test_rows_are_refused_by_the_rule_row_by_row(objects: list[dict[str, Any]]) -> None:
    refused = {
        at
        for at, each in enumerate(objects)
        for name in _expected(each)
        if not re.fullmatch("[a-z][a-z0-9_]{0,49}", name)
    }
    found = _problems(*(_event(properties=each) for each in objects))
    assert [index for index, _, _ in found] == sorted(refused)
    assert {field for _, field, _ in found} <= {"properties"}


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("PE1_My Event.v2 - Ünï", "pe1_my_event_v2_-_ünï"),
        ("pe1_a . \t b", "pe1_a_b"),
        ("pe1_order", "pe1_order"),
    ],
)
def test_blanks_and_dots_of_a_name_become_one_underscore(given_name: str, name: str) -> None:
    assert writes_of(ACTION, _event(eventName=given_name)).names.to_pylist() == [name]


@pytest.mark.parametrize(
    ("name", "portal", "refused"),
    [
        ("pe123_order", "123", False),
        ("PE123_Order", "123", False),
        ("pe12_order", "123", True),
        ("pe1234_order", "123", True),
        ("order", "123", True),
        ("pe9_order", "", False),
        ("pe_order", "", True),
        (" pe123_order", "123", True),
    ],
)
def test_a_name_begins_with_pe_and_the_hub_id(name: str, portal: str, *, refused: bool) -> None:
    found = _problems(_event(eventName=name), portal=portal)
    assert [field for _, field, _ in found] == (["eventName"] if refused else [])


def test_the_reason_names_the_prefix_and_the_name() -> None:
    assert _problems(_event(eventName="Order"))[0][2].split(": ")[-1] == "order"
    assert "'pe123_'" in _problems(_event(eventName="Order"))[0][2]


def test_all_identifiers_are_sent_for_hubspot_to_pick_from() -> None:
    row = {"eventName": NAME, "email": "Ann@X.com", "utk": " t ", "objectId": 0}
    assert identifiers_of(writes_of(ACTION, row)) == [
        {"object_id": "0", "email": "ann@x.com", "utk": "t"}
    ]


def test_an_event_of_nobody_is_refused() -> None:
    rows = [{"eventName": NAME}, {"eventName": NAME, "utk": " "}, {"eventName": NAME, "utk": "t"}]
    assert [index for index, _, _ in _problems(*rows)] == [0, 1]


def test_an_object_id_is_all_digits() -> None:
    found = _problems(_event(objectId="12a"), _event(objectId="00123"), _event(objectId=12.5))
    assert [(index, field) for index, field, _ in found] == [(0, "objectId"), (2, "objectId")]


@pytest.mark.parametrize(
    ("occurred", "sent"),
    [
        ("2024-05-01T10:00:00+02:00", "2024-05-01T08:00:00.000Z"),
        ("2024-05-01", "2024-05-01T00:00:00.000Z"),
        (1714550400, "2024-05-01T08:00:00.000Z"),
        (1714550400123, "2024-05-01T08:00:00.123Z"),
        (None, None),
    ],
)
def test_times_are_sent_as_hubspot_writes_them(occurred: Any, sent: str | None) -> None:
    writes = writes_of(ACTION, _event() if occurred is None else _event(occurredAt=occurred))
    assert writes.occurred_at.to_pylist() == [sent]


def test_a_time_that_hubspot_could_not_read_is_refused() -> None:
    found = _problems(_event(occurredAt="May 1 2024"), _event(occurredAt="2024-02-30T10:00:00Z"))
    assert [(index, field) for index, field, _ in found] == [(0, "occurredAt"), (1, "occurredAt")]


def test_values_keep_their_spelling() -> None:
    given_properties = {
        "zip": "00123",
        "order": "12345678901234567890",
        "hex": "0x10",
        "code": "1e5",
        "price": 9.5,
        "count": 3,
        "tags": ["a", "b"],
        "none": None,
        "empty": [],
    }
    assert properties_of(writes_of(ACTION, _event(properties=given_properties))) == [
        {
            "zip": "00123",
            "order": "12345678901234567890",
            "hex": "0x10",
            "code": "1e5",
            "price": "9.5",
            "count": "3",
            "tags": "a;b",
        }
    ]


def test_an_event_has_fifty_properties_and_no_more() -> None:
    fifty = {f"p{at}": at for at in range(50)}
    rows = [fifty, {**fifty, "more": 1}, {**fifty, "more": None, "P1": 1, "blank": " "}]
    found = _problems(*(_event(properties=each) for each in rows))
    assert [index for index, _, _ in found] == [1]
    assert found[0][2].endswith("51")


def test_a_message_happens_once_a_mapping() -> None:
    row = _event(message_id="m1", properties={"n": 1})
    once, again = writes_of(ACTION, row), writes_of(ACTION, row)
    assert once.uuids.to_pylist() == again.uuids.to_pylist()
    elsewhere = MappingSettings("123", "crm/other_events")
    (other,) = ACTION.to_writes(sorted_rows(ACTION, [row]), elsewhere)
    assert isinstance(other, EventWrites)
    assert other.uuids.to_pylist() != once.uuids.to_pylist()
    merged = writes_of(ACTION, row, {**row, "properties": {"n": 2}}, merged=True)
    assert merged.keys.to_pylist() == ["m1"]
    assert merged.rows["carries"].to_pylist() == [True, False]


def test_events_without_properties_are_events_too() -> None:
    writes = writes_of(ACTION, _event(), _event(properties={"a": None}))
    assert (len(writes.keys), properties_of(writes)) == (2, [{}, {}])
    assert _problems(_event()) == []
