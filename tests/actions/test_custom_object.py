"""Custom Object V2: what rows say of a record, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from hubspot_pipeline.actions import ACTIONS, MappingSettings
from hubspot_pipeline.writes import Mode, RecordWrites
from tests.actions.payload_rows import Payload, payload_rows, problems_of, said, writes_of

ACTION = ACTIONS["upsertObject"]


def _payload(value: Any = "v", **more: Any) -> Payload:
    """A payload of a car found by its number plate, unless it says otherwise."""
    details = {"object_type": "p1_car", "id_field_name": "plate", "id_field_value": value}
    details |= {key: more.pop(key) for key in (*details, "property_group") if key in more}
    return {"object_details": details, "association_sync_mode": "upsert", **more}


def _one(*payloads: Payload, mode: Mode | None = "upsert") -> RecordWrites:
    (writes,) = writes_of(ACTION, *payloads, settings=MappingSettings(sync_mode=mode))
    return writes


def _problems(*payloads: Payload, mode: Mode = "upsert") -> list[tuple[int, str, str]]:
    return problems_of(ACTION, *payloads, settings=MappingSettings(sync_mode=mode))


class TestRecords:
    def test_a_record_is_of_a_type_and_found_by_a_property(self) -> None:
        writes = _one(_payload(" B 1 ", properties={"color": "red"}))
        assert (writes.object_type, writes.id_property) == ("p1_car", "plate")
        assert writes.keys.to_pylist() == ["p1_car\x1fplate\x1fB 1"]
        assert writes.ids.to_pylist() == ["B 1"]
        assert (writes.id_is_given, writes.makes_id_property) == (True, False)
        assert said(writes.properties) == [{"color": "red"}]

    @pytest.mark.parametrize("mode", ["add", "update", "upsert"])
    def test_the_sync_mode_says_what_writes_may_do(self, mode: Mode) -> None:
        assert _one(_payload(), mode=mode).modes.to_pylist() == [mode]

    def test_without_a_sync_mode_records_are_only_updated(self) -> None:
        assert _one(_payload(), mode=None).modes.to_pylist() == ["update"]
        assert ACTION.sync_mode == "update"

    def test_one_contact_in_any_spelling_is_one_write(self) -> None:
        spellings = [("contact", "Ann@X.com"), ("contacts", " ann@x.com"), ("0-1", "ANN@X.COM ")]
        writes = _one(
            *(
                _payload(email, object_type=kind, id_field_name="email", properties={name: name})
                for (kind, email), name in zip(spellings, "abc", strict=True)
            )
        )
        assert writes.ids.to_pylist() == ["ann@x.com"]
        assert said(writes.properties) == [{"a": "a", "b": "b", "c": "c"}]

    def test_ids_other_than_e_mail_addresses_keep_their_case(self) -> None:
        assert _one(_payload("aB")).ids.to_pylist() == ["aB"]

    def test_rows_of_other_types_and_id_properties_come_apart(self) -> None:
        kinds = [("deal", "hs_object_id"), ("p1_car", "plate"), ("p1_car", "vin"), ("deals", "vin")]
        found = writes_of(
            ACTION,
            *(_payload("1", object_type=kind, id_field_name=name) for kind, name in kinds * 2),
        )
        assert [(each.object_type, each.id_property, len(each.keys)) for each in found] == [
            ("deals", "hs_object_id", 1),
            ("deals", "vin", 1),
            ("p1_car", "plate", 1),
            ("p1_car", "vin", 1),
        ]

    def test_the_latest_row_is_the_one_with_the_latest_timestamp(self) -> None:
        writes = _one(
            _payload(properties={"a": "1"}, timestamp="2026-01-03T00:00:00Z", event_time=1),
            _payload(properties={"a": "2"}, timestamp="2026-01-02T00:00:00Z", event_time=2),
            _payload(properties={"a": "3"}, timestamp="none", event_time=3),
        )
        assert said(writes.properties) == [{"a": "1"}]
        assert writes.rows.filter(writes.rows["carries"])["position"].to_pylist() == [0]


class TestProperties:
    def test_values_become_text_and_names_those_of_hubspot(self) -> None:
        properties = {
            "My List": ["a", 1],
            "Empty.List": [],
            "o": {"a": 1},
            "truth": " TRUE ",
            "flag": False,
            "id20": "00012345678901234567",
            "n": 5,
            "nothing": None,
            "blank": "  ",
            "clear": "",
        }
        assert said(_one(_payload(properties=properties)).properties) == [
            {
                "my_list": '["a",1]',
                "empty_list": "[]",
                "o": '{"a":1}',
                "truth": "true",
                "flag": "false",
                "id20": "00012345678901234567",
                "n": "5",
                "clear": "",
            }
        ]

    def test_sensitive_ones_are_named_and_win(self) -> None:
        writes = _one(
            _payload(properties={"a": "1", "b": "2"}, sensitive_properties={"A": "secret"})
        )
        assert said(writes.properties) == [{"a": "secret", "b": "2"}]
        assert writes.sensitive == {"a"}

    @pytest.mark.parametrize(
        ("kind", "stage"), [("contact", "lead"), ("0-2", "lead"), ("p1_car", "LEAD")]
    )
    def test_the_stages_of_contacts_and_companies_are_in_lower_case(
        self, kind: str, stage: str
    ) -> None:
        writes = _one(_payload(object_type=kind, properties={"LifecycleStage": " LEAD "}))
        assert said(writes.properties) == [{"lifecyclestage": stage}]

    def test_what_is_created_has_its_id_and_what_is_updated_may_get_another(self) -> None:
        payloads = [
            _payload("a", properties={"plate": "b"}),
            _payload("c", properties={"plate": " c"}),
            _payload("d", properties={"plate": ""}),
        ]
        assert said(_one(*payloads, mode="update").properties) == [{"plate": "b"}, {}, {}]
        assert _one(*payloads, mode="upsert").properties.column_names == []
        assert _one(*payloads, mode="add").properties.column_names == []


class TestDefinitions:
    def test_properties_of_rows_with_a_group_may_be_made(self) -> None:
        rows = payload_rows(
            ACTION,
            [
                _payload(property_group="g", properties={"My N": 1, "day": "2026-01-02", "1x": 2}),
                _payload(property_group="g", properties={"my_n": "x", "plate": "B 1"}),
                _payload(property_group="h", sensitive_properties={"my_n": True}),
                _payload(property_group=" ", properties={"other": 1}),
                _payload(properties={"another": 1}),
                _payload(object_type="deal", property_group="g", properties={"my_n": 5}),
            ],
        )
        assert ACTION.definitions is not None
        found = ACTION.definitions(rows, MappingSettings(sync_mode="update")).to_pylist()
        assert {each.pop("kind") for each in found} == {"record"}
        assert {each.pop("primary_object") for each in found} == {None}
        assert sorted(tuple(each.values()) for each in found) == [
            ("deals", "g", "my_n", "number", False),
            ("p1_car", "g", "day", "date", False),
            ("p1_car", "g", "my_n", "number", False),
            ("p1_car", "g", "my_n", "string", False),
            ("p1_car", "h", "my_n", "bool", True),
        ]

    def test_without_a_group_none_is_made(self) -> None:
        rows = payload_rows(ACTION, [_payload(properties={"a": 1})])
        assert ACTION.definitions is not None
        assert ACTION.definitions(rows, MappingSettings()).num_rows == 0


class TestProblems:
    @pytest.mark.parametrize("member", ["object_type", "id_field_name", "id_field_value"])
    @pytest.mark.parametrize("mode", ["add", "update", "upsert"])
    def test_a_blank_member_is_that_row_s_problem_only(self, member: str, mode: Mode) -> None:
        found = _problems(
            _payload(), _payload(**{member: " "}), _payload(), _payload(**{member: ""}), mode=mode
        )
        assert [(row, field) for row, field, _ in found] == [
            (1, "object_details"),
            (3, "object_details"),
        ]
        assert all(f"object_details.{member} is blank" in reason for _, _, reason in found)

    @pytest.mark.parametrize("field", ["properties", "sensitive_properties"])
    def test_a_name_that_hubspot_cannot_have_is_that_row_s_problem_only(self, field: str) -> None:
        found = _problems(
            _payload(**{field: {"a": 1}}), _payload(**{field: {"a": 1, "1st": 2}}), _payload()
        )
        assert found == [
            (1, field, "the property name '1st' does not start with a letter, as HubSpot's do.")
        ]

    def test_a_record_id_cannot_be_that_of_a_record_to_create(self) -> None:
        payload = _payload("5", id_field_name="hs_object_id")
        ((row, field, _),) = _problems(_payload(), payload, mode="add")
        assert (row, field) == (1, "object_details")
        assert _problems(payload, mode="update") == _problems(payload, mode="upsert") == []


def test_the_default_mapping_has_every_default_of_the_reference_but_batch_settings() -> None:
    defaults = ACTION.default_mapping()
    assert set(defaults) == {
        "association_sync_mode", "association_label_mode", "list_details", "timestamp",
        "traits_or_props", "computation_key", "computation_class",
    }  # fmt: skip
    assert defaults["association_sync_mode"] == "upsert"
    assert defaults["list_details"] == {
        "connected_to_engage_audience": False,
        "should_create_list": True,
    }
    assert ACTION.default_trigger is None
