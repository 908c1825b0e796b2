"""Contacts with their companies and lists, written and read in few words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from tests.delivery.conftest import Delivered, Portal
from tests.delivery.record_writes import Record, link, record_writes


def label(account: Account, name: str) -> str:
    """A label of the account's own, from contacts to companies."""
    contacts, companies = account.types.find("contacts"), account.types.find("companies")
    made = account.associations.types.add_label(contacts, companies, name, name, None)
    return f"{made[0].category}:{made[0].type_id}"


def contact(id_: str, *links: Mapping[str, Any], mode: str = "upsert") -> Record:
    return Record(id_, {"city": "Oslo"}, mode, links=links)


def to_company(id_: str, label: str | None = None, **more: Any) -> Any:
    return link("companies", id_, "ext_id", label=label, **more)


def deliver(portal: Portal, *given: Record, **options: Any) -> Delivered:
    return portal.deliver_writes(record_writes("contacts", "email", given), **options)


def outcome(delivered: Delivered, record: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(str(delivered.rows()[record]["outcome"]))
    return told


def id_of(portal: Portal, email: str) -> str:
    record = portal.simulator.account.contact(email)
    assert record is not None
    return record["hs_object_id"]
