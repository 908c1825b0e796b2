"""A mapping, and the data it maps, reach no file, no environment, and no network but HubSpot."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import stamina

from hubspot_pipeline.database import open_database
from hubspot_pipeline.destination import DestinationError, load_destination
from hubspot_pipeline.documents import DocumentError, read_document
from hubspot_pipeline.mapping.errors import MappingError
from hubspot_pipeline.orchestration.component import load_destinations
from hubspot_pipeline.payloads import compile_payloads
from tests.acceptance.shop import Shop, track

SOURCES = Path(__file__).parents[2] / "hubspot_pipeline"
SECRET = "s3cret-of-the-environment"
REACHING = (
    "open",
    "os.",
    "socket.",
    "subprocess.",
    "shutil.",
    "import",
    "exec",
    "urllib.",
    "ctypes.",
)
"""What the names of audit events begin with that tell of files, processes, code or the network."""

_watching: list[list[str]] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    for seen in _watching:
        if event.startswith(REACHING):
            seen.append(f"{event} {arguments}")


sys.addaudithook(_watch)


@contextlib.contextmanager
def watched() -> Iterator[list[str]]:
    """Collect all that Python's audit events tell of reaching out."""
    seen: list[str] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)


TEMPLATES = [
    "{% include '/etc/passwd' %}",
    "{% render '../../etc/passwd' %}",
    "{% layout 'x' %}",
    "{% extends '/etc/passwd' %}",
    "{% import 'os' %}",
    "{% liquid include '/etc/passwd' %}",
    "{{ env.CANARY }}",
    "{{ env }}{{ environ }}{{ os.environ.CANARY }}",
    "{{ self }}{{ context }}{{ settings }}{{ globals }}",
    "{{ traits.__class__.__mro__[1].__subclasses__ }}",
    "{{ ''.__class__.__base__ }}",
    "{{ traits.email.__init__.__globals__ }}",
    "{{ traits['__class__'] }}{{ traits.keys }}{{ traits.items }}{{ traits.get }}",
    "{{ 'CANARY' | env }}",
    "{{ '/etc/passwd' | read }}{{ '/etc/passwd' | file }}{{ 'http://127.0.0.1:9/' | fetch }}",
    "{% assign x = '/etc/passwd' | include %}{{ x }}",
    "{{ traits | json }}{{ traits.email | map: '__class__' }}{{ traits | sort: '__doc__' }}",
    "{{ 'now' | date: '%Y' }}",
]
DIRECTIVES: list[Any] = [
    *({"@liquid": each} for each in TEMPLATES),
    *({"@template": each} for each in TEMPLATES),
    *({"@path": path} for path in (
        "$.env.CANARY", "$.__class__", "$['../../etc/passwd']", "$.traits.__class__.__mro__",
        "/etc/passwd", "file:///etc/passwd", "$.'); SELECT * FROM read_text('/etc/passwd') --",
        "$.traits['\"); COPY (SELECT 1) TO ''x.csv'' --']",
    )),
    {"@env": "CANARY"}, {"@file": "/etc/passwd"}, {"@include": "/etc/passwd"},
    {"@url": "http://127.0.0.1:9/"}, {"@python": "1"}, {"@eval": "1"},
    {"@replace": {"pattern": "e", "replacement": "{{ env.CANARY }}", "value": {"@path": "$.type"}}},
    "$CANARY", "${CANARY}", "%CANARY%", "{{ env('CANARY') }}", "file:///etc/passwd",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CANARY", SECRET)
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def evaluated(directive: Any) -> list[Any]:
    """What a directive makes of an event; nothing where it is refused."""
    mapping = {"email": {"@path": "$.traits.email"}, "city": directive}
    try:
        program = compile_payloads("upsertContact", None, mapping, has_shorthand=True)
    except MappingError:
        return []
    events = pa.table({"type": ["identify"], "traits": [{"email": "a@x.com"}]})
    columns = program.program.evaluate_fields(events, ["city"])
    made = columns["city"]
    return [*made.json().to_pylist(), *(made.errors.to_pylist() if made.errors is not None else [])]


def test_no_directive_reaches_anything_but_the_event() -> None:
    for directive in DIRECTIVES:
        evaluated(directive)  # what Python loads at first use is not theirs
    with watched() as seen:
        made = [(directive, evaluated(directive)) for directive in DIRECTIVES]
    assert seen == []
    told = repr([values for _, values in made])
    for forbidden in (SECRET, "root:", "<class", "<built-in", "<bound", "function"):
        assert forbidden not in told


QUERIES = [
    "SELECT * FROM read_text('{file}')",
    "SELECT * FROM '{file}'",
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')",
    "SELECT * FROM glob('/*')",
    "COPY (SELECT 1) TO '{file}.copy'",
    "EXPORT DATABASE '{file}.export'",
    "ATTACH '{file}.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SELECT getenv('CANARY')",
    "SELECT * FROM secret_of_python",
    "SET enable_external_access = true",
    "SET temp_directory = '/tmp'",
    "SELECT * FROM duckdb_secrets()",
    "CREATE SECRET (TYPE http, BEARER_TOKEN 'x')",
]


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_reaches_anything_but_its_tables(query: str, tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("a,b\n1,2\n")
    secret_of_python = pa.table({"a": [1]})
    with open_database() as database, pytest.raises(duckdb.Error):
        database.execute(query.format(file=file)).fetchall()
    assert sorted(tmp_path.iterdir()) == [file]
    assert secret_of_python.num_rows == 1


def test_every_database_is_opened_closed_in() -> None:
    opening = [
        str(file.relative_to(SOURCES))
        for file in SOURCES.rglob("*.py")
        if "duckdb.connect(" in file.read_text(encoding="utf-8")
    ]
    assert opening == ["database.py"]


TAGS = [
    "!!python/object/apply:os.system ['touch {file}']",
    "!!python/object/new:os.system ['touch {file}']",
    "!!python/name:os.environ",
    "!!python/module:os",
    "!!python/object/apply:builtins.open ['{file}', 'w']",
    "!include /etc/passwd",
    "!ENV ${{CANARY}}",
    "!env CANARY",
]


@pytest.mark.parametrize("tag", TAGS)
def test_no_yaml_tag_makes_anything_but_text_numbers_lists_and_objects(
    tag: str, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    file = tmp_path / "defs" / "shop" / "defs.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(
        "type: hubspot_pipeline.orchestration.component.HubSpotDestination\n"
        "attributes:\n  portal: '1'\n  mappings:\n    a:\n      action: upsertContact\n"
        f"      mapping:\n        email: {tag.format(file=made)}\n"
    )
    with pytest.raises(DocumentError, match="could not determine a constructor"):
        read_document(file)
    with pytest.raises(DestinationError):
        load_destination(file)
    with pytest.raises(Exception, match=r"constructor|tag"):
        load_destinations(tmp_path / "defs")
    assert not made.exists()


def test_dagster_renders_nothing_into_a_mapping(tmp_path: Path) -> None:
    file = tmp_path / "defs" / "shop" / "defs.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(
        "type: hubspot_pipeline.orchestration.component.HubSpotDestination\n"
        "attributes:\n  portal: '1'\n  mappings:\n    a:\n      action: upsertContact\n"
        "      mapping:\n"
        "        email: '{{ env.CANARY }}'\n"
        "        city: '{{ env(\"CANARY\") }}'\n"
    )
    with contextlib.suppress(DestinationError):
        definitions = load_destinations(tmp_path / "defs")
        assert SECRET not in repr(definitions.resolve_all_asset_specs())
    assert SECRET not in repr(load_destination(file))


HOSTILE_NAMES = [
    "..", ".", "../../oauth/v1/access-tokens", "contacts/batch/archive",
    "contacts?archived=true", "contacts#", "contacts%2F..", "http://127.0.0.1:9/",
    "\\..\\", "contacts\r\nX-Evil: 1",
    "0-1/../x",
]  # fmt: skip


OBJECT: dict[str, Any] = {
    "action": "upsertObject",
    "trigger": 'type = "track"',
    "sync_mode": "upsert",
    "mapping": {
        "object_details": {
            "object_type": "$.properties.type",
            "id_field_name": "$.properties.key",
            "id_field_value": "$.properties.value",
        },
        "association_sync_mode": "upsert",
        "list_details": {
            "list_name": "$.properties.list",
            "list_action": True,
            "should_create_list": True,
        },
    },
}
EVENT: dict[str, Any] = {
    "action": "customEvent",
    "trigger": 'type = "track"',
    "sync_mode": "upsert",
    "mapping": {
        "event_name": "$.properties.event",
        "record_details": {"object_type": "$.properties.type", "object_id": "$.properties.id"},
    },
}


def test_names_in_the_data_lead_to_no_other_call_and_harm_no_other_row(shop: Shop) -> None:
    good = {"type": "contact", "key": "email", "value": "a@x.com"}
    events = [track("T", 0, **good)]
    for name in HOSTILE_NAMES:
        for field in ("type", "key", "list", "value"):
            events.append(
                track("T", len(events), **{**good, "value": f"{len(events)}@x.com", field: name})
            )
    run = shop.run(OBJECT, events)
    assert run.verdicts[0] == "delivered", run.rows[0]["reason"]
    routes = {arrival.route for arrival in run.arrivals}
    assert not [
        route for route in routes if route is None or "archive" in route or "oauth" in route
    ]
    assert {"undelivered"}.isdisjoint(run.verdicts)


def test_event_names_in_the_data_lead_to_no_other_call(shop: Shop) -> None:
    events = [
        track("T", at, event=name, type="contact", id="1") for at, name in enumerate(HOSTILE_NAMES)
    ]
    events.append(track("T", 99, event="fine", type="contact", id="1"))
    run = shop.run(EVENT, events)
    assert run.verdicts[-1] == "delivered", run.rows[-1]["reason"]
    assert {arrival.route.split(".")[0] for arrival in run.arrivals} <= {
        "event_definitions", "events", "properties", "schemas", "account", "objects",
    }  # fmt: skip
