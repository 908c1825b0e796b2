"""JSON Schemas of destinations and mapping files, by which editors complete and check them.

A schema may take what the compiler refuses (a path within a text, an option that depends on
another one), but never refuses a mapping of which any event could have a payload.
"""

from __future__ import annotations

from typing import Any

from hubspot_pipeline.actions import ACTIONS, Action
from hubspot_pipeline.destination import Destination
from hubspot_pipeline.mapping.directives.reading import ROOT_DIRECTIVE
from hubspot_pipeline.mapping.fields import Field
from hubspot_pipeline.mapping.grammar import (
    GRAMMAR,
    Argument,
    Flag,
    ObjectOrDirective,
    Options,
    Places,
    Text,
    TextOrDirective,
    Values,
    Word,
)
from hubspot_pipeline.mapping.shorthand import PATH, TEMPLATE
from hubspot_pipeline.payloads import BATCH_SETTINGS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
COMPONENT = "hubspot_pipeline.orchestration.component.HubSpotDestination"
SPEC_KEYS = ("action", "trigger", "dialect", "sync_mode", "mapping")
"""What a mapping file may hold beside each other; without an action it is a bare mapping."""

_VALUE: Schema = {"$ref": "#/$defs/value"}
_DIRECTIVE: Schema = {"$ref": "#/$defs/directive"}
_OBJECT: Schema = {"$ref": "#/$defs/object"}
_UNDER_ONE_DIRECTIVE: Schema = {"$ref": "#/$defs/under_one_directive"}
_SHORTHAND: Schema = {
    "type": "string",
    "pattern": f"{PATH}|{TEMPLATE}",
    "description": "Shorthand, in YAML only: a path of the event, or a template.",
}


def destination_schema() -> Schema:
    """Return the schema of a destination's ``defs.yaml``."""
    attributes = Destination.model_json_schema()
    parts = attributes.pop("$defs")
    attributes["properties"].pop("name")
    attributes["required"].remove("name")
    attributes["properties"]["mappings"]["additionalProperties"] = False
    parts["MappingSpec"] = _for_each_action(parts["MappingSpec"])
    return {
        "$schema": DIALECT,
        "title": "A destination of hubspot-pipeline",
        "type": "object",
        "properties": {
            "type": {"const": COMPONENT, "description": "What Dagster makes of this file."},
            "attributes": attributes,
            "requirements": {"type": "object"},
            "post_processing": {"type": "object"},
            "template_vars_module": {"type": "string"},
        },
        "required": ["type", "attributes"],
        "additionalProperties": False,
        "$defs": parts | _language(),
    }


def mapping_schema() -> Schema:
    """Return the schema of a mapping file, as ``hubspot-pipeline map`` reads it."""
    spec = Destination.model_json_schema()["$defs"]["MappingSpec"]
    spec["properties"] = {key: spec["properties"][key] for key in SPEC_KEYS}
    spec["properties"]["trigger"]["description"] = "FQL that picks the events; by default all."
    names_an_action = {
        "type": "object",
        "properties": {"action": {"type": "string"}},
        "required": ["action"],
        "anyOf": [
            {"required": ["mapping"]},
            {
                "properties": {"action": {"enum": list(ACTIONS)}},
                "propertyNames": {"enum": list(SPEC_KEYS)},
            },
        ],
    }
    described = {key: {"description": spec["properties"][key]["description"]} for key in SPEC_KEYS}
    return {
        "$schema": DIALECT,
        "title": "A mapping of hubspot-pipeline",
        "properties": described,
        "if": names_an_action,
        "then": {"$ref": "#/$defs/MappingSpec"},
        "else": {"anyOf": [_VALUE, _UNDER_ONE_DIRECTIVE]},
        "$defs": {"MappingSpec": _for_each_action(spec), **_language()},
    }


def _for_each_action(spec: Schema) -> Schema:
    """Return the schema of a mapping's options, as the action that it names has them."""
    spec["properties"]["action"]["enum"] = list(ACTIONS)
    spec["properties"]["mapping"] = {"description": spec["properties"]["mapping"]["description"]}
    spec["allOf"] = [
        {
            "if": {"properties": {"action": {"const": key}}, "required": ["action"]},
            "then": {
                "properties": {
                    "mapping": {"$ref": f"#/$defs/{key}"},
                    "sync_mode": _sync_mode(action),
                }
            },
        }
        for key, action in ACTIONS.items()
    ]
    return spec


def _sync_mode(action: Action) -> Schema:
    """Return the schema of an action's sync mode."""
    if action.sync_mode is None:
        return {"type": "null", "description": f"{action.title} has no sync modes."}
    return {"default": action.sync_mode}


def _language() -> Schema:
    """Return the definitions that every mapping uses, and each action's fields by its key."""
    return {
        "value": {
            "anyOf": [
                _DIRECTIVE,
                {"type": ["string", "number", "boolean", "null"]},
                {"type": "array", "items": _VALUE},
                _OBJECT,
            ]
        },
        "object": {
            "type": "object",
            "propertyNames": {"not": {"pattern": "^@"}},
            "additionalProperties": _VALUE,
        },
        "under_one_directive": {
            "type": "object",
            "properties": {
                ROOT_DIRECTIVE: {
                    "description": "One directive; all other keys become its mapping.",
                    "type": "object",
                    "propertyNames": {"enum": list(GRAMMAR)},
                    "additionalProperties": {"type": "object"},
                    "minProperties": 1,
                    "maxProperties": 1,
                }
            },
            "required": [ROOT_DIRECTIVE],
            "propertyNames": {"not": {"pattern": "^@"}},
            "additionalProperties": _VALUE,
        },
        "directive": {
            "description": "A directive: an object with one key that begins with @.",
            "type": "object",
            "properties": {
                **{
                    name: {"description": one.yields, **_argument(one.argument)}
                    for name, one in GRAMMAR.items()
                },
                "_metadata": {"description": "Anything; it says nothing to the mapping."},
            },
            "additionalProperties": False,
            "oneOf": [{"required": [name]} for name in GRAMMAR],
        },
        **{action.key: _fields(action) for action in ACTIONS.values()},
    }


def _argument(argument: Argument) -> Schema:  # one return for each kind
    """Return the schema of what a directive, or one of its options, takes."""
    match argument:
        case Text():
            text: Schema = {"type": "string"}
            if argument.shortest:
                text["minLength"] = argument.shortest
            if argument.longest is not None:
                text["maxLength"] = argument.longest
            return {"anyOf": [text, _DIRECTIVE]} if argument.or_directive else text
        case TextOrDirective():
            return {"anyOf": [_DIRECTIVE, {"type": "string"}]}
        case ObjectOrDirective():
            return {"anyOf": [_DIRECTIVE, _SHORTHAND, _OBJECT]}
        case Word():
            return {"enum": list(argument.words)}
        case Flag():
            return {"type": ["boolean", "null"]}
        case Values():
            return {"type": "array", "items": _VALUE}
        case Places():
            places = [_argument(one) for one in argument.arguments]
            return {
                "type": "array",
                "prefixItems": places,
                "minItems": 1,
                "maxItems": len(places),
            }
        case Options():
            return _options(argument)
        case _:
            return dict(_VALUE)


def _options(options: Options) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": {name: _argument(one) for name, one in options.arguments.items()},
        "required": list(options.needed),
        "additionalProperties": False,
    }
    if options.needed_one_of:
        schema["anyOf"] = [{"required": [name]} for name in options.needed_one_of]
    return schema


def _fields(action: Action) -> Schema:
    """Return the schema of an action's mapping."""
    return {
        "description": action.description,
        "anyOf": [
            {"const": "default", "description": "Each field's default directive."},
            _with_batch_settings(_members(action.fields)),
            _DIRECTIVE,
            _UNDER_ONE_DIRECTIVE,
        ],
    }


def _with_batch_settings(members: Schema) -> Schema:
    """Return the schema of fields that may stand beside settings which mean nothing here."""
    passed_over = {
        "deprecated": True,
        "description": "Passed over in JSON, refused in YAML: everything is sent in batches.",
    }
    settings = dict.fromkeys(sorted(BATCH_SETTINGS), passed_over)
    return {**members, "properties": {**settings, **members["properties"]}}


def _members(fields: tuple[Field, ...]) -> Schema:
    return {
        "type": "object",
        "properties": {field.key: _field(field) for field in fields},
        "patternProperties": {"^__segment_internal_(?!directive)": True},
        "required": [field.key for field in fields if field.required],
        "additionalProperties": False,
    }


def _field(field: Field) -> Schema:
    """Return the schema of a field: its literals, or any directive."""
    literal = _literal(field)
    # A list of one counts as its item, and a single value as a list of one.
    items: Schema = {"type": "array", "items": {"anyOf": [_DIRECTIVE, _SHORTHAND, *literal]}}
    if not field.multiple:
        items["maxItems"] = 1
    schema: Schema = {
        "title": field.label,
        "anyOf": [_DIRECTIVE, *literal, _SHORTHAND, {"type": "null"}, items],
    }
    if field.description:
        schema["description"] = field.description
    if field.default is not None:
        schema["default"] = field.default
    return schema


def _literal(field: Field) -> list[Schema]:
    if field.type == "object":
        return [_members(field.fields) if field.fields else _OBJECT]
    if field.choices:
        return [{"enum": ["", *field.choices]}]
    return [{"type": ["string", "number", "boolean"]}]
