"""The schemas take what the project takes, and refuse what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hubspot_pipeline.actions import ACTIONS
from hubspot_pipeline.cli.mapping_tester import SPEC_KEYS
from hubspot_pipeline.documents import parse_yaml
from hubspot_pipeline.json_schema import COMPONENT, destination_schema, mapping_schema
from hubspot_pipeline.mapping.shorthand import as_shorthand
from hubspot_pipeline.payloads import compile_payloads
from tests.docs.pages import PAGES, ROOT, blocks
from tests.mapping import generated

DESTINATIONS = Draft202012Validator(destination_schema())
MAPPINGS = Draft202012Validator(mapping_schema())

WRITTEN = [(page.name, block) for page in PAGES for block in blocks(page.read_text("utf-8"))]
PATH = {"@path": "$.traits.a"}


def texts(*roles: str) -> list[Any]:
    """The YAML of the documentation's blocks in these roles."""
    found = [
        pytest.param(block.text, id=f"{name}-{at}")
        for at, (name, block) in enumerate(WRITTEN)
        if block.role in roles
    ]
    assert found
    return found


def destination(**spec: Any) -> Any:
    attributes = {"portal": "1", "mappings": {"contacts": {"action": "upsertContact", **spec}}}
    return {"type": COMPONENT, "attributes": attributes}


def upsert(**fields: Any) -> Any:
    return {"action": "upsertContact", "mapping": {"email": "$.traits.email", **fields}}


def complaints(validator: Draft202012Validator, document: Any) -> list[str]:
    return [error.message for error in validator.iter_errors(document)]


class TestTheSchemas:
    @pytest.mark.parametrize("schema", [destination_schema(), mapping_schema()])
    def test_are_schemas_of_draft_2020_12(self, schema: Any) -> None:
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"].endswith("2020-12/schema")

    @pytest.mark.parametrize("text", texts("destination"))
    def test_take_the_destinations_of_the_documentation(self, text: str) -> None:
        assert complaints(DESTINATIONS, parse_yaml(text)) == []

    @pytest.mark.parametrize("file", sorted((ROOT / "hubspot_pipeline/defs").glob("*/defs.yaml")))
    def test_take_the_projects_own_destinations(self, file: Any) -> None:
        assert complaints(DESTINATIONS, parse_yaml(file.read_text("utf-8"))) == []

    @pytest.mark.parametrize("text", texts("mapping", "directive"))
    def test_take_the_mappings_of_the_documentation(self, text: str) -> None:
        assert complaints(MAPPINGS, parse_yaml(text)) == []

    @pytest.mark.parametrize("file", sorted((ROOT / "docs/examples").glob("contacts*.yaml")))
    def test_take_the_example_files(self, file: Any) -> None:
        assert complaints(MAPPINGS, parse_yaml(file.read_text("utf-8"))) == []

    def test_know_what_a_mapping_file_may_hold(self) -> None:
        assert mapping_schema()["$defs"]["MappingSpec"]["properties"].keys() == SPEC_KEYS

    @pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.key)
    def test_know_every_field_of_an_action(self, action: Any) -> None:
        fields = mapping_schema()["$defs"][action.key]["anyOf"][1]
        named = [key for key, one in fields["properties"].items() if "deprecated" not in one]
        assert named == [field.key for field in action.fields]
        for field in action.fields:
            told = fields["properties"][field.key]
            assert told["title"] == field.label
            assert told.get("description", "") == field.description
            assert told.get("default") == field.default
            assert (field.key in fields["required"]) is field.required

    @pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.key)
    def test_know_every_member_of_a_field(self, action: Any) -> None:
        fields = mapping_schema()["$defs"][action.key]["anyOf"][1]
        for field in action.fields:
            for told in _objects_in(fields["properties"][field.key]) if field.fields else []:
                assert list(told["properties"]) == [member.key for member in field.fields]
                needed = [member.key for member in field.fields if member.required]
                assert told["required"] == needed
                assert told["additionalProperties"] is False
                for member in field.fields:
                    assert told["properties"][member.key]["title"] == member.label


def _objects_in(field: Any) -> list[Any]:
    """The schemas of an object with members: of the field itself, and of the items of its list."""
    schemas = [*field["anyOf"], *field["anyOf"][-1]["items"]["anyOf"]]
    found = [one for one in schemas if "additionalProperties" in one]
    assert len(found) == 2
    return found


class TestMappingsThatCompile:
    @settings(deadline=None)
    @given(generated.mappings)
    def test_are_taken(self, mapping: Any) -> None:
        assert complaints(MAPPINGS, mapping) == []
        assert complaints(MAPPINGS, as_shorthand(mapping)) == []

    @settings(deadline=None)
    @given(
        st.fixed_dictionaries(
            {"email": generated.path_directives},
            optional={
                "company": generated.mappings.filter(lambda value: not _is_plain(value)),
                "city": generated.scalars,
                "properties": st.dictionaries(generated.keys, generated.mappings, max_size=3),
            },
        )
    )
    def test_are_taken_as_an_actions_fields(self, mapping: Any) -> None:
        compile_payloads("upsertContact", None, mapping)
        assert complaints(DESTINATIONS, destination(mapping=mapping)) == []
        assert complaints(MAPPINGS, {"action": "upsertContact", "mapping": mapping}) == []


def _is_plain(value: Any) -> bool:
    """Whether a value is a list or an object, which no text field can take."""
    return isinstance(value, list) or (
        isinstance(value, dict) and not any(key.startswith("@") for key in value)
    )


@pytest.mark.parametrize(
    "mapping",
    [
        upsert(),
        upsert(city=None, zip=10115, phone="", state=[PATH]),
        upsert(properties={"plan": {"@case": {"operator": "upper", "value": "$.traits.plan"}}}),
        upsert(properties="$.traits"),
        upsert(__segment_internal_sync_mode="upsert", enable_batching=True),
        {"action": "upsertContact"},
        {"action": "upsertContact", "mapping": "default", "trigger": None, "dialect": "segment"},
        {"action": "upsertContact", "mapping": PATH},
        {
            "action": "upsertContact",
            "mapping": {
                "__segment_internal_directive": {"@transform": {"apply": {}}},
                "email": "$.a",
            },
        },
        {
            "action": "customEvent",
            "sync_mode": "add",
            "mapping": {
                "event_name": "{{event}}",
                "record_details": {"object_type": "contact", "email": "$.properties.email"},
                "properties": "$.properties",
            },
        },
        {"action": "customEvent", "mapping": {"event_name": "a", "record_details": PATH}},
        {"action": "customEvent", "sync_mode": None, "mapping": "default"},
        {"mapping": PATH},
        {"action": PATH},
        {"action": "upsertContact", "other": PATH},
        "$.traits",
        5,
    ],
)
def test_a_right_mapping_file_is_taken(mapping: Any) -> None:
    assert complaints(MAPPINGS, mapping) == []


@pytest.mark.parametrize(
    "mapping",
    [
        {"action": "upsertContct", "mapping": {}},
        {"action": "upsertContact", "mapping": "defaults"},
        {"action": "upsertContact", "mapping": {"city": "$.traits.city"}},
        {"action": "upsertContact", "triger": "", "mapping": "default"},
        {"action": "upsertContact", "mapping": "default", "trigger": 5},
        {"action": "upsertContact", "mapping": "default", "dialect": "fql"},
        upsert(emial="$.traits.email"),
        upsert(city={"@pth": "$.traits.city"}),
        upsert(city={"name": "London"}),
        upsert(city=["a", "b"]),
        upsert(properties="plain"),
        upsert(properties={"a": {"@path": 5}}),
        upsert(properties={"a": [{"@if": {"then": 1}}]}),
        {"action": "upsertContact", "sync_mode": "upsert", "mapping": "default"},
        {"action": "customEvent", "sync_mode": "mirror", "mapping": "default"},
        {"action": "customEvent", "mapping": {"event_name": "a"}},
        {"action": "customEvent", "mapping": {"event_name": "a", "record_details": {}}},
        {
            "action": "customEvent",
            "mapping": {"event_name": "a", "record_details": {"object_type": "a", "emial": "b"}},
        },
        {"a": {"@path": "$.a", "b": 1}},
        {"a": {"@path": "$.a", "@template": "a"}},
        {"a": {"@case": {"operator": "Upper", "value": "a"}}},
        {"a": {"@case": {"operator": "upper", "value": 5}}},
        {"a": {"@if": {"exist": PATH}}},
        {"a": {"@replace": {"pattern": "", "value": "a"}}},
        {"a": {"@replace": {"pattern": "a", "replacement": "x" * 11, "value": "a"}}},
        {"a": {"@replace": {"pattern": "a", "global": "yes", "value": "a"}}},
        {"a": {"@arrayPath": []}},
        {"a": {"@arrayPath": ["$.a", {}, {}]}},
        {"a": {"@json": {"mode": "encode"}}},
        {"a": {"@flatten": {"value": PATH, "separator": ""}}},
        {"a": {"@merge": {"objects": PATH, "direction": "left"}}},
        {"a": {"@transform": {"apply": "a", "mapping": PATH}}},
        {"@literal": {"@Path": "$.a"}},
    ],
)
def test_a_wrong_mapping_file_is_not_taken(mapping: Any) -> None:
    assert complaints(MAPPINGS, mapping)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"type": "other.Component", "attributes": destination()["attributes"]},
        {**destination(), "atributes": {}},
        {"type": COMPONENT, "attributes": {"portal": "1", "mappings": {}}},
        {"type": COMPONENT, "attributes": {"portal": "1", "maps": {}}},
        {"type": COMPONENT, "attributes": {"mappings": {"a": {"action": "upsertContact"}}}},
        {"type": COMPONENT, "attributes": {"portal": 1, "mappings": {"a": {"action": "a"}}}},
        {
            "type": COMPONENT,
            "attributes": {"portal": "1", "mappings": {"a b": {"action": "upsertContact"}}},
        },
        destination(action="upsertContct"),
        destination(writes="sometimes"),
        destination(mapping={"emial": "$.traits.email"}),
    ],
)
def test_a_wrong_destination_is_not_taken(document: Any) -> None:
    assert complaints(DESTINATIONS, document)
