"""HubSpot's own object types by the names that people give them."""

from __future__ import annotations

import pytest

from hubspot_pipeline.object_types import ObjectType, path_name, singular_name, standard_type
from hubspot_pipeline.simulator.account.object_types import STANDARD_TYPES

CONTACTS = ObjectType("0-1", "contacts")
LINE_ITEMS = ObjectType("0-8", "line_items")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("contacts", CONTACTS),
        ("contact", CONTACTS),
        ("CONTACT", CONTACTS),
        (" Contact ", CONTACTS),
        ("0-1", CONTACTS),
        ("line item", LINE_ITEMS),
        ("Line-Items", LINE_ITEMS),
        ("goal", ObjectType("0-74", "goal_targets")),
        ("payments", ObjectType("0-101", "commerce_payments")),
        ("postal mail", ObjectType("0-116", "postal_mail")),
        ("0-999", ObjectType("0-999", "0-999")),
        ("car", None),
        ("2-1", None),
        ("0-", None),
        ("", None),
    ],
)
def test_hubspots_own_types_have_many_names(name: str, wanted: ObjectType | None) -> None:
    assert standard_type(name) == wanted


def test_every_type_of_hubspots_own_is_known_by_every_name_that_it_has() -> None:
    for kind in STANDARD_TYPES:
        for name in kind.names:
            assert standard_type(name) == ObjectType(kind.id, kind.name)


def test_paths_call_one_type_by_one_name() -> None:
    assert {path_name(name) for name in ("contact", "0-1", "Contacts")} == {"contacts"}
    assert path_name("p123_car") == "p123_car"


def test_one_record_of_a_type_has_a_name_too() -> None:
    assert {kind.id: singular_name(kind.id) for kind in STANDARD_TYPES} == {
        kind.id: kind.singular for kind in STANDARD_TYPES
    }
    assert singular_name("2-1") is None
