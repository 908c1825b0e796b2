"""Private values reach HubSpot and nothing else: all that a run leaves behind is searched."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import stamina

from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.faults import Fault
from tests.acceptance.shop import Event, Run, Shop, group, identify, track
from tests.leftovers import found, texts_in

CANARY = "canary"
"""What every private value holds, and nothing else does."""


@pytest.fixture(autouse=True)
def _retries_do_not_wait() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def left_behind(shop: Shop) -> dict[str, str]:
    """All that a run leaves besides the export and its payloads, as texts by name."""
    return texts_in(shop.root, besides=("events/", "payloads/"))


def told(run: Run, caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """What a run tells in this process: its summary, and its log."""
    log = "\n".join(record.getMessage() + repr(vars(record)) for record in caplog.records)
    return {"the summary": repr(run.summary), "the log": log}


PERSON: dict[str, Any] = {
    "action": "upsertContact",
    "mapping": {
        "email": "$.traits.email",
        "city": "$.traits.city",
        "company": "$.traits.company",
        "properties": "$.traits.extra",
    },
    "private": ["city", "company", "properties"],
}

TROUBLES = {
    "none": [],
    "an outage": [Fault("status", route="objects.batch.*", status=503)],
    "answers that are cut": [Fault("truncate", route="objects.batch.*", rate=0.5)],
    "a breakdown": [Fault("status", route="objects.batch.*", status=500)],
    "a refused token": [Fault("revoke", route="objects.batch.*")],
    "no calls left": [Fault("status", route="objects.batch.*", status=429, variant="daily")],
    "hostile answers": [Fault("hostile")],
}


SOME = ("none", "an outage", "a breakdown")


@pytest.mark.parametrize("trouble", TROUBLES)
def test_no_private_value_of_a_contact_is_left_behind(
    shop: Shop, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    caplog.set_level(logging.DEBUG)
    shop.account.define(Property("secret", "S", "number", "number", "contactinformation"))
    shop.account.define(Property("code", "C", "string", "text", "contactinformation", unique=True))
    shop.add("contacts", email="other@x.com", code="canary-code")
    shop.simulator.faults.add(*TROUBLES[trouble])
    run = shop.run(
        PERSON,
        [
            identify("a@x.com", 1, city="Canary City", company="Canary & Söns"),
            identify("b@x.com", 2, city=["Canary", "list"]),  # is no text
            identify("c@x.com", 3, extra={"secret": "canary is no number"}),
            identify("d@x.com", 4, extra={"code": "canary-code"}),  # another's
            identify("e@x.com", 5, extra={"unheard_of": "canary"}) | {"anonymousId": "a"},
            identify("f@x.com", 6, extra="canary is no object"),
            identify("g@x.nowhere", 7, city="Canary"),  # HubSpot refuses its address
        ],
    )
    assert run.counts.get("rejected", 0) >= 3
    assert found(left_behind(shop) | told(run, caplog), [CANARY]) == []


def person(address: str, at: int, **traits: Any) -> Event:
    """A person, in an event whose id says nothing of them."""
    return identify(address, at, **traits) | {"messageId": f"m{at}"}


@pytest.mark.parametrize("trouble", SOME)
def test_no_private_address_is_left_behind(
    shop: Shop, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    caplog.set_level(logging.DEBUG)
    shop.simulator.faults.add(*TROUBLES[trouble])
    run = shop.run(
        {"action": "upsertContact", "private": ["email"]},
        [
            person("Canary@x.com", 1, city="Oslo"),
            person("canary@x.com", 2, city="Rome"),
            person("canary@x.nowhere", 3),
            person("canary at home", 4),
        ],
    )
    assert run.rows[3]["reason"] == "Email is not a valid e-mail address"
    assert run.rows[0]["record"] == run.rows[1]["record"] != run.rows[2]["record"]
    assert str(run.rows[0]["record"]).startswith("#")
    assert found(left_behind(shop) | told(run, caplog), [CANARY]) == []


COMPANY: dict[str, Any] = {
    "action": "upsertCompany",
    "mapping": {
        "groupid": "$.groupId",
        "createNewCompany": True,
        "associateContact": True,
        "email": "$.context.traits.email",
        "companysearchfields": {"domain": "$.traits.domain"},
        "name": "$.traits.name",
    },
    "private": ["groupid", "email", "companysearchfields.domain", "name"],
}


def test_nothing_private_of_a_company_is_left_behind(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shop.add("contacts", email="canary@x.com")
    for _ in range(2):
        shop.add("companies", domain="canary.com", name="C")
    run = shop.run(
        COMPANY,
        [
            group("canary-1", 1, "canary@x.com", name="Canary"),
            group("canary-2", 2, "canary@nobody.com", name="Canary"),  # no such contact
            group("canary-3", 3, "canary@x.com", domain="canary.com"),  # two companies match
        ],
    )
    assert run.counts == {"delivered": 1, "failed": 2}
    assert found(left_behind(shop) | told(run, caplog), [CANARY]) == []


OBJECT: dict[str, Any] = {
    "action": "upsertObject",
    "trigger": 'type = "track"',
    "sync_mode": "upsert",
    "mapping": {
        "object_details": {
            "object_type": "deal",
            "id_field_name": "number",
            "id_field_value": "$.properties.number",
        },
        "properties": {"dealname": "$.properties.name", "dealstage": "$.properties.stage"},
        "sensitive_properties": {
            "diagnosis": "$.properties.diagnosis",
            "size": "$.properties.size",
        },
        "association_sync_mode": "$.properties.mode",
        "associations": [
            {
                "object_type": "contact",
                "association_label": "HUBSPOT_DEFINED:3",
                "id_field_name": "email",
                "id_field_value": "$.properties.email",
            }
        ],
        "list_details": {
            "list_name": "$.properties.list",
            "list_action": True,
            "should_create_list": False,
        },
    },
    "private": [
        "object_details.id_field_value",
        "associations.id_field_value",
        "list_details.list_name",
        "properties.dealname",
        "properties.dealstage",
    ],
}


@pytest.mark.parametrize("trouble", SOME)
def test_nothing_private_of_an_object_is_left_behind(
    shop: Shop, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    caplog.set_level(logging.DEBUG)
    shop.define("deals", "number", unique=True)
    shop.define("deals", "diagnosis", sensitivity="sensitive")
    shop.define("deals", "size", "number number")
    shop.simulator.faults.add(*TROUBLES[trouble])
    ours = {"name": "Canary", "stage": "closedwon", "mode": "read"}
    run = shop.run(
        OBJECT,
        [
            track("D", 1, number="canary-1", diagnosis="canary", **ours),
            track("D", 2, number="canary-2", email="canary@nobody.com", **ours),
            track("D", 3, number="canary-3", list="Canary patients", **ours),
            track("D", 4, number="canary-4", **{**ours, "stage": "canary won"}),
            track("D", 5, number="canary-5", size="canary large", **ours),
            track(
                "D", 6, number="canary-6", email="canary@x.nowhere", **{**ours, "mode": "upsert"}
            ),
        ],
    )
    assert run.counts.get("rejected") == 2
    assert found(left_behind(shop) | told(run, caplog), [CANARY]) == []


EVENT: dict[str, Any] = {
    "action": "customEvent",
    "trigger": 'type = "track"',
    "mapping": {
        "event_name": "order",
        "record_details": {"object_type": "contact", "email": "$.properties.email"},
        "occurred_at": "$.properties.at",
        "properties": {"total": "$.properties.total", "note": "$.properties.note"},
    },
    "private": ["record_details.email", "properties", "occurred_at"],
}


@pytest.mark.parametrize("trouble", SOME)
def test_nothing_private_of_an_event_is_left_behind(
    shop: Shop, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    caplog.set_level(logging.DEBUG)
    shop.define_event("order", {"total": "number", "note": "string"})
    shop.simulator.faults.add(*(replace(fault, route="events.*") for fault in TROUBLES[trouble]))
    run = shop.run(
        EVENT,
        [
            track("O", 1, email="canary@x.com", total=1, note="canary"),
            track("O", 2, email="canary@x.com", total="canary"),
            track("O", 3, email="canary at x", total=3),
            track("O", 4, email="canary@x.com", at="canary o'clock"),
            track("O", 5, email="canary@x.com", note="canary" * 100),
        ],
    )
    assert run.counts.get("rejected") == 4
    assert found(left_behind(shop) | told(run, caplog), [CANARY]) == []
