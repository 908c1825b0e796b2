"""Custom Object V2's associations and lists, held to a plain reading of one payload at a time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions import ACTIONS, MappingSettings
from tests.actions.payload_rows import Payload, writes_of

ACTION = ACTIONS["upsertObject"]


def _read(*payloads: Payload, merged: bool = False) -> tuple[list[Any], list[Any]]:
    """The associations and the list changes, each with its record's id instead of its place."""
    links, lists = [], []
    whole = [
        {
            "object_details": {
                "object_type": "p1_car",
                "id_field_name": "plate",
                "id_field_value": payload.get("id", "v"),
            },
            "association_sync_mode": "upsert",
            **payload,
        }
        for payload in payloads
    ]
    settings = MappingSettings(sync_mode="upsert")
    for writes in writes_of(ACTION, *whole, settings=settings, merged=merged):
        for found, table in ((links, writes.associations), (lists, writes.lists)):
            for each in table.to_pylist():
                found.append({"id": writes.ids[each.pop("write")].as_py(), "to": each})
    return links, lists


def _link(value: Any = "x", **more: Any) -> Payload:
    return {
        "object_type": "company",
        "association_label": "USER_DEFINED:7",
        "id_field_name": "domain",
        "id_field_value": value,
        **more,
    }


class TestAssociations:
    def test_an_association_names_the_other_record_and_whether_it_is_created(self) -> None:
        for mode, other_side in (("upsert", "create"), ("read", "skip")):
            links, _ = _read({"associations": [_link(" x.com ")], "association_sync_mode": mode})
            assert [each["to"] for each in links] == [
                {
                    "to_type": "companies",
                    "label": "USER_DEFINED:7",
                    "id_property": "domain",
                    "id": "x.com",
                    "user_id": None,
                    "other_side": other_side,
                    "remove": False,
                    "replaces_labels": False,
                }
            ]

    def test_a_record_id_is_nothing_to_create_a_record_with(self) -> None:
        links, _ = _read({"associations": [_link("5", id_field_name="hs_object_id")]})
        assert links[0]["to"]["other_side"] == "skip"

    def test_a_dissociation_never_creates_a_record(self) -> None:
        links, _ = _read({"dissociations": [_link()]})
        assert (links[0]["to"]["remove"], links[0]["to"]["other_side"]) == (True, "skip")

    def test_labels_that_others_set_go_only_where_the_mapping_says_so(self) -> None:
        for mode, replaces in ((None, False), ("keep", False), ("replace", True)):
            links, _ = _read({"associations": [_link()], "association_label_mode": mode})
            assert links[0]["to"]["replaces_labels"] is replaces

    @pytest.mark.parametrize("member", list(_link()))
    @pytest.mark.parametrize("value", ["", "  ", None])
    def test_an_item_that_lacks_a_member_says_nothing(self, member: str, value: Any) -> None:
        links, _ = _read({"associations": [_link(**{member: value}), _link("y")]})
        assert [each["to"]["id"] for each in links] == ["y"]

    def test_records_linked_to_one_record_by_one_label_are_all_linked(self) -> None:
        links, _ = _read(
            {"id": "a", "associations": [_link()]},
            {"id": "b", "associations": [_link()]},
            merged=True,
        )
        assert [each["id"] for each in links] == ["a", "b"]

    def test_one_contact_in_two_spellings_is_linked_once(self) -> None:
        to_contact = {"object_type": "contact", "id_field_name": "email"}
        links, _ = _read(
            {"associations": [_link("A@x.com", **to_contact)]},
            {"associations": [_link("a@X.com", **to_contact | {"object_type": "0-1"})]},
            merged=True,
        )
        assert [each["to"]["id"] for each in links] == ["a@x.com"]

    @pytest.mark.parametrize(("first", "last", "remove"), [
        ("associations", "dissociations", True), ("dissociations", "associations", False),
    ])  # fmt: skip
    def test_of_adding_and_removing_the_same_the_latest_counts(
        self, first: str, last: str, remove: bool
    ) -> None:
        links, _ = _read({first: [_link()]}, {last: [_link()]}, merged=True)
        assert [each["to"]["remove"] for each in links] == [remove]


class TestLists:
    def test_a_list_action_adds_or_removes(self) -> None:
        details = {"list_name": " VIPs ", "should_create_list": True}
        for action in (True, False):
            _, lists = _read({"list_details": {**details, "list_action": action}})
            assert [each["to"] for each in lists] == [
                {"name": "VIPs", "add": action, "create": True}
            ]

    def test_several_lists_in_one_run(self) -> None:
        _, lists = _read(
            *(
                {"id": name, "list_details": {"list_name": name, "list_action": True}}
                for name in ("a", "b")
            ),
            merged=True,
        )
        assert [(each["id"], each["to"]["name"]) for each in lists] == [("a", "a"), ("b", "b")]

    @pytest.mark.parametrize(("first", "last"), [(True, False), (False, True)])
    def test_the_latest_event_decides_on_a_list_whatever_its_case(
        self, first: bool, last: bool
    ) -> None:
        _, lists = _read(
            {"list_details": {"list_name": "VIPs", "list_action": first}},
            {"list_details": {"list_name": "vips", "list_action": last}},
            merged=True,
        )
        assert [each["to"]["add"] for each in lists] == [last]

    @pytest.mark.parametrize("says", [True, False])
    @pytest.mark.parametrize("kind", ["audience", "journey_step"])
    def test_an_audience_says_by_itself_who_is_in_its_list(self, kind: str, says: bool) -> None:
        event = {
            "computation_class": kind,
            "computation_key": "big/spender~s",
            "traits_or_props": {"big/spender~s": says, "list_action": not says},
        }
        connected = {"connected_to_engage_audience": True, "list_action": not says}
        _, named = _read({**event, "list_details": {**connected, "list_name": "Rich"}})
        _, unnamed = _read({**event, "list_details": connected})
        assert [each["to"] for each in named + unnamed] == [
            {"name": name, "add": says, "create": False} for name in ("Rich", "big/spender~s")
        ]

    @pytest.mark.parametrize(
        "lacking",
        [
            {"computation_key": None},
            {"computation_class": "trait"},
            {"traits_or_props": {"k": "true"}},
            {"traits_or_props": {"k": 1}},
            {"traits_or_props": None},
            {"list_details": None},
            {"list_details": {"connected_to_engage_audience": False, "list_name": "x"}},
            {"list_details": {"list_action": True}},
            {"list_details": {"list_action": True, "list_name": "  "}},
        ],
    )
    def test_a_row_that_does_not_say_all_changes_no_list(self, lacking: Payload) -> None:
        event = {
            "computation_class": "audience",
            "computation_key": "k",
            "traits_or_props": {"k": True},
            "list_details": {"connected_to_engage_audience": True},
        }
        assert len(_read(event)[1]) == 1
        assert _read({**event, **lacking})[1] == []


TEXT = st.sampled_from(["", " ", "x", " y ", "A@x.com"])
ITEM = st.fixed_dictionaries(
    {
        "object_type": st.sampled_from(["contact", "0-1", "p1_car", ""]),
        "association_label": TEXT,
        "id_field_name": st.sampled_from(["email", "hs_object_id", " "]),
    },
    optional={"id_field_value": TEXT},
)
PAYLOADS = st.fixed_dictionaries(
    {"association_sync_mode": st.sampled_from(["upsert", "read"])},
    optional={
        "id": st.sampled_from(["a", "b"]),
        "association_label_mode": st.sampled_from(["keep", "replace"]),
        "associations": st.lists(ITEM, max_size=3),
        "dissociations": st.lists(ITEM, max_size=2) | ITEM,
        "list_details": st.fixed_dictionaries(
            {},
            optional={
                "connected_to_engage_audience": st.booleans(),
                "list_name": TEXT,
                "list_action": st.booleans(),
                "should_create_list": st.booleans(),
            },
        ),
        "traits_or_props": st.dictionaries(st.sampled_from(["k", "l"]), st.booleans() | TEXT),
        "computation_key": st.sampled_from(["k", "l", ""]),
        "computation_class": st.sampled_from(["audience", "journey_step", "trait"]),
    },
)


def _plain_links(payload: Payload) -> list[dict[str, Any]]:
    found = []
    for key, remove in (("associations", False), ("dissociations", True)):
        items = payload.get(key, [])
        for item in [items] if isinstance(items, dict) else items:
            kind, label, name, value = (item.get(member, "").strip() for member in _link())
            if not (kind and label and name and value):
                continue
            kind = "contacts" if kind in ("contact", "0-1") else kind
            creates = (
                not remove
                and payload["association_sync_mode"] == "upsert"
                and name != "hs_object_id"
            )
            found.append(
                {
                    "to_type": kind,
                    "label": label,
                    "id_property": name,
                    "id": value.lower() if (kind, name) == ("contacts", "email") else value,
                    "user_id": None,
                    "other_side": "create" if creates else "skip",
                    "remove": remove,
                    "replaces_labels": not remove
                    and payload.get("association_label_mode") == "replace",
                }
            )
    return found


def _plain_lists(payload: Payload) -> list[dict[str, Any]]:
    details = payload.get("list_details", {})
    name, key = details.get("list_name", "").strip(), payload.get("computation_key", "")
    add = details.get("list_action")
    if details.get("connected_to_engage_audience"):
        name = name or key
        add = payload.get("traits_or_props", {}).get(key)
        if not key or payload.get("computation_class") not in ("audience", "journey_step"):
            add = None
    if not name or not isinstance(add, bool):
        return []
    return [{"name": name, "add": add, "create": details.get("should_create_list", False)}]


@given(st.lists(PAYLOADS, min_size=1, max_size=6))
def test_columns_say_the_same_as_one_payload_at_a_time(payloads: list[Payload]) -> None:
    links, lists = _read(*payloads)
    in_order = sorted(payloads, key=lambda payload: payload.get("id", "v"))
    for found, plain in ((links, _plain_links), (lists, _plain_lists)):
        assert found == [
            {"id": payload.get("id", "v"), "to": each}
            for payload in in_order
            for each in plain(payload)
        ]
