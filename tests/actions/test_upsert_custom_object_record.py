"""Upsert Custom Object Record: payload columns to writes, held to a plain reading of each."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions import ACTIONS, MappingSettings
from hubspot_pipeline.writes import RecordWrites
from tests.actions.payload_rows import Payload, problems_of, said, writes_of

ACTION = ACTIONS["upsertCustomObjectRecord"]


def _all(*payloads: Payload, name: str = "shop/deals") -> list[RecordWrites]:
    whole = [{"objectType": "deals", "properties": {}, **each} for each in payloads]
    return writes_of(ACTION, *whole, settings=MappingSettings(name=name))


def _one(*payloads: Payload, name: str = "shop/deals") -> RecordWrites:
    (writes,) = _all(*payloads, name=name)
    return writes


def test_records_are_found_by_search_and_marked_where_they_are_created() -> None:
    writes = _one(
        {
            "customObjectSearchFields": {"dealname": " Big ", "amount": 5, "stage": ""},
            "properties": {"dealname": "Big", "tags": ["a", "b"]},
        }
    )
    assert (writes.object_type, writes.id_property) == ("deals", "segment_record_key")
    assert (writes.id_is_given, writes.makes_id_property) == (False, True)
    assert writes.ids.to_pylist() == writes.keys.to_pylist()
    assert writes.search is not None
    assert said(writes.search) == [{"dealname": "Big", "amount": "5"}]
    assert said(writes.properties) == [{"dealname": "Big", "tags": "a;b"}]


def test_a_record_that_is_not_found_is_created_unless_the_field_says_no() -> None:
    modes = [
        _one({"createNewCustomRecord": says} if says is not None else {}).modes.to_pylist()
        for says in (None, True, False)
    ]
    assert modes == [["upsert"], ["upsert"], ["update"]]


def test_rows_that_search_for_the_same_are_of_one_record_in_any_case_and_order() -> None:
    writes = _one(
        {"customObjectSearchFields": {"a": "X", "b": "1"}, "properties": {"p": "old", "q": "1"}},
        {"customObjectSearchFields": {"b": 1, "a": " x"}, "properties": {"p": "new"}},
        {"customObjectSearchFields": {"a": "x"}, "properties": {"p": "other"}},
    )
    assert sorted(map(str, said(writes.properties))) == [
        "{'p': 'new', 'q': '1'}",
        "{'p': 'other'}",
    ]


def test_the_same_fields_of_another_object_type_mean_another_record() -> None:
    fields = {"customObjectSearchFields": {"a": "x"}}
    deals, tickets = _all({"objectType": "deal", **fields}, {"objectType": "0-5", **fields})
    assert [deals.object_type, tickets.object_type] == ["deals", "tickets"]
    assert deals.keys.to_pylist() != tickets.keys.to_pylist()


def test_without_search_fields_every_message_is_a_record_and_only_once() -> None:
    writes = _one({"message_id": "m1"}, {"message_id": "m2"}, {"message_id": "m1"})
    assert len(writes.keys) == 2
    assert writes.search is None


def test_without_search_fields_two_mappings_create_a_record_each_of_one_message() -> None:
    one, same, other = (
        _one({"message_id": "m1"}, name=name) for name in ("shop/a", "shop/a", "shop/b")
    )
    assert one.ids.to_pylist() == same.ids.to_pylist() != other.ids.to_pylist()


def test_with_search_fields_two_mappings_mean_the_same_record() -> None:
    fields = {"customObjectSearchFields": {"a": "x"}}
    one, other = (_one(fields, name=name).ids.to_pylist() for name in ("shop/a", "shop/b"))
    assert one == other


def test_an_association_needs_its_type_its_label_and_search_fields() -> None:
    whole = {
        "toObjectType": "contact",
        "associationLabel": " HUBSPOT_DEFINED:3 ",
        "searchFieldsToAssociateCustomObjects": {"phone": " 1 ", "email": "A@x.com", "fax": ""},
    }
    lacking = [{**whole, key: value} for key, value in (
        ("toObjectType", " "), ("associationLabel", None),
        ("searchFieldsToAssociateCustomObjects", {"email": " "}),
    )]  # fmt: skip
    (writes,) = writes_of(
        ACTION,
        *({"objectType": "deals", "properties": {}, **each} for each in (whole, *lacking)),
        merged=False,
    )
    ((write, link),) = [(each.pop("write"), each) for each in said(writes.associations)]
    assert writes.rows["position"].to_pylist()[write] == 0
    assert link == {
        "to_type": "contacts",
        "label": "HUBSPOT_DEFINED:3",
        "id": '{"email":"A@x.com","phone":"1"}',
        "other_side": "skip",
        "remove": False,
        "replaces_labels": False,
    }


def test_a_blank_object_type_is_refused() -> None:
    found = problems_of(
        ACTION,
        {"objectType": "deals", "properties": {}},
        {"objectType": "  ", "properties": {}},
    )
    assert [(row, field) for row, field, _ in found] == [(1, "objectType")]


def test_there_is_no_default_trigger_and_only_creating_has_a_default() -> None:
    assert ACTION.default_trigger is None
    assert ACTION.default_mapping() == {"createNewCustomRecord": True}


SEARCH = st.dictionaries(
    st.sampled_from(["a", "b"]), st.sampled_from(["x", "X ", "", " ", None, 5, True])
)
PAYLOADS = st.fixed_dictionaries(
    {
        "objectType": st.sampled_from(["deal", "0-3", "tickets", "p1_car"]),
        "properties": st.dictionaries(
            st.sampled_from(["p", "q"]), st.sampled_from(["", " x ", " ", None, 1, [1, "b"], []])
        ),
        "message_id": st.sampled_from(["m", "n"]),
    },
    optional={
        "createNewCustomRecord": st.booleans(),
        "customObjectSearchFields": SEARCH,
        "searchFieldsToAssociateCustomObjects": SEARCH,
        "toObjectType": st.sampled_from(["contacts", "company", " "]),
        "associationLabel": st.sampled_from(["HUBSPOT_DEFINED:1", " "]),
    },
)
TYPES = {"deal": "deals", "0-3": "deals", "company": "companies"}


def _text(value: Any) -> str | None:
    match value:
        case None | []:
            return None
        case str():
            return value if value == "" else value.strip() or None
        case list():
            return ";".join(map(str, value))
        case _:
            return json.dumps(value)


def _texts(values: dict[str, Any], *, empty: bool) -> dict[str, str]:
    texts = {name: _text(value) for name, value in sorted(values.items())}
    return {name: text for name, text in texts.items() if text or (empty and text == "")}


def _plain(payload: Payload) -> dict[str, Any]:
    """One payload's write, as the rules say it."""
    other = _texts(payload.get("searchFieldsToAssociateCustomObjects", {}), empty=False)
    to_type, label = (payload.get(key, "").strip() for key in ("toObjectType", "associationLabel"))
    search = _texts(payload.get("customObjectSearchFields", {}), empty=False)
    of_type = TYPES.get(payload["objectType"], payload["objectType"])
    identity = {name: text.lower() for name, text in search.items()} or payload["message_id"]
    return {
        "identity": (of_type, str(identity)),
        "type": of_type,
        "mode": "upsert" if payload.get("createNewCustomRecord", True) else "update",
        "search": search,
        "properties": _texts(payload["properties"], empty=True),
        "link": (TYPES.get(to_type, to_type), label, other)
        if other and to_type and label
        else None,
    }


@given(st.lists(PAYLOADS, min_size=1, max_size=8))
def test_columns_say_the_same_as_one_payload_at_a_time(payloads: list[Payload]) -> None:
    found: dict[int, dict[str, Any]] = {}
    keys: dict[int, str] = {}
    for writes in writes_of(ACTION, *payloads, merged=False):
        links = {
            link["write"]: (link["to_type"], link["label"], json.loads(link["id"]))
            for link in writes.associations.to_pylist()
        }
        rows = writes.rows["position"].to_pylist()
        searches = said(writes.search) if writes.search else [{}] * len(rows)
        properties = said(writes.properties) if writes.properties.num_columns else [{}] * len(rows)
        assert writes.keys.to_pylist() == sorted(writes.keys.to_pylist())
        for at, row in enumerate(rows):
            keys[row] = writes.keys[at].as_py()
            found[row] = {
                "type": writes.object_type,
                "mode": writes.modes[at].as_py(),
                "search": searches[at],
                "properties": properties[at],
                "link": links.get(at),
            }
    expected = [_plain(payload) for payload in payloads]
    identities = [each.pop("identity") for each in expected]
    assert [found[row] for row in range(len(payloads))] == expected
    for row, identity in enumerate(identities):
        same = {other for other, each in enumerate(identities) if each == identity}
        assert {other for other, key in keys.items() if key == keys[row]} == same
