"""One call of every route that HubSpot's reference lists, and the code of its success."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    CLIENT_ID,
    CLIENT_SECRET,
    OWNERS,
    REDIRECT_URI,
    REFRESH_TOKEN,
)
from tests.simulator.cars import FULL_NAME, NEW, a_property, define

CREDENTIALS = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
EVENT = "pe12345678_login"


class Have:
    """An account in which whatever a call needs is made once the call asks for it."""

    def __init__(self, client: httpx.Client, server: SimulatorServer) -> None:
        self.client = client
        self.server = server

    def make(self, path: str, body: Any, method: str = "POST") -> Any:
        answer = self.client.request(method, path, json=body)
        assert answer.is_success, answer.text
        self.server.clock.advance(1)  # definitions are known to all from here on
        return answer.json() if answer.content else None

    def contact_called(self, name: str) -> str:
        body = {"properties": {"email": f"{name}@x.com"}}
        return str(self.make("/crm/v3/objects/contacts", body)["id"])

    def list_called(self, name: str) -> str:
        body = {"name": name, "objectTypeId": "0-1", "processingType": "MANUAL"}
        return str(self.make("/crm/v3/lists", body)["list"]["listId"])

    @cached_property
    def contact(self) -> str:
        return self.contact_called("a")

    @cached_property
    def other_contact(self) -> str:
        return self.contact_called("b")

    @cached_property
    def company(self) -> str:
        body = {"properties": {"name": "X"}}
        return str(self.make("/crm/v3/objects/companies", body)["id"])

    @cached_property
    def list_id(self) -> str:
        return self.list_called("First")

    @cached_property
    def other_list(self) -> str:
        return self.list_called("Second")

    @cached_property
    def deleted_list(self) -> str:
        made = self.list_called("Third")
        self.make(f"/crm/v3/lists/{made}", None, "DELETE")
        return made

    @cached_property
    def property_name(self) -> str:
        body = a_property("plan", groupName="contactinformation")
        return str(self.make("/crm/v3/properties/contacts", body)["name"])

    @cached_property
    def ruled_property(self) -> str:
        rule = f"{self.property_name}/rule-type/MAX_LENGTH"
        path = f"/crm/v3/property-validations/contacts/{rule}"
        self.make(path, {"ruleArguments": ["9"]}, "PUT")
        return self.property_name

    @cached_property
    def group(self) -> str:
        body = {"name": "ours", "label": "Ours"}
        return str(self.make("/crm/v3/properties/contacts/groups", body)["name"])

    @cached_property
    def label(self) -> int:
        body = {"name": "boss", "label": "Boss"}
        made = self.make("/crm/v4/associations/contacts/companies/labels", body)
        return int(made["results"][0]["typeId"])

    @cached_property
    def event(self) -> str:
        body = {"label": "Login", "propertyDefinitions": [a_property("city")]}
        name = self.make("/events/v3/event-definitions", body)["fullyQualifiedName"]
        assert name == EVENT
        return EVENT

    @cached_property
    def car(self) -> str:
        define(self.client, self.server)
        return FULL_NAME

    @cached_property
    def bare_car(self) -> str:
        """A type that can go: without properties and associations."""
        define(
            self.client, self.server,
            properties=[], requiredProperties=[], searchableProperties=[], associatedObjects=[],
            secondaryDisplayProperties=[], primaryDisplayProperty=None,
        )  # fmt: skip
        return FULL_NAME

    @cached_property
    def car_association(self) -> str:
        schema = self.client.get(f"/crm-object-schemas/v3/schemas/{self.car}").json()
        return str(schema["associations"][0]["id"])

    @cached_property
    def tokens(self) -> dict[str, Any]:
        form = {"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN, **CREDENTIALS}
        answer = self.client.post("/oauth/v1/token", data=form)
        tokens: dict[str, Any] = answer.json()
        return tokens

    # -- shapes ---------------------------------------------------------------------------------

    def pair(self, **more: Any) -> dict[str, Any]:
        return {"inputs": [{"from": {"id": self.contact}, "to": {"id": self.company}, **more}]}


Made = Callable[[Have], Any]


@dataclass(frozen=True)
class Example:
    """One call of a route.

    Attributes:
        status: The documented code; by version where versions differ, `""` for all others.
        body: What it sends, as JSON; a form instead if `form`.
        parameters: What fills the path, if not as in `PARAMETERS`.
    """

    status: int | Mapping[str, int]
    body: Made | None = None
    parameters: Mapping[str, Made] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    form: bool = False

    def status_in(self, version: str) -> int:
        if isinstance(self.status, int):
            return self.status
        return self.status.get(version, self.status[""])


PARAMETERS: Mapping[str, Made] = {
    "object_type": lambda _: "contacts",
    "object_id": lambda have: have.contact,
    "from_type": lambda _: "contacts",
    "to_type": lambda _: "companies",
    "to_id": lambda have: have.company,
    "type": lambda _: "contact_to_company",
    "type_id": lambda have: have.label,
    "property_name": lambda have: have.property_name,
    "group_name": lambda have: have.group,
    "rule_type": lambda _: "MAX_LENGTH",
    "pipeline_id": lambda _: "default",
    "stage_id": lambda _: "qualifiedtobuy",
    "owner_id": lambda _: OWNERS[0].id,
    "list_id": lambda have: have.list_id,
    "source_id": lambda have: have.other_list,
    "list_name": lambda have: have.list_id and "First",
    "event_name": lambda have: have.event,
    "schema": lambda have: have.car,
    "association": lambda have: have.car_association,
}

DEALS: Mapping[str, Made] = {"object_type": lambda _: "deals"}
CITY: Mapping[str, Made] = {"property_name": lambda have: have.event and "city"}
ACCESS: Mapping[str, Made] = {"token": lambda have: have.tokens["access_token"]}
REFRESH: Mapping[str, Made] = {"token": lambda _: REFRESH_TOKEN}


def of(value: Any) -> Made:
    """A body that needs nothing."""
    return lambda _: value


def new_contact(_: Have) -> Any:
    return {"properties": {"email": "new@x.com"}, "associations": []}


def new_property(name: str) -> Any:
    return a_property(name, groupName="contactinformation")


def typed(have: Have) -> Any:
    return have.pair(types=[{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}])


def by_name(have: Have) -> Any:
    return have.pair(type="contact_to_company")


def an_event(have: Have) -> Any:
    return {"eventName": have.event, "email": "a@x.com", "properties": {}}


def token_form(have: Have) -> Any:
    return {"token": have.tokens["access_token"], "token_type_hint": "access_token", **CREDENTIALS}


ARCHIVED = {"v4": 204, "": 200}
"""§4.1: 204 in v4, 200 in the dated versions."""

EXAMPLES: Mapping[str, Example] = {
    # -- §2.3, §2.5, §2.9
    "objects.list": Example(200),
    "objects.create": Example(201, new_contact),
    "objects.read": Example(200),
    "objects.update": Example(200, of({"properties": {"city": "Rome"}})),
    "objects.archive": Example(204),
    "objects.batch.create": Example(201, lambda have: {"inputs": [new_contact(have)]}),
    "objects.batch.read": Example(200, lambda have: {"inputs": [{"id": have.contact}]}),
    "objects.batch.update": Example(
        200, lambda have: {"inputs": [{"id": have.contact, "properties": {"city": "Rome"}}]}
    ),
    "objects.batch.upsert": Example(
        200, of({"inputs": [{"id": "a@x.com", "idProperty": "email", "properties": {}}]})
    ),
    "objects.batch.archive": Example(204, lambda have: {"inputs": [{"id": have.contact}]}),
    "objects.search": Example(200, of({"filterGroups": []})),
    "objects.merge": Example(
        200,
        lambda have: {"primaryObjectId": have.contact, "objectIdToMerge": have.other_contact},
    ),
    "objects.gdpr_delete": Example(204, lambda have: {"objectId": have.contact}),
    # -- §3.1
    "properties.list": Example(200),
    "properties.create": Example(201, of(new_property("color"))),
    "properties.read": Example(200),
    "properties.update": Example(200, of({"label": "New"})),
    "properties.archive": Example(204),
    "properties.batch.create": Example(
        {"": 201, "2026-09": 200}, of({"inputs": [new_property("color")]})
    ),
    "properties.batch.read": Example(
        200,
        of({"archived": False, "dataSensitivity": "non_sensitive", "inputs": [{"name": "email"}]}),
    ),
    "properties.batch.archive": Example(204, of({"inputs": [{"name": "no_such"}]})),
    "properties.groups.list": Example(200),
    "properties.groups.create": Example(201, of({"name": "mine", "label": "Mine"})),
    "properties.groups.read": Example(200),
    "properties.groups.update": Example(200, of({"label": "New"})),
    "properties.groups.archive": Example(204),
    # -- §3.6; pipelines and owners only read
    "validations.list": Example(200),
    "validations.read": Example(200),
    "validations.read_rule": Example(
        200, parameters={"property_name": lambda have: have.ruled_property}
    ),
    "validations.put_rule": Example(204, of({"ruleArguments": ["9"]})),
    "pipelines.list": Example(200, parameters=DEALS),
    "pipelines.read": Example(200, parameters=DEALS),
    "pipelines.stages.list": Example(200, parameters=DEALS),
    "pipelines.stages.read": Example(200, parameters=DEALS),
    "owners.list": Example(200),
    "owners.read": Example(200),
    # -- §4.1, §4.4
    "associations.batch.create": Example({"": 201, "2026-09": 200}, typed),
    "associations.batch.associate_default": Example(200, Have.pair),
    "associations.batch.archive": Example(
        ARCHIVED,
        lambda have: {"inputs": [{"from": {"id": have.contact}, "to": [{"id": have.company}]}]},
    ),
    "associations.batch.labels_archive": Example(ARCHIVED, typed),
    "associations.batch.read": Example(200, of({"inputs": []})),
    "associations.list": Example(200),
    "associations.create": Example(201, lambda have: typed(have)["inputs"][0]["types"]),
    "associations.create_default": Example(200),
    "associations.delete": Example(204),
    "associations.labels.list": Example(200),
    "associations.labels.create": Example(200, of({"name": "chief", "label": "Chief"})),
    "associations.labels.update": Example(
        204, lambda have: {"associationTypeId": have.label, "label": "Head"}
    ),
    "associations.labels.delete": Example(204),
    "associations.v3.batch.create": Example(201, by_name),
    "associations.v3.batch.archive": Example(204, by_name),
    "associations.v3.batch.read": Example(200, of({"inputs": []})),
    "associations.v3.list": Example(200),
    "associations.v3.create": Example(200),
    "associations.v3.delete": Example(204),
    # -- §7.6, §8.7
    "account.details": Example(200),
    "account.usage": Example(200),
    "account.me": Example(200),
    "limits.records": Example(200),
    "limits.pipelines": Example(200),
    "limits.custom_properties": Example(200),
    "limits.calculated": Example(200),
    "limits.custom_types": Example(200),
    "limits.labels": Example(200),
    "limits.associations.from": Example(200),
    "limits.associations.to": Example(200),
    "limits.associations": Example(200),
    # -- §7.1 to §7.3
    "oauth.authorize": Example(
        302,
        query={"client_id": CLIENT_ID, "redirect_uri": REDIRECT_URI, "scope": "oauth"},
    ),
    "oauth.token": Example(
        200,
        of({"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN, **CREDENTIALS}),
        form=True,
    ),
    "oauth.introspect": Example(200, token_form, form=True),
    "oauth.revoke": Example(200, token_form, form=True),
    "oauth.access_token": Example(200, parameters=ACCESS),
    "oauth.refresh_token": Example(200, parameters=REFRESH),
    "oauth.delete_refresh_token": Example(204, parameters=REFRESH),
    "oauth.private_app": Example(200, lambda have: {"tokenKey": have.server.token}),
    # -- §5.1, §5.3
    "events.send": Example(204, an_event),
    "events.send.batch": Example(204, lambda have: {"inputs": [an_event(have)]}),
    "events.list": Example(200),
    "events.types": Example(200),
    "event_definitions.create": Example(
        201, of({"label": "Seen", "propertyDefinitions": [], "includeDefaultProperties": True})
    ),
    "event_definitions.list": Example(200),
    "event_definitions.read": Example(200),
    "event_definitions.update": Example(201, of({"label": "New"})),
    "event_definitions.delete": Example(204),
    "event_definitions.property.create": Example(
        201, of({"name": "land", "label": "Land", "type": "string"})
    ),
    "event_definitions.property.update": Example(201, of({"label": "New"}), CITY),
    "event_definitions.property.delete": Example(204, parameters=CITY),
    # -- §6
    "lists.create": Example(
        200, of({"name": "New", "objectTypeId": "0-1", "processingType": "MANUAL"})
    ),
    "lists.read_many": Example(200),
    "lists.search": Example(200, of({"query": ""})),
    "lists.read": Example(200),
    "lists.delete": Example(204),
    "lists.by_name": Example(200, parameters={"object_type": lambda _: "0-1"}),
    "lists.rename": Example(200, query={"listName": "Best"}),
    "lists.restore": Example(204, parameters={"list_id": lambda have: have.deleted_list}),
    "lists.members": Example(200),
    "lists.members.join_order": Example(200),
    "lists.members.clear": Example(204),
    "lists.members.add": Example(200, lambda have: [have.contact]),
    "lists.members.remove": Example(200, lambda have: [have.contact]),
    "lists.members.add_and_remove": Example(
        200, lambda have: {"recordIdsToAdd": [have.contact], "recordIdsToRemove": []}
    ),
    "lists.members.add_from": Example(204),
    "lists.of_record": Example(200),
    # -- §2.10
    "schemas.list": Example(200),
    "schemas.create": Example(201, of(NEW)),
    "schemas.batch.read": Example(200, lambda have: {"inputs": [{"id": have.car}]}),
    "schemas.read": Example(200),
    "schemas.update": Example(200, of({"description": "New"})),
    "schemas.archive": Example(204, parameters={"schema": lambda have: have.bare_car}),
    "schemas.associations.create": Example(
        201, lambda have: {"fromObjectTypeId": have.car, "toObjectTypeId": "0-2", "name": "owner"}
    ),
    "schemas.associations.remove": Example(204),
}
