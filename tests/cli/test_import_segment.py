from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from hubspot_pipeline.destination import load_destination
from hubspot_pipeline.orchestration.component import load_destinations
from tests.test_segment_import import EMAIL, subscription

if TYPE_CHECKING:
    from click.testing import Result

    from tests.cli.conftest import Project

ORDERS = subscription(name="Orders", actionSlug="customEvents")


def imported(project: Project, document: Any, *args: str) -> Result:
    file = project.write("subscriptions.json", json.dumps(document))
    return project.call("import-segment", file, *args)


def test_a_whole_import_is_exit_code_0_and_loads(project: Project) -> None:
    result = imported(project, [subscription()], "--portal", "12345678")
    file = project.folder / "defs/imported/defs.yaml"
    assert (result.exit_code, result.stdout) == (0, f"{file}\n")
    assert "1 of 1 subscriptions are mappings." in result.stderr
    destination = load_destination(file)
    assert (destination.name, destination.portal) == ("imported", "12345678")
    assert destination.mapping("upsert_contact").mapping == {"email": "$.traits.email"}
    assert [path.name for path in file.parent.iterdir()] == ["defs.yaml"]


@pytest.mark.filterwarnings("ignore")
def test_what_is_left_out_is_exit_code_1_and_kept_beside_what_dagster_loads(
    project: Project,
) -> None:
    result = imported(project, [subscription(), ORDERS])
    assert result.exit_code == 1
    assert "left out: unknown action 'customEvents'; did you mean 'customEvent'?." in result.stderr
    assert "Write the account's Hub ID" in result.stderr
    kept = json.loads((project.folder / "defs/imported/left-out.json").read_text("utf-8"))
    assert [one["name"] for one in kept["subscriptions"]] == ["Orders"]
    load_destinations(project.folder / "defs")


def test_a_disabled_subscription_alone_is_no_loss(project: Project) -> None:
    result = imported(project, [subscription(), subscription(name="Off", enabled=False)])
    assert result.exit_code == 0
    assert "left out: it is disabled." in result.stderr


def test_nothing_is_replaced_without_force(project: Project) -> None:
    assert imported(project, [subscription(), ORDERS], "--output", "defs/seg").exit_code == 1
    before = (project.folder / "defs/seg/defs.yaml").read_text("utf-8")
    again = imported(project, [subscription(trigger='type = "track"')], "--output", "defs/seg")
    assert again.exit_code == 2
    assert "defs/seg/defs.yaml is there already" in again.stderr
    assert (project.folder / "defs/seg/defs.yaml").read_text("utf-8") == before

    forced = imported(
        project, [subscription(trigger='type = "track"')], "--output", "defs/seg", "--force"
    )
    assert forced.exit_code == 0
    assert 'type = "track"' in (project.folder / "defs/seg/defs.yaml").read_text("utf-8")
    assert not (project.folder / "defs/seg/left-out.json").exists()


def test_subscriptions_may_come_on_standard_input(project: Project) -> None:
    result = project.call("import-segment", "-", stdin=json.dumps(subscription()))
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("document", "args", "message"),
    [
        ([ORDERS], (), "None of the subscriptions can be imported"),
        ({"data": {}}, (), "holds no subscriptions"),
        ([subscription()], ("--portal", "x"), "portal: String should match pattern"),
        ([subscription()], ("--output", "defs/a-b"), "name: String should match pattern"),
    ],
)
def test_what_cannot_be_imported_writes_nothing_and_is_exit_code_2(
    project: Project, document: Any, args: tuple[str, ...], message: str
) -> None:
    result = imported(project, document, *args)
    assert result.exit_code == 2
    assert message in result.stderr
    assert [path.name for path in (project.folder / "defs").iterdir()] == ["shop"]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"{", "subscriptions.json:1:2: "), (b"\xff", "is not UTF-8 text (byte 0)")],
)
def test_a_file_that_is_not_json_is_told(project: Project, content: bytes, message: str) -> None:
    file = project.write("subscriptions.json", content)
    result = project.call("import-segment", file)
    assert result.exit_code == 2
    assert message in result.stderr


EVENTS = [
    {"type": "identify", "traits": {"email": "ada@example.com", "name": "Ada", "plan": "team"}},
    {"type": "track", "event": "Order Completed", "properties": {"email": "bo@example.com"}},
    {"type": "identify", "traits": {"email": "nobody"}},
    {"type": "identify", "traits": {"email": "cy@example.com", "plan": None, "tags": ["a", 1]}},
]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"trigger": 'type = "track" OR type = "identify"'},
        {"trigger": 'type = "a" and event = "b" or type = "identify"'},
        {
            "settings": {
                "email": {"@if": {"exists": EMAIL, "then": EMAIL,
                                  "else": {"@path": "$.properties.email"}}},
                "firstname": {"@template": "{{traits.name}}"},
                "lastname": "{{traits.name}}",
                "city": "$.traits.city",
                "zip": {"@template": "{{$.traits.name}}"},
                "phone": 5,
                "properties": {
                    "plan": {"@case": {"operator": "upper", "value": {"@path": "$.traits.plan"}}},
                    "price": "$.99",
                    "list": ["$.a", {"@path": "$.traits.tags"}],
                    "items": {"@arrayPath": ["$.traits.tags", {"x": {"@path": "$.y"}}]},
                },
            },
        },
    ],
)  # fmt: skip
def test_an_imported_mapping_gives_the_payloads_of_the_original(
    project: Project, given: dict[str, Any]
) -> None:
    one = subscription(**given)
    assert imported(project, [one], "--portal", "1").exit_code == 0
    spec = yaml.safe_load((project.folder / "defs/imported/defs.yaml").read_text("utf-8"))
    written = project.write(
        "imported.yaml",
        yaml.safe_dump(spec["attributes"]["mappings"]["upsert_contact"], sort_keys=False),
    )
    original = project.write(
        "original.json",
        json.dumps(
            {
                "action": "upsertContact",
                "trigger": one["trigger"],
                "dialect": "segment",
                "mapping": one["settings"],
            }
        ),
    )
    events = "".join(json.dumps(event) + "\n" for event in EVENTS)
    outputs = [
        project.call("map", file, "--events", "-", stdin=events) for file in (original, written)
    ]
    assert [output.exit_code for output in outputs] == [0, 0]
    assert outputs[0].stdout == outputs[1].stdout
