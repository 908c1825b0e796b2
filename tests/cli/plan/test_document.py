from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.cli.plan.document import json_of
from hubspot_pipeline.guards import Broken
from tests.cli.plan.made_plans import ABOUT, change, link, made_plan

if TYPE_CHECKING:
    from pathlib import Path

    from hubspot_pipeline.plan import GuardedPlan


def document(*plans: GuardedPlan) -> dict[str, Any]:
    made: dict[str, Any] = json.loads("".join(json_of(plans, ABOUT)))
    return made


def test_it_says_of_what_and_when(tmp_path: Path) -> None:
    made = document(made_plan(tmp_path, []))
    assert {name: made[name] for name in made if name != "mappings"} == {
        "destination": "shop",
        "partition": "2026-01-02",
        "portal": "12345678",
        "address": "https://api.hubapi.com",
        "planned_at": "2026-01-03T08:30:00Z",
        "written": False,
    }


def test_every_change_of_every_mapping_is_there_a_line_each(tmp_path: Path) -> None:
    contacts = [
        change("update", "ada", values={"city": ("Berlin", None)}, associations=[link("add", "7")]),
        change("none", None, verdict="rejected", reason='not "valid"'),
    ]
    deals = [change("create", f"{n}") for n in range(3)]
    plans = [made_plan(tmp_path, contacts), made_plan(tmp_path, deals, mapping="deals")]
    made = document(*plans)
    assert [mapping["changes"] for mapping in made["mappings"]] == [contacts, deals]
    lines = "".join(json_of(plans, ABOUT)).splitlines()
    assert sum(line.startswith('{"object_type"') for line in lines) == 5


def test_the_counts_have_names(tmp_path: Path) -> None:
    plan = made_plan(
        tmp_path,
        [],
        rows_read=9,
        associations={"contacts/companies": (2, 1)},
        list_moves={"VIPs": (3, 0)},
        definitions=("property contacts.color (string)",),
        calls={"contacts/batch/upsert": 2},
        seconds=1.23456,
        stop_reason="an outage",
        broken=[Broken("least_rows", "the export has 9 rows")],
    )
    (mapping,) = document(plan)["mappings"]
    assert mapping == {
        "mapping": "contacts",
        "rows_read": 9,
        "filtered": 0,
        "verdicts": {},
        "creates": {},
        "updates": {},
        "cleared_values": 0,
        "associations": {"contacts/companies": {"added": 2, "removed": 1}},
        "lists": {"VIPs": {"joins": 3, "leaves": 0}},
        "definitions": ["property contacts.color (string)"],
        "calls": {"contacts/batch/upsert": 2},
        "seconds": 1.235,
        "reads_for_plan": {},
        "guards": [{"guard": "least_rows", "reason": "the export has 9 rows"}],
        "stop_reason": "an outage",
        "changes": [],
    }
