"""Records of every object type that HubSpot's own Python client has words for."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.account.object_types import ObjectTypes
from hubspot_pipeline.simulator.server import SimulatorServer

from .official import methods_of, watched_client

Client = Any

GROUPS: dict[str, str] = {
    "crm.companies": "companies",
    "crm.deals": "deals",
    "crm.tickets": "tickets",
    "crm.products": "products",
    "crm.line_items": "line_items",
    "crm.quotes": "quotes",
    "crm.commerce.invoices": "invoices",
    "crm.objects.calls": "calls",
    "crm.objects.communications": "communications",
    "crm.objects.emails": "emails",
    "crm.objects.goals": "goal_targets",
    "crm.objects.leads": "leads",
    "crm.objects.meetings": "meetings",
    "crm.objects.notes": "notes",
    "crm.objects.postal_mail": "postal_mail",
    "crm.objects.tasks": "tasks",
    "crm.objects.taxes": "taxes",
}
"""Packages of the client that read and write one object type, with its name in paths."""

PACKAGES = (*GROUPS, "crm.objects", "crm.objects.feedback_submissions")
"""What is called of HubSpot's client here: all of it that leads to the simulator's routes."""

NEEDED: dict[str, dict[str, str]] = {
    "companies": {"name": "X"},
    "deals": {"dealname": "Big", "dealstage": "qualifiedtobuy", "pipeline": "default"},
    "tickets": {"subject": "Help", "hs_pipeline": "0", "hs_pipeline_stage": "1"},
    **{
        activity: {"hs_timestamp": "2026-01-20T00:00:00Z"}
        for activity in ("calls", "emails", "meetings", "notes", "tasks")
    },
}
"""What new records of a type must have (hubspot-api §2.4)."""


class Records:
    """One package of the client, or the one for all types, with the type's name before the rest."""

    def __init__(self, client: Client, package: str, kind: str) -> None:
        self.api = client
        for step in package.split("."):
            self.api = getattr(self.api, step)
        self.models = import_module(f"hubspot.{package}")
        self.first = (kind,) if package == "crm.objects" else ()
        self.needed = NEEDED.get(kind, {})

    def values(self, code: str) -> dict[str, str]:
        return self.needed | {"code": code}

    def many(self, verb: str, model: str, inputs: list[Any], **more: Any) -> Any:
        given = getattr(self.models, model)(inputs=inputs, **more)
        return getattr(self.api.batch_api, verb)(*self.first, given)


@pytest.fixture
def with_codes(simulator: SimulatorServer, hubspot: httpx.Client) -> Callable[[str], None]:
    """Give an object type a property whose values are unique."""

    def define(kind: str) -> None:
        group = ObjectTypes(simulator.clock).find(kind).group
        body = {"name": "code", "label": "Code", "type": "string", "fieldType": "text",
                "groupName": group, "hasUniqueValue": True}  # fmt: skip
        assert hubspot.post(f"/crm/v3/properties/{kind}", json=body).status_code == 201
        simulator.clock.advance(1)

    return define


def one_at_a_time(records: Records, simulator: SimulatorServer) -> str:
    """Create, read, list, change and search; gives the record's id."""
    api, first, models = records.api.basic_api, records.first, records.models
    new = models.SimplePublicObjectInputForCreate(properties=records.values("a"), associations=[])
    made = api.create(*first, new)
    changed = models.SimplePublicObjectInput(properties={"code": "b"})
    assert api.update(*first, made.id, changed).properties["code"] == "b"
    found = api.get_by_id(*first, "b", id_property="code", properties=["code"])
    assert (found.id, found.properties["code"]) == (made.id, "b")
    assert [one.id for one in api.get_page(*first).results] == [made.id]
    simulator.clock.advance(10)
    filter_ = models.Filter(property_name="code", operator="EQ", value="b")
    request = models.PublicObjectSearchRequest(
        filter_groups=[models.FilterGroup(filters=[filter_])], properties=["code"]
    )
    assert [one.id for one in records.api.search_api.do_search(*first, request).results] == [
        made.id
    ]
    return str(made.id)


def in_batches(records: Records) -> list[str]:
    """Create, upsert, update and read; gives the ids of all but the records that were there."""
    create = [{"properties": records.values("c"), "associations": []}]
    made = records.many("create", "BatchInputSimplePublicObjectBatchInputForCreate", create)
    upsert = [
        {"id": code, "idProperty": "code", "properties": records.values(code)} for code in "cd"
    ]
    upserted = records.many("upsert", "BatchInputSimplePublicObjectBatchInputUpsert", upsert)
    assert {one.properties["code"]: one.new for one in upserted.results} == {"c": False, "d": True}
    update = [{"id": made.results[0].id, "properties": {"code": "e"}}]
    records.many("update", "BatchInputSimplePublicObjectBatchInput", update)
    read = records.many(
        "read", "BatchReadInputSimplePublicObjectId",
        [{"id": code} for code in "de"], id_property="code", properties=["code"],
        properties_with_history=[],
    )  # fmt: skip
    assert {one.properties["code"] for one in read.results} == {"d", "e"}
    return [one.id for one in read.results]


def put_away(records: Records, one: str, others: list[str]) -> None:
    """Archive one record alone, and the others in a batch: nothing is left."""
    records.api.basic_api.archive(*records.first, one)
    gone = [{"id": other} for other in others]
    records.many("archive", "BatchInputSimplePublicObjectId", gone)
    assert records.api.basic_api.get_page(*records.first).results == []


@pytest.mark.parametrize("package", PACKAGES[:-1])
def test_records_come_and_go(
    simulator: SimulatorServer, with_codes: Callable[[str], None], package: str
) -> None:
    called: set[str] = set()
    kind = GROUPS.get(package, "services")
    with_codes(kind)
    client = watched_client(simulator, called, access_token=simulator.token)
    records = Records(client, package, kind)

    one = one_at_a_time(records, simulator)
    others = in_batches(records)
    if hasattr(records.models, "PublicMergeInput"):
        given = records.models.PublicMergeInput(
            primary_object_id=one, object_id_to_merge=others.pop()
        )
        assert records.api.basic_api.merge(given).id == one
    put_away(records, one, others)

    assert methods_of(package) - called == set()


def test_feedback_is_only_read(simulator: SimulatorServer) -> None:
    called: set[str] = set()
    client = watched_client(simulator, called, access_token=simulator.token)
    api = client.crm.objects.feedback_submissions
    models = import_module("hubspot.crm.objects.feedback_submissions")
    assert api.basic_api.get_page().results == []
    with pytest.raises(models.ApiException) as missing:
        api.basic_api.get_by_id("1")
    assert missing.value.status == 404
    asked = models.BatchReadInputSimplePublicObjectId(
        inputs=[{"id": "1"}], properties=[], properties_with_history=[]
    )
    assert api.batch_api.read(asked).errors[0].category == "OBJECT_NOT_FOUND"
    request = models.PublicObjectSearchRequest(filter_groups=[])
    assert api.search_api.do_search(request).total == 0
    assert methods_of(PACKAGES[-1]) - called == set()
