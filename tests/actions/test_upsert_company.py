"""Upsert Company: payload columns to writes, held to a plain reading of one payload at a time."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions import ACTIONS, MappingSettings
from hubspot_pipeline.writes import RecordWrites
from tests.actions.payload_rows import Payload, payload_rows, problems_of, said, writes_of

ACTION = ACTIONS["upsertCompany"]
ALWAYS = {"createNewCompany": True, "associateContact": False}


def _one(*payloads: Payload) -> RecordWrites:
    (writes,) = writes_of(ACTION, *({"groupid": "g", **ALWAYS, **each} for each in payloads))
    return writes


def test_a_company_is_found_by_its_group_id_which_is_made_where_it_is_missing() -> None:
    writes = _one({"groupid": " acme/inc#1 ", "name": " Acme "})
    assert (writes.object_type, writes.id_property) == ("companies", "segment_group_id")
    assert writes.keys.to_pylist() == writes.ids.to_pylist() == ["acme/inc#1"]
    assert (writes.id_is_given, writes.makes_id_property) == (True, True)
    assert said(writes.properties) == [{"name": "Acme"}]


@pytest.mark.parametrize(("creates", "mode"), [(True, "upsert"), (False, "update")])
def test_a_company_that_is_not_found_is_created_only_where_the_field_says_so(
    creates: bool, mode: str
) -> None:
    assert _one({"createNewCompany": creates}).modes.to_pylist() == [mode]


def test_other_properties_win_and_the_stage_is_in_lower_case_in_both_places() -> None:
    writes = _one(
        {
            "numberofemployees": 12,
            "lifecyclestage": " LEAD ",
            "properties": {"name": "Other", "lifecyclestage": "Customer ", "tags": ["a", "b"]},
            "name": "Acme",
        },
        {"groupid": "h", "lifecyclestage": " LEAD "},
    )
    assert said(writes.properties) == [
        {
            "name": "Other",
            "numberofemployees": "12",
            "lifecyclestage": "customer",
            "tags": "a;b",
        },
        {"lifecyclestage": "lead"},
    ]


def test_search_fields_that_say_nothing_are_not_searched_for() -> None:
    writes = _one(
        {"companysearchfields": {"domain": " x.com ", "name": "", "city": "  ", "zip": None}},
        {"groupid": "h", "companysearchfields": {}},
    )
    assert writes.search is not None
    assert said(writes.search) == [{"domain": "x.com"}, {}]
    assert _one({"companysearchfields": {"name": ""}}).search is None


def test_the_contact_is_named_by_address_and_by_user_and_must_exist() -> None:
    writes = _one(
        {"associateContact": True, "email": " Ann@X.com ", "user_id": "u1"},
        {"groupid": "h", "associateContact": False, "email": "b@x.com", "user_id": "u2"},
        {"groupid": "i", "associateContact": True, "user_id": " u3"},
    )
    assert said(writes.associations) == [
        {
            "write": write,
            "to_type": "contacts",
            "id_property": "email",
            **named,
            "other_side": "require",
            "remove": False,
            "replaces_labels": False,
        }
        for write, named in [(0, {"id": "ann@x.com", "user_id": "u1"}), (2, {"user_id": "u3"})]
    ]


@pytest.mark.parametrize("value", ["x", "", None, 0, False])
def test_a_group_id_among_the_properties_is_refused_whatever_its_value(value: Any) -> None:
    fine = {"groupid": "h", **ALWAYS, "properties": {"segment_group": "x"}}
    bad = {"groupid": "g", **ALWAYS, "properties": {"segment_group_id": value}}
    ((row, field, reason),) = problems_of(ACTION, fine, bad, {"groupid": "i", **ALWAYS})
    assert (row, field) == (1, "properties")
    assert "segment_group_id cannot be written" in reason


def test_a_group_id_spelled_with_escapes_is_refused_and_a_text_that_names_it_is_not() -> None:
    rows = payload_rows(ACTION, [{"groupid": each, **ALWAYS} for each in "ghi"])
    texts = ['{"segment_group\\u005fid":"x"}', '{"about":"segment_group_id"}', '{"a":"\\n"}']
    at = rows.column_names.index("properties")
    rows = rows.set_column(at, "properties", pa.chunked_array([texts]))
    assert ACTION.problems is not None
    found = ACTION.problems(rows, MappingSettings())
    assert found["index"].to_pylist() == [0]


@pytest.mark.parametrize(("email", "user"), [(None, None), ("  ", " "), ("", "")])
def test_a_contact_that_nothing_names_is_refused(email: str | None, user: str | None) -> None:
    asks = {"groupid": "g", "createNewCompany": True, "associateContact": True}
    found = problems_of(
        ACTION,
        {**asks, "email": email, "user_id": user},
        {**asks, "email": "a@x.com"},
        {**asks, "user_id": "u"},
        {**asks, "associateContact": False},
    )
    assert [(row, field) for row, field, _ in found] == [(0, "associateContact")]


def test_a_blank_group_id_is_refused_and_only_the_first_problem_of_a_row_is_told() -> None:
    found = problems_of(
        ACTION,
        {"groupid": "  ", "createNewCompany": True, "associateContact": True},
        {"groupid": "g", **ALWAYS},
        {"groupid": "", **ALWAYS, "properties": {"segment_group_id": "g"}},
    )
    assert [(row, field) for row, field, _ in found] == [(0, "groupid"), (2, "properties")]


def test_the_default_mapping_has_every_default_of_the_reference_and_the_contact_s_address() -> None:
    defaults = ACTION.default_mapping()
    assert set(defaults) == {
        "groupid", "createNewCompany", "associateContact", "email", "name", "description",
        "address", "city", "state", "zip", "domain", "phone", "numberofemployees", "industry",
    }  # fmt: skip
    assert defaults["domain"] == {"@path": "$.traits.website"}
    assert ACTION.default_trigger == 'type = "group"'
    assert ACTION.sync_mode is None


TEXT = st.sampled_from(["", " ", "x", " Y "])
PAYLOADS = st.fixed_dictionaries(
    {
        "groupid": st.sampled_from(["a", "b ", " c"]),
        "createNewCompany": st.booleans(),
        "associateContact": st.booleans(),
    },
    optional={
        "email": st.sampled_from(["A@x.com", "b@x.com "]),
        "user_id": st.sampled_from(["u", "v"]),
        "name": TEXT,
        "lifecyclestage": TEXT,
        "numberofemployees": st.integers(0, 9),
        "companysearchfields": st.dictionaries(st.sampled_from(["domain", "name"]), TEXT),
        "properties": st.dictionaries(
            st.sampled_from(["name", "lifecyclestage", "tags"]), TEXT | st.integers(0, 9)
        ),
    },
)


def _trim(value: Any) -> str | None:
    text = value if isinstance(value, str) else None if value is None else str(value)
    return text if text in (None, "") else text.strip() or None


def _plain(payload: Payload) -> dict[str, Any]:
    """One payload's write, as the rules say it."""
    properties: dict[str, str] = {}
    free = payload.get("properties", {})
    for name in ("name", "lifecyclestage", "numberofemployees", "tags"):
        texts = [_trim(free.get(name)), _trim(payload.get(name)) if name != "tags" else None]
        text = next((each for each in texts if each is not None), None)
        if text is not None:
            properties[name] = text.lower() if name == "lifecyclestage" else text
    search = {name: _trim(value) for name, value in payload.get("companysearchfields", {}).items()}
    contact = [payload.get("email", "").strip().lower() or None, payload.get("user_id")]
    return {
        "key": payload["groupid"].strip(),
        "mode": "upsert" if payload["createNewCompany"] else "update",
        "properties": properties,
        "search": {name: text for name, text in search.items() if text},
        "contact": contact if payload["associateContact"] else None,
    }


@given(st.lists(PAYLOADS, min_size=1, max_size=8))
def test_columns_say_the_same_as_one_payload_at_a_time(payloads: list[Payload]) -> None:
    (writes,) = writes_of(ACTION, *payloads, merged=False)
    rows = len(payloads)
    contacts = {
        link["write"]: [link["id"], link["user_id"]] for link in writes.associations.to_pylist()
    }
    properties = said(writes.properties)
    searches = said(writes.search) if writes.search else [{}] * rows
    found = [
        {
            "key": writes.keys[row].as_py(),
            "mode": writes.modes[row].as_py(),
            "properties": properties[row],
            "search": searches[row],
            "contact": contacts.get(row),
        }
        for row in range(rows)
    ]
    expected = sorted(map(_plain, payloads), key=lambda each: each["key"])
    assert found == expected
