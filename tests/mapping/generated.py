"""Mappings, triggers and events of every shape, and the same events as structs and as JSON text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.mapping.reference.triggers import Word

Strategy = SearchStrategy[Any]

KEYS = ["a", "b", "c", "length", "0", "x y", "é", "a~b/c", "it's"]
TEXTS = [
    "", "a", "B", "  ", "ß", "İstanbul", "ΟΔΟΣ", "😀x", "true", "null", "5", "0", "{{traits.a}}",
    "{{", "}}",
    "traits.a", "$.traits.b", 'say "hi"\\\n', "\x01", "/", "ﬁ",
]  # fmt: skip
NUMBERS = [
    0, -0.0, 1, -1, 5, 1.0, 0.1, -2.5, 100.50, 1e15, 1e16, 123456789012, 2**53, 2**53 + 1, -(2**60),
    12345678901234567890, 1e20, 1e21, 1.5e300, 0.0001, 0.000001, 1e-7, 1.25e-9,
]  # fmt: skip

texts = st.sampled_from(TEXTS) | st.text(max_size=4)
numbers = st.sampled_from(NUMBERS) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts
keys = st.sampled_from(KEYS)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
documents = st.dictionaries(keys, values, max_size=5)

_event_fields = {"type": texts, "event": texts, "userId": texts, "timestamp": texts}
_document_fields = ("traits", "properties", "context")
_fields_in_order = (*_event_fields, *_document_fields)


def in_field_order(event: dict[str, Any]) -> dict[str, Any]:
    """An event as a table holds it: its columns have one order, whatever the event's own was."""
    return {name: event[name] for name in _fields_in_order if name in event}


events = st.fixed_dictionaries(
    {}, optional={**_event_fields, **dict.fromkeys(_document_fields, documents)}
).map(in_field_order)

# --- events whose every path has one type, as Parquet's structs have ------------------------------


@dataclass(frozen=True)
class Shape:
    """The type of a path: an Arrow type for scalars, "json", ["list", item], {key: shape}."""

    kind: object


_plain_leaves = st.sampled_from([pa.string(), pa.int64(), pa.float64(), pa.bool_()]).map(Shape)


def _objects(inner: Strategy) -> Strategy:
    return st.dictionaries(keys, inner, min_size=1, max_size=4).map(Shape)


def _lists(inner: Strategy) -> Strategy:
    return inner.map(lambda shape: Shape(["list", shape]))


_plain_shapes = st.recursive(
    _plain_leaves, lambda inner: _objects(inner) | _lists(inner), max_leaves=3
)
# Mixed values stand beside plain ones in structs (dotted columns put together), never inside lists.
_shapes = st.recursive(_plain_shapes | st.just(Shape("json")), _objects, max_leaves=4)
struct_shapes = _objects(_shapes)
plain_struct_shapes = _objects(_plain_shapes)


def values_of(shape: Shape) -> Strategy:
    """Values of a shape; a dictionary may lack any of its keys, a list may hold null."""
    kind = shape.kind
    if isinstance(kind, dict):
        members = st.fixed_dictionaries(
            {}, optional={key: values_of(one) for key, one in kind.items()}
        )
        return members.map(lambda found: {key: found[key] for key in kind if key in found})
    if isinstance(kind, list):
        return st.lists(st.none() | values_of(kind[1]), max_size=3)
    return {
        "json": values,
        pa.string(): texts,
        pa.bool_(): st.booleans(),
        pa.int64(): st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3),
        pa.float64(): numbers.map(float),
    }[kind]


def array_of(shape: Shape, items: list[Any]) -> pa.Array:
    """Values of a shape as an Arrow array; None (a key that is not there) as null."""
    kind = shape.kind
    if kind == "json":
        return json_array(items)
    if isinstance(kind, dict):
        children = {
            key: array_of(one, [None if item is None else item.get(key, _ABSENT) for item in items])
            for key, one in kind.items()
        }
        mask = pa.array([item is None or item is _ABSENT for item in items], pa.bool_())
        return pa.StructArray.from_arrays(list(children.values()), names=list(children), mask=mask)
    items = [None if item is _ABSENT else item for item in items]
    if isinstance(kind, list):
        flat = [part for item in items for part in item or ()]
        offsets = [0]
        for item in items:
            offsets.append(offsets[-1] + len(item or ()))
        mask = pa.array([item is None for item in items], pa.bool_())
        return pa.ListArray.from_arrays(
            pa.array(offsets, pa.int32()), array_of(kind[1], flat), mask=mask
        )
    return pa.array(items, kind)


class _Absent:
    """A key that is not there (in a JSON column, None is JSON's null)."""

    def get(self, _key: str, default: Any) -> Any:
        return default


_ABSENT = _Absent()


def json_array(items: list[Any]) -> pa.Array:
    """Values as an arrow.json array; absent ones as null."""
    texts_ = [None if item is _ABSENT else json.dumps(item) for item in items]
    return pa.ExtensionArray.from_storage(pa.json_(), pa.array(texts_, pa.string()))


@st.composite
def struct_events(draw: Any, of_document: Strategy = struct_shapes) -> tuple[list[Any], pa.Table]:
    """(events, table): events whose documents fit one shape each, and the table of structs."""
    shapes = {name: draw(of_document) for name in _document_fields}
    rows = draw(
        st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    **_event_fields,
                    **{name: values_of(shape) for name, shape in shapes.items()},
                },
            ).map(in_field_order),
            max_size=4,
        )
    )
    return rows, _table(
        rows, {name: lambda items, name=name: array_of(shapes[name], items) for name in shapes}
    )


def json_table(rows: list[Any]) -> pa.Table:
    """Events as a table whose documents are JSON text."""
    return _table(rows, dict.fromkeys(_document_fields, json_array))


def event_array(rows: list[Any]) -> pa.Array:
    """Whole events as JSON text."""
    return json_array(rows)


def _table(rows: list[Any], documents_of: dict[str, Any]) -> pa.Table:
    columns = {
        name: pa.array([row.get(name) for row in rows], pa.string()) for name in _event_fields
    }
    for name, build in documents_of.items():
        columns[name] = build([row.get(name, _ABSENT) for row in rows])
    return pa.table(columns)


# --- mappings ------------------------------------------------------------------------------------

_heads = st.sampled_from(["traits", "properties", "context", "userId", "event", "nowhere"])


@st.composite
def paths(draw: Any) -> str:
    """Paths as people write them: dots, brackets, quotes, odd ones."""
    text = draw(_heads)
    for key in draw(st.lists(keys, max_size=3)):
        form = draw(st.sampled_from(["dot", "dot", "dot", "quoted", "index"]))
        if form == "dot":
            text += "." + key
        elif form == "quoted":
            text += f"['{key}']"
        else:
            text += f"[{draw(st.integers(0, 2))}]"
    return draw(st.sampled_from(["$.", "$.", "$.", "", "$"])) + text


odd_paths = st.sampled_from(
    ["", ".", "$.", "$", "..", "$.traits.", "traits[x]", "a]", "$.traits.['a b']"]
)
all_paths = paths() | odd_paths
path_directives = all_paths.map(lambda text: {"@path": text})
relative = st.lists(keys, max_size=2).map(lambda parts: {"@path": "$." + ".".join(parts)})
"""Paths from an item of a list, or from what another mapping made."""
template_texts = st.lists(
    texts
    | all_paths.map(lambda path: "{{" + path.removeprefix("$.") + "}}")
    | all_paths.map(lambda path: "{{{ " + path.removeprefix("$.") + " }}}")
    | st.sampled_from(
        ["{{", "}}", "{", "}", "{{{", " {{ traits.a }} ", "{{ {{{traits.a}}} }}", "{{}}", "{{ }}"]
    ),
    max_size=4,
).map("".join)


@st.composite
def _liquid_values(draw: Any) -> str:
    """A path as Liquid writes it, with filters."""
    text = draw(st.sampled_from(["traits", "properties", "context", "userId", "event"]))
    for key in draw(st.lists(keys, max_size=3)):
        text += f".{key}" if key.isidentifier() else f'["{key}"]'
    text += draw(st.sampled_from(["", "", "", "[0]", "[-1]", ".size", ".first", "[event]"]))
    filters = ["upcase", "json", "default: 'd'", "plus: 1", "join: '-'", "append: traits.a", "size"]
    return " | ".join([text, *draw(st.lists(st.sampled_from(filters), max_size=2))])


_liquid_outputs = _liquid_values().map("{{{{ {} }}}}".format)
liquid_templates = st.lists(
    _liquid_outputs
    | st.sampled_from(["text ", "{% assign a = traits.b %}{{ a }}", "{{ 1 | append }}"])
    | st.builds(
        "{{% if {} {} {} %}}{}{{% endif %}}".format,
        _liquid_values().map(lambda text: text.split(" | ")[0]),
        st.sampled_from(["==", "!=", "<", "contains", "and"]),
        st.sampled_from(["traits.a", "nil", "'a'", "1", "blank", "true"]),
        _liquid_outputs,
    ),
    max_size=3,
).map("".join)


def _directives(inner: Strategy) -> Strategy:
    conditions = st.sampled_from(["exists", "blank"])
    return (
        st.builds(
            lambda test, subject, branches: {"@if": {test: subject, **branches}},
            conditions,
            path_directives | inner.filter(bool),
            st.fixed_dictionaries({}, optional={"then": inner, "else": inner}),
        )
        | st.builds(
            lambda operator, value: {"@case": {"operator": operator, "value": value}},
            st.sampled_from(["lower", "upper"]),
            texts | _directives_of(inner),
        )
        | inner.map(lambda value: {"@literal": value})
        | template_texts.map(lambda text: {"@template": text})
        | liquid_templates.map(lambda text: {"@liquid": text})
        | st.dictionaries(keys, inner, max_size=3)
        | st.lists(inner, max_size=3)
        | _object_directives(inner)
        | st.builds(
            lambda name, value: {name: value},
            st.sampled_from(["@path", "@template"]),
            _directives_of(inner),
        )
    )


def _object_directives(inner: Strategy) -> Strategy:
    """The directives that make objects and lists, or take them apart."""
    truthy = inner.filter(lambda value: bool(value) or isinstance(value, (list, dict)))
    shapes = st.dictionaries(keys, relative | inner, min_size=1, max_size=3) | relative
    return (
        st.builds(
            lambda path, shape: {"@arrayPath": [path, *shape]},
            all_paths | path_directives,
            st.lists(shapes, max_size=1),
        )
        | st.builds(
            lambda mode, value: {"@json": {"mode": mode, "value": value}},
            st.sampled_from(["encode", "decode"]),
            path_directives | truthy,
        )
        | st.builds(
            lambda value, separator, more: {
                "@flatten": {"value": value, "separator": separator, **more}
            },
            path_directives | inner,
            st.sampled_from(["_", ".", "--"]),
            st.fixed_dictionaries({}, optional={"omitArrays": st.booleans()}),
        )
        | st.builds(
            lambda objects, direction: {"@merge": {"objects": objects, "direction": direction}},
            st.lists(
                path_directives | st.dictionaries(keys, inner, max_size=3) | inner, max_size=3
            ),
            st.sampled_from(["left", "right"]),
        )
        | st.builds(
            lambda apply, mapping: {"@transform": {"apply": apply, "mapping": mapping}},
            st.dictionaries(keys, inner, max_size=3) | path_directives,
            relative | st.dictionaries(keys, relative, min_size=1, max_size=3) | truthy,
        )
        | (path_directives | inner).map(lambda value: {"@excludeWhenNull": value})
        | _replacements(inner)
    )


def _directives_of(inner: Strategy) -> Strategy:
    return inner.filter(lambda value: isinstance(value, dict) and _is_directive(value))


def _replacements(inner: Strategy) -> Strategy:
    patterns = st.sampled_from(["a", "b", "A", "ß", "ﬁ", ".", "é", "tr", " ", "k", "\u212a", "$"])
    inserts = st.sampled_from(["", "x", "$&", "$$", "$`", "$'", "$1", "\\0", "[$&]"])
    return st.builds(
        lambda value, options: {"@replace": {"value": value, **options}},
        path_directives
        | inner.filter(lambda value: isinstance(value, dict) and _is_directive(value)),
        st.fixed_dictionaries(
            {"pattern": patterns},
            optional={
                "replacement": inserts,
                "pattern2": patterns,
                "replacement2": inserts,
                "global": st.booleans(),
                "ignorecase": st.booleans(),
            },
        ),
    )


def _is_directive(value: Any) -> bool:
    return any(key.startswith("@") for key in value)


mappings = st.recursive(path_directives | path_directives | scalars, _directives, max_leaves=6)

# --- triggers ------------------------------------------------------------------------------------

_fields = st.sampled_from([("type",), ("event",), ("name",), ("userId",)]) | st.tuples(
    st.sampled_from(["properties", "traits", "context"]), st.sampled_from(["a", "b", "c"])
).flatmap(lambda path: st.just(path) | st.sampled_from(["a", "b"]).map(lambda key: (*path, key)))
_not_type = _fields.filter(lambda field: field != ("type",))
_plain_texts = texts.filter(lambda text: '"' not in text)
_trigger_values = (
    _plain_texts
    | st.sampled_from([0, 1, -1, 5, 2.5, 0.1])
    | st.sampled_from([Word("true"), Word("false"), Word("null"), Word("a"), Word("B")])
)
_comparisons = st.tuples(
    st.just("compare"), _fields, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), _trigger_values
)
_conditions = _comparisons.filter(lambda one: not _is_taken_for_text(*one[1:])) | st.tuples(
    st.just("contains"), _not_type, _plain_texts, st.booleans()
) | st.tuples(
    st.just("match"),
    _not_type,
    _plain_texts.map(lambda text: text.replace("*", "")).flatmap(
        lambda text: st.sampled_from([text + "*", "*" + text])
    ),
    st.booleans(),
)  # fmt: skip


def _is_taken_for_text(field: tuple[str, ...], operator: str, value: Any) -> bool:
    """Whether the strict dialect refuses a comparison, as it is with a text unawares."""
    if operator not in ("=", "!="):
        return False
    if value in (Word("true"), Word("false")) and isinstance(value, Word):
        return operator == "!=" or field[0] in ("type", "event", "name")
    if isinstance(value, Word):
        return value == "null" and field[0] in ("type", "event")
    return not isinstance(value, str) and field[0] in ("type", "event", "name", "userId")


triggers = st.recursive(
    _conditions,
    lambda inner: st.tuples(
        st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)
    ),
    max_leaves=5,
)
