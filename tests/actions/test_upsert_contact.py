"""Upsert Contact: payload columns to writes."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from hubspot_pipeline.actions import ACTIONS, MappingSettings, merge_writes
from hubspot_pipeline.mapping.column import Column
from hubspot_pipeline.mapping.validation import validate
from hubspot_pipeline.writes import RecordWrites

ACTION = ACTIONS["upsertContact"]


def _writes(*payloads: dict[str, Any]) -> RecordWrites:
    """The writes of payloads, oldest first."""
    columns = {
        field.key: Column.of(
            pa.array([payload.get(field.key) for payload in payloads], pa.string())
        )
        for field in ACTION.fields
    }
    columns["properties"] = Column.of_json(columns["properties"].values)
    table = validate(ACTION.fields, columns, len(payloads)).payloads
    rows = len(payloads)
    table = table.append_column("record_key", ACTION.record_key(table))
    for name, values in {
        "position": pa.array(range(rows), pa.int64()),
        "file": pa.array(["f"] * rows),
        "row": pa.array(range(1, rows + 1), pa.int64()),
        "message_id": pa.array([str(at) for at in range(rows)]),
        "event_time": pa.array(range(rows), pa.timestamp("us", "UTC")),
        "user_id": pa.nulls(rows, pa.string()),
    }.items():
        table = table.append_column(name, values)
    table = table.sort_by([("record_key", "ascending"), ("position", "ascending")])
    (writes,) = ACTION.to_writes(table, MappingSettings())
    merged = merge_writes(writes)
    assert isinstance(merged, RecordWrites)
    return merged


def _properties(writes: RecordWrites) -> dict[str, dict[str, str]]:
    return {
        key: {name: value for name, value in row.items() if value is not None}
        for key, row in zip(writes.keys.to_pylist(), writes.properties.to_pylist(), strict=True)
    }


def test_contacts_are_found_by_their_e_mail_in_lower_case() -> None:
    writes = _writes({"email": "Ann@X.com", "city": "Oslo"})
    assert (writes.object_type, writes.id_property) == ("contacts", "email")
    assert _properties(writes) == {"ann@x.com": {"city": "Oslo"}}


def test_rows_of_one_contact_in_any_case_become_one_write() -> None:
    writes = _writes(
        {"email": "Ann@X.com", "city": "Oslo", "phone": "1"}, {"email": "ann@x.COM", "city": "Rome"}
    )
    assert _properties(writes) == {"ann@x.com": {"city": "Rome", "phone": "1"}}
    assert writes.rows["carries"].to_pylist() == [False, True]


def test_values_are_trimmed_and_the_stage_is_in_lower_case() -> None:
    writes = _writes({"email": "a@x.com", "city": " Oslo ", "lifecyclestage": "  LEAD "})
    assert _properties(writes) == {"a@x.com": {"city": "Oslo", "lifecyclestage": "lead"}}


def test_other_properties_win_over_the_named_fields() -> None:
    writes = _writes(
        {
            "email": "a@x.com",
            "city": "Oslo",
            "phone": "1",
            "properties": '{"city":"Rome","lifecyclestage":" Customer","tags":["a","b"]}',
        }
    )
    assert _properties(writes)["a@x.com"] == {
        "city": "Rome",
        "phone": "1",
        "lifecyclestage": "customer",
        "tags": "a;b",
    }


def test_the_default_mapping_has_every_default_of_the_reference() -> None:
    assert set(ACTION.default_mapping()) == {
        "email", "company", "firstname", "lastname", "phone", "address", "city", "state",
        "country", "zip", "website",
    }  # fmt: skip
    assert ACTION.default_trigger == 'type = "identify"'


def test_another_address_among_the_properties_is_written_and_an_empty_one_is_not() -> None:
    writes = _writes(
        {"email": "a@x.com", "properties": '{"email":" B@x.com "}'},
        {"email": "c@x.com", "properties": '{"email":"C@X.com"}'},
        {"email": "d@x.com", "properties": '{"email":""}'},
    )
    assert _properties(writes) == {"a@x.com": {"email": "b@x.com"}, "c@x.com": {}, "d@x.com": {}}
