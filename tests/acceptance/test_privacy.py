"""Private values reach HubSpot and nothing else: all that a run leaves behind is searched."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import stamina

from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from tests.acceptance.shop import Run, Shop, identify, prompt_account

CANARY = "canary"
"""What every private value holds, and nothing else does."""


@pytest.fixture(autouse=True)
def _retries_do_not_wait() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(prompt_account()) as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.delenv("HUBSPOT_BASE_URL", raising=False)
    simulator.reset(prompt_account())
    return Shop(tmp_path, simulator)


def left_behind(shop: Shop) -> dict[str, str]:
    """All that a run leaves besides the export and its payloads, as texts by name."""
    texts = {}
    for file in shop.root.rglob("*"):
        name = str(file.relative_to(shop.root))
        if not file.is_file() or name.startswith(("events/", "payloads/")):
            continue
        if file.suffix == ".parquet":
            texts[name] = json.dumps(pq.read_table(file).to_pylist(), default=str)
        else:
            texts[name] = file.read_bytes().decode(errors="replace")
    return texts


def found_in(texts: dict[str, str], word: str = CANARY) -> list[str]:
    return [
        f"{name}: …{text[max(0, at - 80) : at + 80]}…"
        for name, text in texts.items()
        if (at := text.lower().find(word)) >= 0
    ]


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
    assert found_in(left_behind(shop) | told(run, caplog)) == []
