"""Custom Event V2: payload columns to occurrences, and to the definitions that they need."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions import ACTIONS
from tests.actions.events import (
    OBJECTS,
    SETTINGS,
    identifiers_of,
    json_of,
    properties_of,
    writes_of,
)
from tests.actions.payload_rows import payload_rows, problems_of

ACTION = ACTIONS["customEvent"]
CONTACT = {"object_type": "contact", "email": "a@x.com"}
COMPANY = {"object_type": "company", "object_id": 7}


def _event(record: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"event_name": "order", "record_details": record or CONTACT, **fields}


def _problems(*payloads: dict[str, Any]) -> list[tuple[int, str, str]]:
    return problems_of(ACTION, *payloads, settings=SETTINGS)


def _refused(*payloads: dict[str, Any]) -> list[int]:
    return [index for index, _, _ in _problems(*payloads)]


def _definitions(*payloads: dict[str, Any]) -> list[tuple[Any, ...]]:
    assert ACTION.definitions is not None
    found = ACTION.definitions(payload_rows(ACTION, list(payloads)), SETTINGS)
    wanted = ["kind", "of", "primary_object", "name", "type"]
    assert found["group"].null_count == found.num_rows
    assert not any(found["sensitive"].to_pylist())
    return [tuple(row.values()) for row in found.select(wanted).to_pylist()]


def _clean(name: str) -> str:
    return re.sub("[^a-z0-9_]", "_", name.lower())


def _text(value: Any) -> str | None:
    """The rule for one value (actions §8.5)."""
    match value:
        case None:
            return None
        case str():
            text = value.strip()
            if value and not text:
                return None
        case _:
            text = json_of(value)
    return text.lower() if text.lower() in {"true", "false"} else text


def _expected(given_properties: dict[str, Any]) -> dict[str, str]:
    """Names cleaned; of those that are then the same, the last. An event clears nothing."""
    texts = {_clean(k): t for k, v in given_properties.items() if (t := _text(v)) is not None}
    return {name: text for name, text in texts.items() if text and name[:1].isalpha()}


@given(st.lists(OBJECTS, min_size=1, max_size=5))
def test_properties_equal_the_rule_row_by_row(objects: list[dict[str, Any]]) -> None:
    writes = writes_of(ACTION, *(_event(properties=each) for each in objects))
    assert properties_of(writes) == [_expected(each) for each in objects]


@given(st.lists(OBJECTS, min_size=1, max_size=5))
def test_rows_are_refused_by_the_rule_row_by_row(objects: list[dict[str, Any]]) -> None:
    nameless = {
        at
        for at, each in enumerate(objects)
        for name, value in each.items()
        if value is not None and not _clean(name)[:1].isalpha()
    }
    too_long = {at for at, each in enumerate(objects) for name in _expected(each) if len(name) > 50}
    assert _refused(*(_event(properties=each) for each in objects)) == sorted(nameless | too_long)


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        (" My Event", "_my_event"),
        ("Order-Placed.v2 é", "order-placed_v2__"),
        ("pe123_order", "pe123_order"),
        ("a😀", "a__"),
    ],
)
def test_names_are_made_as_definitions_have_them(given_name: str, name: str) -> None:
    assert writes_of(ACTION, _event(event_name=given_name)).names.to_pylist() == [name]


def test_a_name_that_hubspot_could_not_have_is_refused() -> None:
    long = "n" * 50
    names = ["_my", "1st", "é", "-a", long + "n", long, f"pe123_{long}", "a-1"]
    found = _problems(*(_event(event_name=name) for name in names))
    assert [(index, field) for index, field, _ in found] == [(at, "event_name") for at in range(5)]


@pytest.mark.parametrize("alias", ["contact", "contacts", "0-1", " Contact "])
def test_contacts_are_contacts_by_any_of_their_names(alias: str) -> None:
    row = _event({"object_type": alias, "email": " Ann@X.com", "utk": "t"})
    writes = writes_of(ACTION, row)
    assert writes.object_types.to_pylist() == ["contacts"]
    assert identifiers_of(writes) == [{"email": "ann@x.com", "utk": "t"}]
    assert _problems(row) == []
    assert _definitions(row)[0][2] == "contacts"


def test_only_contacts_have_e_mail_addresses_and_tokens() -> None:
    row = _event({**COMPANY, "email": "not an address", "utk": "t"})
    writes = writes_of(ACTION, row)
    assert writes.object_types.to_pylist() == ["companies"]
    assert identifiers_of(writes) == [{"object_id": "7"}]
    assert _problems(row) == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"object_type": " ", "object_id": 1}, "object_type is required"),
        ({"object_type": "company"}, "object_id is required"),
        ({"object_type": "company", "email": "a@x.com"}, "object_id is required"),
        ({"object_type": "company", "object_id": 12.5}, "all digits"),
        ({"object_type": "company", "object_id": -1}, "all digits"),
        ({"object_type": "company", "object_id": 2**53 + 2}, "all digits"),
        ({"object_type": "contact"}, "an object_id, an email or a utk"),
        ({"object_type": "contact", "email": "", "utk": " "}, "an object_id, an email or a utk"),
        ({"object_type": "contact", "email": "a@localhost"}, "not a valid e-mail address"),
    ],
)
def test_a_record_that_cannot_be_found_is_refused(record: dict[str, Any], reason: str) -> None:
    ((_, field, found),) = _problems(_event(record))
    assert field == "record_details"
    assert reason in found


@pytest.mark.parametrize(
    "record",
    [
        {"object_type": "contact", "email": "", "utk": "t"},
        {"object_type": "contact", "object_id": "12"},
        {"object_type": "2-77", "object_id": 2**53},
    ],
)
def test_one_identifier_is_enough(record: dict[str, Any]) -> None:
    assert _problems(_event(record)) == []


def test_values_keep_their_spelling() -> None:
    given_properties = {
        "Zip Code": "00123",
        "order": "12345678901234567890",
        "hex": "0x10",
        "code": "1e5",
        "size": " 12 ",
        "paid": "TRUE",
        "tags": ["a", 1],
        "empty": [],
        "none": None,
        "blank": " ",
    }
    assert properties_of(writes_of(ACTION, _event(properties=given_properties))) == [
        {
            "zip_code": "00123",
            "order": "12345678901234567890",
            "hex": "0x10",
            "code": "1e5",
            "size": "12",
            "paid": "true",
            "tags": '["a",1]',
            "empty": "[]",
        }
    ]


def test_an_event_is_defined_even_without_properties() -> None:
    assert _definitions(_event(COMPANY), _event(COMPANY, properties={"a": None})) == [
        ("event", "order", "companies", None, None)
    ]


def test_properties_are_defined_by_the_types_of_all_their_values() -> None:
    rows = [
        _event(properties={"When At": "2024-05-01", "n": 1}),
        _event(properties={"when_at": "2024-05-01T10:00:00Z", "n": "007", "1st": 1}),
        _event(COMPANY, event_name="Visit.", properties={"n": True}),
    ]
    assert sorted(_definitions(*rows), key=str) == [
        ("event", "order", "contacts", "n", "number"),
        ("event", "order", "contacts", "n", "string"),
        ("event", "order", "contacts", "when_at", "date"),
        ("event", "order", "contacts", "when_at", "datetime"),
        ("event", "order", "contacts", None, None),
        ("event", "visit_", "companies", "n", "bool"),
        ("event", "visit_", "companies", None, None),
    ]


def test_no_events_need_no_definitions() -> None:
    assert _definitions() == []


def test_fields_say_where_a_time_goes() -> None:
    row = _event(occurred_at=1714550400)
    assert writes_of(ACTION, row).occurred_at.to_pylist() == ["2024-05-01T08:00:00.000Z"]
    found = _problems(_event(occurred_at="May 1 2024"))
    assert [field for _, field, _ in found] == ["occurred_at"]
