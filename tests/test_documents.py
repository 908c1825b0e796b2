"""How YAML and JSON are read, and where in them things stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hubspot_pipeline.documents import DocumentError, parse_yaml, read_document


def write(folder: Path, name: str, text: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


class TestYaml:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("a: no", {"a": "no"}),
            ("a: on", {"a": "on"}),
            ("a: 2026-01-02", {"a": "2026-01-02"}),
            ("a: true", {"a": True}),
            ("a: False", {"a": False}),
            ("a: ~", {"a": None}),
            ("a: 5", {"a": 5}),
            ("1: a\ntrue: b\n~: c", {"1": "a", "true": "b", "~": "c"}),
            ("x: &x {a: 1}\ny: {<<: *x, b: 2}", {"x": {"a": 1}, "y": {"a": 1, "b": 2}}),
            ("x: &x {a: 1}\ny: {<<: *x, a: 2}", {"x": {"a": 1}, "y": {"a": 2}}),
        ],
    )
    def test_is_read_without_surprises(self, text: str, value: Any) -> None:
        assert parse_yaml(text) == value

    def test_a_key_that_is_written_twice_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(
            DocumentError, match=r"a\.yaml:3:1: .* the key 'email' is written twice"
        ):
            read_document(write(tmp_path, "a.yaml", "email: a\ncity: b\nemail: c\n"))


class TestKinds:
    @pytest.mark.parametrize(
        ("name", "text", "has_shorthand"),
        [
            ("a.json", '{"a": 1}', False),
            ("a.JSON", '{"a": 1}', False),
            ("a", '{"a": 1}', False),
            ("a.txt", '{"a": 1}', False),
            ("a.yaml", '{"a": 1}', True),
            ("a.yml", "a: 1", True),
            ("a", "a: 1", True),
        ],
    )
    def test_only_yaml_has_shorthand(
        self, tmp_path: Path, name: str, text: str, has_shorthand: bool
    ) -> None:
        document = read_document(write(tmp_path, name, text))
        assert document.value == {"a": 1}
        assert document.has_shorthand is has_shorthand

    def test_a_byte_order_mark_is_no_part_of_the_text(self, tmp_path: Path) -> None:
        assert read_document(write(tmp_path, "a.json", b"\xef\xbb\xbf1")).value == 1


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("name", "text", "message"),
        [
            ("a.json", '{"a": 1,\n "b" 2}', r"a\.json:2:6: Expecting ':' delimiter\."),
            ("a.json", "a: 1", r"a\.json:1:1: Expecting value\."),
            ("a.yaml", "a: 1\nb: [", r"a\.yaml:2:5: is not valid YAML: "),
            ("a.yaml", "a: \x01", r"a\.yaml: is not valid YAML: "),
            ("a", "{a: ", r"a:1:5: is not valid JSON nor YAML: "),
            ("a.json", "[" * 5000, r"a\.json: is nested hundreds of levels deep\."),
            ("a.yaml", "a: " + "[" * 500 + "]" * 500, "is nested hundreds of levels deep"),
            ("a.yaml", b"a: \xff", r"a\.yaml: is not UTF-8 text \(byte 3\)\."),
        ],
    )
    def test_is_told_with_its_place(
        self, tmp_path: Path, name: str, text: str | bytes, message: str
    ) -> None:
        with pytest.raises(DocumentError, match=message):
            read_document(write(tmp_path, name, text))

    def test_a_file_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(DocumentError, match="cannot be read: No such file"):
            read_document(tmp_path / "a.yaml")


TEXT = """\
attributes:
  mappings:
    contacts:
      mapping:
        email: $.traits.email
        a.b: {"@if": {
          exists: $.x,
          then: 5}}
        a: 1
        list:
          - 1
          - {x: 2}
"""


class TestLines:
    @pytest.mark.parametrize(
        ("place", "line"),
        [
            ("attributes", 1),
            ("attributes.mappings.contacts", 3),
            ("attributes.mappings.contacts.mapping.email", 5),
            ("attributes.mappings.contacts.mapping.email.@path", 5),
            ("attributes.mappings.contacts.mapping.a.b.@if.then", 8),
            ("attributes.mappings.contacts.mapping.a", 9),
            ("attributes.mappings.contacts.mapping.list.1.x", 12),
            ("attributes.mappings.contacts.mapping.list.5", 10),
            ("attributes.mappings.contacts.MappingSpec.mapping.email", 5),
            ("attributes.mappings.contacts.writes", 3),
            ("nothing", 1),
        ],
    )
    def test_are_those_of_the_deepest_part_that_is_there(
        self, tmp_path: Path, place: str, line: int
    ) -> None:
        file = write(tmp_path, "defs.yaml", TEXT)
        assert read_document(file).at(place) == f"{file}:{line}"

    def test_are_known_in_json_too(self, tmp_path: Path) -> None:
        file = write(
            tmp_path, "a.json", '{\n\t"a":\t{\n\t\t"b\\/": "\\ud83d\\ude00",\n\t\t"c": 1}}'
        )
        assert read_document(file).at("a.c") == f"{file}:4"
