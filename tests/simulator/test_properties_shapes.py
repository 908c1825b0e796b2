"""Definitions, groups and rules whose JSON has other types than their fields (hubspot-api §3.2)."""

from typing import Any

import httpx
import pytest

PATH = "/crm/v3/properties/contacts"
NEW = {
    "name": "plan",
    "label": "Plan",
    "type": "string",
    "fieldType": "text",
    "groupName": "contactinformation",
}
OPTION = {"label": "A", "value": "a", "displayOrder": 0, "hidden": False}
CHOICE = NEW | {"type": "enumeration", "fieldType": "select"}
RULE = "/crm/v3/property-validations/0-1/zip/rule-type/MAX_LENGTH"

pytestmark = pytest.mark.usefixtures("simulator")


@pytest.mark.parametrize(
    ("method", "path", "body", "wanted"),
    [
        ("POST", PATH, NEW | {"name": ["plan"]}, "java.lang.String"),
        ("POST", PATH, NEW | {"dataSensitivity": {"a": 1}}, "java.lang.String"),
        ("POST", PATH, NEW | {"displayOrder": "first"}, "java.lang.Integer"),
        ("POST", PATH, NEW | {"hidden": "perhaps"}, "java.lang.Boolean"),
        ("POST", PATH, NEW | {"hasUniqueValue": 1}, "java.lang.Boolean"),
        ("POST", PATH, CHOICE | {"options": "a;b"}, "java.util.ArrayList"),
        ("POST", PATH, CHOICE | {"options": ["a"]}, "OptionInput$Json"),
        ("POST", PATH, CHOICE | {"options": [OPTION | {"value": []}]}, "java.lang.String"),
        ("POST", f"{PATH}/batch/create", {"inputs": [NEW | {"label": {}}]}, "java.lang.String"),
        ("PATCH", f"{PATH}/city", {"groupName": ["x"]}, "java.lang.String"),
        ("POST", f"{PATH}/groups", {"name": "g", "label": "G", "displayOrder": []}, "Integer"),
        ("PATCH", f"{PATH}/groups/contactinformation", {"label": {}}, "java.lang.String"),
        ("PUT", RULE, {"ruleArguments": "5"}, "java.util.ArrayList"),
        ("PUT", RULE, {"ruleArguments": [["5"]]}, "java.lang.String"),
        ("PUT", RULE, {"ruleArguments": ["5"], "shouldApplyNormalization": "?"}, "Boolean"),
    ],
)
def test_a_value_of_another_type_cannot_be_read(
    hubspot: httpx.Client, method: str, path: str, body: dict[str, Any], wanted: str
) -> None:
    answer = hubspot.request(method, path, json=body)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Invalid input JSON on line 1, column ")
    assert wanted in answer.json()["message"]
    assert "category" not in answer.json()


def test_scalars_are_read_as_what_is_wanted_and_null_as_nothing(hubspot: httpx.Client) -> None:
    body = CHOICE | {
        "label": 7,
        "hidden": "true",
        "displayOrder": "3",
        "description": None,
        "options": [OPTION | {"value": 5, "hidden": "false", "description": None}],
    }
    made = hubspot.post(PATH, json=body)
    assert made.status_code == 201
    shown = made.json()
    assert (shown["label"], shown["hidden"], shown["displayOrder"]) == ("7", True, 3)
    assert shown["description"] == ""
    assert shown["options"] == [OPTION | {"value": "5", "description": ""}]


def test_null_changes_nothing(hubspot: httpx.Client) -> None:
    before = hubspot.get(f"{PATH}/hs_lead_status").json()
    body = {"label": None, "options": None, "description": "x"}
    after = hubspot.patch(f"{PATH}/hs_lead_status", json=body).json()
    assert after == before | {"description": "x", "updatedAt": after["updatedAt"]}


def test_an_archived_definition_cannot_be_changed(hubspot: httpx.Client) -> None:
    hubspot.post("/_simulator/behaviour", json={"definition_lag_seconds": 0})
    hubspot.post(PATH, json=NEW)
    hubspot.delete(f"{PATH}/plan")
    archived = {"archived": "true"}
    change = hubspot.patch(f"{PATH}/plan", json={"label": "x"}, params=archived)
    assert change.status_code == 404
    assert hubspot.delete(f"{PATH}/plan", params=archived).status_code == 204
