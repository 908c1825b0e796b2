"""One object type has one name, whatever mappings call it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from hubspot_pipeline.actions.object_types import object_types


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("contact", "contacts"),
        ("contacts", "contacts"),
        ("0-1", "contacts"),
        ("COMPANY", "companies"),
        ("Line Item", "line_items"),
        ("line-items", "line_items"),
        ("0-421", "appointments"),
        ("2-123", "2-123"),
        ("p123_Car", "p123_Car"),
        ("0-999", "0-999"),
    ],
)
def test_a_type_of_hubspots_own_has_its_plural_name_and_others_are_as_given(
    called: str, name: str
) -> None:
    column = pa.chunked_array([pa.array([called])])
    assert object_types(column).to_pylist() == [name]


def test_a_blank_name_names_no_type() -> None:
    column = pa.chunked_array([pa.array([" deal ", "  ", "", None])])
    assert object_types(column).to_pylist() == ["deals", None, None, None]
