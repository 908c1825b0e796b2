from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Project

ADA = {
    "type": "identify",
    "userId": "u1",
    "messageId": "m1",
    "timestamp": "2026-01-02T10:00:00Z",
    "traits": {"email": "ada@example.com", "first_name": "Ada", "address": {"city": "London"}},
}
ORDER = {
    "type": "track",
    "userId": "u1",
    "messageId": "m2",
    "event": "Order Completed",
    "timestamp": "2026-01-02T11:00:00Z",
    "properties": {"total": 12.5, "currency": "EUR"},
}
NO_ADDRESS = {"type": "identify", "messageId": "m3", "traits": {"email": "ada at example"}}

UPSERT = {"action": "upsertContact", "trigger": 'type = "identify"', "mapping": "default"}


def json_lines(*events: Any) -> str:
    return "".join(
        (event if isinstance(event, str) else json.dumps(event)) + "\n" for event in events
    )


def mapped(project: Project, mapping: Any, events: str, *args: str) -> list[dict[str, Any]]:
    """What the tester prints for a mapping and JSON lines on standard input."""
    file = project.write("mapping.json", json.dumps(mapping))
    result = project.call("map", file, "--events", "-", *args, stdin=events)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


class TestLines:
    def test_there_is_one_for_each_event_in_order(self, project: Project) -> None:
        assert mapped(project, UPSERT, json_lines(ADA, ORDER, NO_ADDRESS)) == [
            {
                "row": 1,
                "matched": True,
                "payload": {"email": "ada@example.com", "firstname": "Ada", "city": "London"},
            },
            {"row": 2, "matched": False, "payload": None},
            {
                "row": 3,
                "matched": True,
                "error": {
                    "field": "email",
                    "reason": "Email is not a valid e-mail address: 'ada at example'",
                },
            },
        ]

    def test_a_malformed_line_has_its_own(self, project: Project) -> None:
        first, second, third = mapped(project, UPSERT, json_lines(ADA, '{"type": ', ORDER))
        assert (first["row"], third["row"]) == (1, 3)
        assert second["row"] == 2
        assert second["matched"] is False
        assert second["error"]["field"] is None
        assert "not valid JSON" in second["error"]["reason"]

    def test_rows_are_counted_as_lines_of_the_file(self, project: Project) -> None:
        rows = [line["row"] for line in mapped(project, UPSERT, json_lines(ADA, "", ORDER))]
        assert rows == [1, 3]

    def test_no_event_gives_no_line(self, project: Project) -> None:
        assert mapped(project, UPSERT, "") == []


class TestMappings:
    def test_a_bare_mapping_gives_what_its_directives_yield(self, project: Project) -> None:
        bare = {
            "email": {"@path": "$.traits.email"},
            "total": {"@path": "$.properties.total"},
            "text": {"@template": "{{userId}}: {{traits.address.city}}"},
            "nested": {"gone": {"@path": "$.traits.nothing"}, "kept": None},
            "list": [1, "two", False],
        }
        first, second = mapped(project, bare, json_lines(ADA, ORDER))
        assert first["payload"] == {
            "email": "ada@example.com",
            "text": "u1: London",
            "nested": {"kept": None},
            "list": [1, "two", False],
        }
        assert second["payload"]["total"] == 12.5
        assert "email" not in second["payload"]

    def test_a_bare_mapping_is_not_validated(self, project: Project) -> None:
        (line,) = mapped(project, {"email": "anything"}, json_lines(ADA))
        assert line == {"row": 1, "matched": True, "payload": {"email": "anything"}}

    def test_a_bare_mapping_may_be_one_directive(self, project: Project) -> None:
        path = {"@path": "$.traits.address"}
        first, second = mapped(project, path, json_lines(ADA, ORDER))
        assert first["payload"] == {"city": "London"}
        assert second["payload"] is None

    def test_a_bare_mapping_may_have_a_field_called_mapping(self, project: Project) -> None:
        (line,) = mapped(project, {"mapping": {"@path": "$.userId"}}, json_lines(ADA))
        assert line["payload"] == {"mapping": "u1"}

    def test_an_action_coerces_and_leaves_out_what_has_no_value(self, project: Project) -> None:
        mapping = {
            "email": {"@path": "$.traits.email"},
            "zip": 10115,
            "city": "",
            "state": None,
            "phone": {"@path": "$.traits.phone"},
            "properties": {"score": 5, "tags": ["a", "b"]},
        }
        (line,) = mapped(project, {"action": "upsertContact", "mapping": mapping}, json_lines(ADA))
        assert line["payload"] == {
            "email": "ada@example.com",
            "zip": "10115",
            "city": "",
            "properties": {"score": 5, "tags": ["a", "b"]},
        }

    def test_an_action_says_which_rows_it_refuses(self, project: Project) -> None:
        mapping = {"eventName": {"@path": "$.event"}, "utk": {"@path": "$.anonymousId"}}
        spec = {"action": "sendCustomBehavioralEvent", "mapping": mapping}
        good = {**ORDER, "event": "pe1_order", "anonymousId": "t"}
        lines = mapped(project, spec, json_lines(good, {**good, "event": "Order"}, NO_ADDRESS))
        assert lines[0]["payload"] == {"eventName": "pe1_order", "utk": "t"}
        assert [line["error"]["field"] for line in lines[1:]] == ["eventName", "eventName"]

    def test_a_file_may_hold_a_sync_mode(self, project: Project) -> None:
        mapping = {"event_name": "order", "record_details": {"object_type": "contact", "utk": "t"}}
        spec = {"action": "customEvent", "sync_mode": "add", "mapping": mapping}
        (line,) = mapped(project, spec, json_lines(ORDER))
        assert line["payload"] == mapping

    def test_yaml_is_read_without_its_surprises(self, project: Project) -> None:
        file = project.write("mapping.yaml", "{answer: no, day: 2026-01-02, yes: on}\n")
        result = project.call("map", file, "--events", "-", stdin=json_lines(ADA))
        payload = json.loads(result.stdout)["payload"]
        assert payload == {"answer": "no", "day": "2026-01-02", "yes": "on"}

    @pytest.mark.parametrize("name", ["mapping.yaml", "mapping.yml", "mapping"])
    def test_a_bare_path_or_template_in_yaml_is_a_directive(
        self, project: Project, name: str
    ) -> None:
        file = project.write(name, "email: $.traits.email\nname: Hi {{traits.first_name}}\n")
        result = project.call("map", file, "--events", "-", stdin=json_lines(ADA))
        payload = json.loads(result.stdout)["payload"]
        assert payload == {"email": "ada@example.com", "name": "Hi Ada"}

    @pytest.mark.parametrize("name", ["mapping.json", "mapping"])
    def test_a_bare_path_or_template_in_json_is_a_text_as_in_the_original(
        self, project: Project, name: str
    ) -> None:
        mapping = {"email": "$.traits.email", "name": "Hi {{traits.first_name}}"}
        file = project.write(name, json.dumps(mapping))
        result = project.call("map", file, "--events", "-", stdin=json_lines(ADA))
        assert json.loads(result.stdout)["payload"] == mapping

    def test_batch_settings_of_the_original_are_passed_over_in_json_and_refused_in_yaml(
        self, project: Project
    ) -> None:
        mapping = {"email": {"@path": "$.traits.email"}, "enable_batching": True}
        spec = json.dumps({"action": "upsertContact", "mapping": mapping})
        in_json, in_yaml = (
            project.call("map", project.write(name, spec), "--events", "-", stdin=json_lines(ADA))
            for name in ("a.json", "a.yaml")
        )
        assert json.loads(in_json.stdout)["payload"] == {"email": "ada@example.com"}
        assert in_yaml.exit_code == 2
        assert "mapping.enable_batching: Upsert Contact has no such field; leave it out" in (
            in_yaml.stderr
        )


class TestTriggers:
    def test_without_one_every_event_matches(self, project: Project) -> None:
        lines = mapped(
            project, {"action": "upsertContact", "mapping": "default"}, json_lines(ORDER)
        )
        assert [line["matched"] for line in lines] == [True]

    def test_the_option_takes_the_place_of_the_files(self, project: Project) -> None:
        lines = mapped(project, UPSERT, json_lines(ADA, ORDER), "--trigger", 'type = "track"')
        assert [line["matched"] for line in lines] == [False, True]

    def test_the_file_says_in_which_dialect_it_is_read(self, project: Project) -> None:
        trigger = 'type = "track" OR anonymousId = "x"'
        spec = {**UPSERT, "trigger": trigger, "dialect": "segment"}
        matched = [line["matched"] for line in mapped(project, spec, json_lines(ADA, ORDER))]
        assert matched == [False, True]
        option = ("--trigger", 'type = "track" and type = "identify" or')
        matched = [line["matched"] for line in mapped(project, spec, json_lines(ADA), *option)]
        assert matched == [True]

    def test_the_option_also_goes_with_a_bare_mapping(self, project: Project) -> None:
        trigger = ("--trigger", "properties.total > 10")
        lines = mapped(project, {"a": 1}, json_lines(ADA, ORDER), *trigger)
        assert [line["matched"] for line in lines] == [False, True]


def as_csv(*events: dict[str, Any]) -> bytes:
    text = io.StringIO()
    columns = ["type", "userId", "messageId", "event", "timestamp", "traits", "properties"]
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    for event in events:
        writer.writerow({k: json.dumps(v) if isinstance(v, dict) else v for k, v in event.items()})
    return text.getvalue().encode()


def as_parquet(*events: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([{**ORDER, **ADA}, *events]).slice(1), file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "first_row"),
    [
        ("events.jsonl", json_lines(ADA, ORDER).encode(), 1),
        ("events.json", json_lines(ADA, ORDER).encode(), 1),
        ("events.jsonl.gz", gzip.compress(json_lines(ADA, ORDER).encode(), mtime=0), 1),
        ("events.csv", as_csv(ADA, ORDER), 2),  # the line, and the first one is the header
        ("events.parquet", as_parquet(ADA, ORDER), 1),
    ],
)
def test_every_format_gives_the_same_payloads(
    project: Project, name: str, content: bytes, first_row: int
) -> None:
    mapping = {"email": {"@path": "$.traits.email"}, "city": {"@path": "$.traits.address.city"}}
    file = project.write("mapping.json", json.dumps(mapping))
    result = project.call("map", file, "--events", project.write(name, content))
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "row": first_row,
            "matched": True,
            "payload": {"email": "ada@example.com", "city": "London"},
        },
        {"row": first_row + 1, "matched": True, "payload": {}},
    ]


class TestMistakes:
    @pytest.mark.parametrize(
        ("mapping", "message"),
        [
            ("{", "mapping.json:1:2: Expecting property name"),
            ({"email": {"@pth": "$.x"}}, "mapping.email: unknown directive '@pth'"),
            ({**UPSERT, "action": "upsertContct"}, "unknown action 'upsertContct'"),
            ({**UPSERT, "mapping": {"emial": "x"}}, "did you mean 'email'?"),
            ({**UPSERT, "mapping": []}, "is not an object of fields"),
            ({**UPSERT, "triger": ""}, "unknown key 'triger'; did you mean 'trigger'?"),
            ({**UPSERT, "trigger": 5}, "'trigger' must be text"),
            ({**UPSERT, "trigger": "type ="}, "column"),
            ({**UPSERT, "sync_mode": "upsert"}, "Upsert Contact has no sync modes"),
            ({"action": "customEvent", "sync_mode": "mirror"}, "no sync mode 'mirror'"),
            ({**UPSERT, "dialect": "Segment"}, "must be 'strict' or 'segment', not 'Segment'"),
        ],
    )
    def test_in_the_mapping_file_are_told_and_exit_code_2(
        self, project: Project, mapping: Any, message: str
    ) -> None:
        text = mapping if isinstance(mapping, str) else json.dumps(mapping)
        file = project.write("mapping.json", text)
        result = project.call("map", file, "--events", "-", stdin=json_lines(ADA))
        assert result.exit_code == 2
        assert message in result.stderr
        assert result.stdout == ""

    def test_in_the_mapping_file_are_told_all_at_once_each_with_its_line(
        self, project: Project
    ) -> None:
        text = (
            "action: upsertContact\n"
            "trigger: type = x OR\n"
            "mapping:\n"
            "  emial: $.traits.email\n"
            "  firstname: Hi {{$.traits.name}}\n"
            "  properties:\n"
            "    a: {'@pth': $.traits.a}\n"
            "    b:\n"
            "      '@if': {exists: $.traits.b,\n"
            "        then: {'@case': {operator: Upper}}}\n"
        )
        file = project.write("mapping.yaml", text)
        result = project.call("map", file, "--events", "-", stdin="")
        assert result.exit_code == 2
        problems = [line for line in result.stderr.splitlines() if "mapping.yaml:" in line]
        assert [line.removeprefix("error: ")[:55] for line in problems] == [
            "mapping.yaml:2: trigger: column 10 of the trigger: write"[:55],
            "mapping.yaml:4: mapping.emial: Upsert Contact has no such field"[:55],
            "mapping.yaml:5: mapping.firstname: a template's paths begin"[:55],
            "mapping.yaml:7: mapping.properties.a: unknown directive '@pth'"[:55],
            "mapping.yaml:10: mapping.properties.b.@if.then.@case.operator"[:55],
        ]

    def test_in_a_bare_mapping_are_told_with_their_lines(self, project: Project) -> None:
        file = project.write("mapping.json", '{"a": {"@path": 5},\n"b": {"c": {"@pth": 1}}}')
        result = project.call("map", file, "--events", "-", stdin="")
        assert "mapping.json:1: mapping.a.@path: takes text" in result.stderr
        assert "mapping.json:2: mapping.b.c: unknown directive '@pth'" in result.stderr

    def test_in_the_option_are_told_without_a_line(self, project: Project) -> None:
        file = project.write("mapping.yaml", "action: upsertContact\n")
        result = project.call("map", file, "--events", "-", "--trigger", "type =", stdin="")
        assert result.exit_code == 2
        assert result.stderr.startswith("error: column ")

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (("missing.json", "--events", "-"), "missing.json: cannot be read"),
            (("mapping.json", "--events", "missing.csv"), "There is no file missing.csv"),
            (("mapping.json", "--events", "defs"), "defs is a folder"),
            (("mapping.json", "--events", "-", "--trigger", "a b c"), "trigger"),
            (("mapping.json",), "--events"),
        ],
    )
    def test_in_what_is_asked_for_are_told_and_exit_code_2(
        self, project: Project, args: tuple[str, ...], message: str
    ) -> None:
        project.write("mapping.json", "{}")
        result = project.call("map", *args, stdin="")
        assert result.exit_code == 2
        assert message in " ".join(result.stderr.split())
        assert result.stdout == ""

    def test_a_truncated_file_is_told_after_the_lines_that_were_good(
        self, project: Project
    ) -> None:
        whole = gzip.compress(json_lines(*[ADA] * 200).encode())
        file = project.write("events.jsonl.gz", whole[:-20])
        mapping = project.write("mapping.json", "{}")
        result = project.call("map", mapping, "--events", file)
        assert result.exit_code == 2
        assert "events.jsonl.gz" in result.stderr
        assert "Traceback" not in result.stderr
