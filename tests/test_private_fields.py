"""What a mapping calls private is known again in its action's fields, and in its writes."""

from __future__ import annotations

from typing import Any

import pytest

from hubspot_pipeline.actions import ACTIONS
from hubspot_pipeline.destination import DestinationError, destination_from
from hubspot_pipeline.pipeline import program_of
from hubspot_pipeline.private_fields import problems_of_private

PEOPLE = ACTIONS["upsertContact"]


def compiled(private: list[str], **spec: Any) -> None:
    mappings = {"people": {"action": "upsertContact", "private": private, **spec}}
    destination = destination_from(
        {"portal": "1", "mappings": mappings}, name="shop", where="a test"
    )
    program_of(destination, "people")


def test_every_field_of_every_action_can_be_private() -> None:
    for action in ACTIONS.values():
        paths = [field.key for field in action.fields]
        paths += [f"{each.key}.{member.key}" for each in action.fields for member in each.fields]
        free = [each.key for each in action.fields if each.type == "object" and not each.fields]
        paths += [f"{key}.any.name" for key in free]
        assert list(problems_of_private(action, paths)) == []


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("emial", "did you mean 'email'?"),
        ("xyzzy", "there is: email, "),
        ("email.domain", "'email' has no members."),
        ("properties.", "'properties' has no members."),
        ("", "there is: email, "),
    ],
)
def test_what_is_no_field_is_refused_with_its_place(path: str, told: str) -> None:
    with pytest.raises(DestinationError) as caught:
        compiled(["email", path])
    assert "shop/people: private.1: Upsert Contact has no field" in str(caught.value)
    assert told in str(caught.value)


def test_a_member_of_an_object_with_declared_members_must_be_one_of_them() -> None:
    (problem,) = problems_of_private(ACTIONS["upsertObject"], ["object_details.id_field_valu"])
    assert "did you mean 'id_field_value'?" in problem.reason
