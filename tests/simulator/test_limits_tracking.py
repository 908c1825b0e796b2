"""How much of the account's limits is used (hubspot-api §7.6, §8.7)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import AssociationLimit, Limits, SimulatorSettings

from .conftest import Begin, Contacts

VERSIONS = ["v3", "2025-09", "2026-03", "2026-09"]


def limits(hubspot: httpx.Client, path: str, **query: str) -> Any:
    answer = hubspot.get(f"/crm/limits/2026-03/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def of_type(listed: list[dict[str, Any]], id_: str) -> dict[str, Any]:
    (found,) = [one for one in listed if one["objectTypeId"] == id_]
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_records_are_counted_in_every_version(
    simulator: SimulatorServer, hubspot: httpx.Client, version: str
) -> None:
    simulator.account.seed_contacts(15)
    path = "/crm/v3/limits" if version == "v3" else f"/crm/limits/{version}"
    body = hubspot.get(f"{path}/records").json()

    assert body.keys() == {"hubspotDefinedObjectTypes", "customObjectTypes"}
    assert of_type(body["hubspotDefinedObjectTypes"], "0-1") == {
        "objectTypeId": "0-1",
        "singularLabel": "Contact",
        "pluralLabel": "Contacts",
        "limit": 15_000_000,
        "usage": 15,
        "percentage": 0.0,
    }
    assert body["customObjectTypes"]["overallUsage"] == 0


@pytest.mark.usefixtures("simulator")
def test_custom_properties_are_counted_by_type_and_over_all(hubspot: httpx.Client) -> None:
    before = limits(hubspot, "custom-properties")
    group = "contactinformation"
    new = {"name": "plan", "label": "Plan", "type": "string", "fieldType": "text"}
    created = hubspot.post("/crm/v3/properties/contacts", json=new | {"groupName": group})
    assert created.status_code == 201, created.text
    after = limits(hubspot, "custom-properties")

    assert before["overallUsage"] == 0
    assert after["overallUsage"] == 1
    contacts = of_type(after["byObjectType"], "0-1")
    assert (contacts["usage"], contacts["limit"], contacts["percentage"]) == (1, 1_000, 0.1)


@pytest.mark.usefixtures("simulator")
def test_pipelines_are_counted_by_type(hubspot: httpx.Client) -> None:
    deals = of_type(limits(hubspot, "pipelines")["hubspotDefinedObjectTypes"], "0-3")
    assert (deals["usage"], deals["limit"]) == (1, 100)


@pytest.mark.usefixtures("simulator")
def test_calculated_properties_are_counted_over_all(hubspot: httpx.Client) -> None:
    body = limits(hubspot, "calculated-properties")
    assert (body["overallUsage"], body["overallPercentage"]) == (0, 0.0)


@pytest.mark.parametrize(("allowed", "percentage"), [(10, 0.0), (3, 0.0), (0, 100.0)])
def test_custom_types_are_counted_against_as_many_as_the_account_may_have(
    begin: Begin, hubspot: httpx.Client, allowed: int, percentage: float
) -> None:
    begin(custom_types_allowed=allowed)
    body = limits(hubspot, "custom-object-types")
    assert body == {"limit": allowed, "usage": 0, "percentage": percentage}


@pytest.mark.usefixtures("simulator")
def test_labels_are_listed_by_pair(hubspot: httpx.Client) -> None:
    assert limits(hubspot, "associations/labels") == {"results": []}
    path = "/crm/associations/2026-03/contacts/companies/labels"
    created = hubspot.post(path, json={"label": "Adviser", "name": "adviser"})
    assert created.status_code == 200, created.text
    (there,) = limits(hubspot, "associations/labels", fromObjectTypeId="0-1")["results"]

    assert there["fromObjectType"]["objectTypeId"] == "0-1"
    assert there["toObjectType"]["pluralLabel"] == "Companies"
    assert (there["usage"], there["limit"], there["percentage"]) == (1, 10, 10.0)
    assert there["allLabels"] == ["Adviser"]


def test_records_near_their_limit_of_associations_are_told(
    server: SimulatorServer, hubspot: httpx.Client
) -> None:
    limit = AssociationLimit("contacts", "contacts", 5)
    server.reset(SimulatorSettings(association_limits=(limit,), limits=None))
    contacts = Contacts(hubspot)
    keys = [contacts.create(email=f"{number}@x.com") for number in range(11)]
    account = server.account
    kind = account.types.find("contacts")
    unlabeled = account.associations.types.unlabeled(kind, kind)
    for first, others in ((0, keys[1:6]), (6, keys[7:11])):
        for other in others:
            account.associations.link(kind, keys[first], kind, other, [unlabeled])

    body = limits(hubspot, "associations/records/contacts/0-1")
    assert (body["limit"], body["totalRecordsAtLimit"], body["totalRecordsNearLimit"]) == (5, 1, 1)
    assert body["atLimitFromRecordSamples"][0]["objectId"] == int(keys[0])
    assert body["nearLimitFromRecordSamples"][0]["percentage"] == 80.0
    for path in ("associations/records/from", "associations/records/0-1/to"):
        (told,) = limits(hubspot, path)["results"]
        assert (told["hasRecordsAtLimit"], told["hasRecordsNearLimit"]) == (True, True)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api-usage/daily", "api-calls-daily"),
        ("/api-usage/daily/private-apps", "private-apps-api-calls-daily"),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_days_calls_are_told_in_every_version(
    begin: Begin, hubspot: httpx.Client, version: str, path: str, name: str
) -> None:
    begin(Limits(daily=500))
    for _ in range(3):
        hubspot.get("/crm/v3/objects/contacts")
    (result,) = hubspot.get(f"/account-info/{version}{path}").json()["results"]

    assert result.keys() == {
        "name", "usageLimit", "currentUsage", "collectedAt", "fetchStatus", "resetsAt",
    }  # fmt: skip
    assert (result["name"], result["usageLimit"], result["currentUsage"]) == (name, 500, 4)
