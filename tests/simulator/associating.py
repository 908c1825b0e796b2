"""Short words for calls on associations, for the tests of several files."""

from typing import Any

import httpx

from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.server import SimulatorServer


def spec(type_id: int, category: str = "HUBSPOT_DEFINED") -> dict[str, Any]:
    """An association type as calls name it."""
    return {"associationCategory": category, "associationTypeId": type_id}


class Associating:
    """Contacts and companies, unless a call names other object types; raw answers."""

    def __init__(
        self, client: httpx.Client, server: SimulatorServer, version: str = "2026-03"
    ) -> None:
        self.client = client
        self.server = server
        self.version = version

    # -- records ------------------------------------------------------------------------------

    def record(self, kind: str) -> str:
        """A new record's id."""
        account = self.server.account
        records = account.records(kind)
        return records.create(records.allocate_id(), {}, Stamp(iso(account.clock.now()))).id

    def contact(self) -> str:
        return self.record("contacts")

    def company(self) -> str:
        return self.record("companies")

    # -- paths --------------------------------------------------------------------------------

    def pairs(self, from_type: str = "contacts", to: str = "companies") -> str:
        """Where the batches and labels of two object types are."""
        middle = "v4/associations" if self.version == "v4" else f"associations/{self.version}"
        return f"/crm/{middle}/{from_type}/{to}"

    def of(self, record_id: str, kind: str = "contacts") -> str:
        """Where one record's associations are."""
        middle = "v4/objects" if self.version == "v4" else f"objects/{self.version}"
        return f"/crm/{middle}/{kind}/{record_id}/associations"

    # -- inputs -------------------------------------------------------------------------------

    def pair(self, from_id: str, to_id: str) -> dict[str, Any]:
        return {"from": {"id": from_id}, "to": {"id": to_id}}

    def typed(self, from_id: str, to_id: str, *types: int | dict[str, Any]) -> dict[str, Any]:
        """A pair with types: HubSpot's own by number, labels as `label` gives them."""
        specs = [spec(one) if isinstance(one, int) else one for one in types]
        return self.pair(from_id, to_id) | {"types": specs}

    # -- calls --------------------------------------------------------------------------------

    def batch(
        self, verb: str, *inputs: Any, from_type: str = "contacts", to: str = "companies"
    ) -> httpx.Response:
        path = f"{self.pairs(from_type, to)}/batch/{verb}"
        return self.client.post(path, json={"inputs": list(inputs)})

    def label(self, name: str, label: str, inverse: str | None = None) -> dict[str, Any]:
        """A new label from contacts to companies, as calls name it."""
        body = {"name": name, "label": label}
        if inverse is not None:
            body["inverseLabel"] = inverse
        answer = self.client.post(f"{self.pairs()}/labels", json=body)
        assert answer.status_code == 200, answer.text
        return spec(answer.json()["results"][0]["typeId"], "USER_DEFINED")

    def listed(self, record_id: str, kind: str = "contacts", to: str = "companies") -> list[Any]:
        """What a record is associated with."""
        answer = self.client.get(f"{self.of(record_id, kind)}/{to}")
        assert answer.status_code == 200, answer.text
        results: list[Any] = answer.json()["results"]
        return results

    def types(self, contact: str, company: str) -> list[Any]:
        """The types of a contact's association with a company; none if there is none."""
        found = [one for one in self.listed(contact) if str(one["toObjectId"]) == company]
        types: list[Any] = found[0]["associationTypes"] if found else []
        return types

    def labels(self, contact: str, company: str) -> list[str]:
        """The labels of a contact's association with a company; HubSpot's own come first."""
        return [one["label"] for one in self.types(contact, company) if one["label"] is not None]
