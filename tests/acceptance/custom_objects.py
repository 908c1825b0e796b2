"""Mappings of Custom Object V2, and events for them."""

from __future__ import annotations

from typing import Any

from tests.acceptance.shop import Event, Shop, track

UNLABELED = "HUBSPOT_DEFINED:279"


def contacts(mode: str = "upsert", *, by: str = "email", **fields: Any) -> dict[str, Any]:
    """A mapping of contacts, found by one of their properties."""
    mapping: dict[str, Any] = {
        "object_details": {
            "object_type": "contact",
            "id_field_name": by,
            "id_field_value": f"$.properties.{by}",
        },
        "association_sync_mode": "upsert",
    }
    return {
        "action": "upsertObject",
        "trigger": 'type = "track"',
        "sync_mode": mode,
        "mapping": mapping | fields,
    }


def company(label: str = UNLABELED, value: str = "$.properties.company") -> dict[str, str]:
    """An association with a company by its own unique number."""
    return {
        "object_type": "company",
        "association_label": label,
        "id_field_name": "number",
        "id_field_value": value,
    }


def seen(email: str | None, at: int = 0, **properties: Any) -> Event:
    return track("Seen", at, email=email, **properties)


def friend(mode: str = "upsert") -> dict[str, Any]:
    """Fields that associate a contact with another one."""
    link = {
        "object_type": "contact",
        "association_label": "HUBSPOT_DEFINED:449",
        "id_field_name": "email",
        "id_field_value": "$.properties.friend",
    }
    return {"association_sync_mode": mode, "associations": [link]}


def in_list(name: str = "VIPs", **details: Any) -> dict[str, Any]:
    """A mapping of contacts with a list; other details of it, if given."""
    given = {
        "connected_to_engage_audience": False,
        "list_name": name,
        "list_action": "$.properties.vip",
        "should_create_list": True,
    }
    return contacts(list_details=given | details)


def give_a_company_a_number(shop: Shop) -> None:
    """Let companies have unique numbers, and one of them have one."""
    shop.define("companies", "number", unique=True)
    shop.add("companies", number="7", name="Seven")
