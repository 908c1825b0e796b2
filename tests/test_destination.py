"""What a destination's file says that it should not, and how that is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hubspot_pipeline.actions import ACTIONS
from hubspot_pipeline.destination import DestinationError, load_destination
from hubspot_pipeline.mapping import Field, MappingError
from hubspot_pipeline.payloads import compile_payloads, problems_of_payloads
from hubspot_pipeline.pipeline import program_of


def write(folder: Path, text: str) -> Path:
    file = folder / "shop" / "defs.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


OPTIONS = """\
attributes:
  portal: '1'
  {line}
  mappings:
    contacts:
      action: upsertContact
      {spec}
"""


class TestOptions:
    @pytest.mark.parametrize(
        ("line", "spec", "message"),
        [
            ("portals: 1", "", ":3: portals: Extra inputs are not permitted; did you mean"),
            ("limits: {request_per_10_seconds: 1}", "", "did you mean 'requests_per_10_seconds'?"),
            ("authentication: {acces_token: A}", "", "did you mean 'access_token'?"),
            ("", "maping: {}", ":7: mappings.contacts.maping: Extra inputs are not permitted; did"),
            ("", "zzz: {}", ":7: mappings.contacts.zzz: Extra inputs are not permitted"),
            ("", "writes: never", ":7: mappings.contacts.writes: Input should be"),
            ("", "dialect: fql", ":7: mappings.contacts.dialect: Input should be"),
        ],
    )  # fmt: skip
    def test_that_are_wrong_are_told_with_line_and_nearest_name(
        self, tmp_path: Path, line: str, spec: str, message: str
    ) -> None:
        file = write(tmp_path, OPTIONS.format(line=line, spec=spec))
        with pytest.raises(DestinationError) as caught:
            load_destination(file)
        assert message in str(caught.value)
        assert str(caught.value).startswith(f"{file}:")

    def test_written_twice_are_told(self, tmp_path: Path) -> None:
        file = write(tmp_path, OPTIONS.format(line="portal: '2'", spec=""))
        with pytest.raises(DestinationError, match=r":3:3: .* 'portal' is written twice"):
            load_destination(file)

    def test_that_are_no_text_are_told(self, tmp_path: Path) -> None:
        file = write(tmp_path, "")
        file.write_bytes(b"attributes: \xff")
        with pytest.raises(DestinationError, match="is not UTF-8 text"):
            load_destination(file)


MAPPINGS = """\
attributes:
  portal: '1'
  mappings:
    contacts:
      action: upsertContact
      trigger: >
        type = "a" OR
      mapping:
        email: $.traits.email
        frstname: Hi {{traits.name}}
        city: {"@pth": $.traits.city}
    companies:
      action: upsertContct
"""


class TestMappings:
    def test_with_shorthand_compile(self, tmp_path: Path) -> None:
        text = MAPPINGS.replace("frstname", "firstname").replace("@pth", "@path").replace(" OR", "")
        program = program_of(load_destination(write(tmp_path, text)), "contacts")
        assert ("traits", "email") in program.paths
        assert ("traits", "name") in program.paths

    def test_that_are_wrong_are_told_whole_with_file_and_line(self, tmp_path: Path) -> None:
        file = write(tmp_path, MAPPINGS)
        destination = load_destination(file)
        with pytest.raises(DestinationError) as caught:
            program_of(destination, "contacts")
        told = [line for line in str(caught.value).splitlines() if line.startswith(str(file))]
        assert [line.removeprefix(str(file)) for line in told][1:] == [
            (
                ":10: shop/contacts: mapping.frstname: Upsert Contact has no such field; "
                "did you mean 'firstname'?"
            ),
            ":11: shop/contacts: mapping.city: unknown directive '@pth'; did you mean '@path'?",
        ]
        assert told[0].startswith(f"{file}:6: shop/contacts: trigger: column ")

    def test_of_an_unknown_action_are_told(self, tmp_path: Path) -> None:
        destination = load_destination(write(tmp_path, MAPPINGS))
        with pytest.raises(DestinationError, match=r":13: .*; did you mean 'upsertContact'\?"):
            program_of(destination, "companies")


class TestFieldsWithinFields:
    @pytest.fixture(autouse=True)
    def action(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An action with an object and a list of objects among its fields."""
        from dataclasses import replace

        inner = (Field("to", "To", "string"), Field("label", "Label", "string"))
        fields = (
            *ACTIONS["upsertContact"].fields,
            Field("link", "Link", "object", fields=inner),
            Field("links", "Links", "object", multiple=True, fields=inner),
        )
        made = replace(ACTIONS["upsertContact"], fields=fields)
        monkeypatch.setitem(ACTIONS, "upsertContact", made)

    @pytest.mark.parametrize(
        ("mapping", "problem"),
        [
            (
                {"link": {"too": "a"}},
                "mapping.link.too: Link has no such field; did you mean 'to'?",
            ),
            (
                {"links": [{"to": "a"}, {"labl": "a"}]},
                "mapping.links.1.labl: Links has no such field; did you mean 'label'?",
            ),
            ({"links": {"x": "a"}}, "mapping.links.x: Links has no such field; it has: to, label."),
        ],
    )
    def test_that_are_unknown_are_told_with_the_nearest(self, mapping: Any, problem: str) -> None:
        with pytest.raises(MappingError) as refused:
            compile_payloads("upsertContact", None, mapping)
        assert str(refused.value) == problem
        assert [": ".join(one) for one in problems_of_payloads("upsertContact", None, mapping)] == [
            problem
        ]

    @pytest.mark.parametrize(
        "mapping",
        [
            {"link": {"@path": "$.a"}, "links": [{"@path": "$.a"}, {"to": "a"}]},
            {"properties": {"anything": 1}, "link": None, "links": "text"},
        ],
    )
    def test_are_not_looked_for_in_directives_and_free_form_objects(self, mapping: Any) -> None:
        compile_payloads("upsertContact", None, mapping)
