from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.cli.plan.changes import every_change, kind_of, name_of, read_changes
from tests.cli.plan.made_plans import Change, change, link, made_plan

if TYPE_CHECKING:
    from pathlib import Path

TEXT = st.none() | st.sampled_from(["a", "b"])
VALUES = st.dictionaries(st.sampled_from(["city", "phone", "zip"]), st.tuples(TEXT, TEXT)).map(
    lambda values: {name: pair for name, pair in values.items() if pair[0] != pair[1]}
)
CHANGES = st.lists(
    st.builds(
        change,
        st.sampled_from(["create", "update", "send", "none"]),
        st.just("ada@example.com"),
        values=VALUES,
        associations=st.lists(st.builds(link, st.sampled_from(["add", "remove"]), st.just("7"))),
        lists=st.lists(
            st.fixed_dictionaries(
                {"operation": st.sampled_from(["join", "leave"]), "name": st.just("VIPs")}
            )
        ),
        verdict=st.sampled_from(["delivered", "rejected", "unchanged"]),
    ),
    max_size=12,
).map(lambda rows: [{**row, "row": number} for number, row in enumerate(rows)])


def plain_size(row: Change) -> tuple[int, int, int]:
    """How many things a change takes away, overwrites and adds."""
    operations = Counter(item["operation"] for item in (*row["associations"], *row["lists"]))
    kinds = Counter(map(kind_of, row["properties"]))
    return (
        kinds["takes"] + operations["remove"] + operations["leave"],
        kinds["overwrites"],
        kinds["adds"] + operations["add"] + operations["join"] + (row["operation"] == "send"),
    )


def plain_largest(rows: list[Change], most: int) -> list[int]:
    """The rows that are shown, by their number, said plainly."""
    order = sorted(rows, key=lambda row: [-size for size in plain_size(row)])
    changing = [row for row in order if any(plain_size(row))]
    new = [row["row"] for row in changing if row["operation"] in {"create", "send"}]
    old = [row["row"] for row in changing if row["row"] not in new]
    of_old = min(len(old), max(most // 2, most - len(new)))
    kept = {*old[:of_old], *new[: most - of_old]}
    shown = {row["row"]: plain_size(row) for row in changing if row["row"] in kept}
    return sorted(shown, key=lambda row: [-size for size in shown[row]])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=CHANGES, most=st.integers(0, 8))
def test_what_is_read_is_what_a_plain_reading_finds(
    rows: list[Change], most: int, tmp_path: Path
) -> None:
    read = read_changes(made_plan(tmp_path, rows).plan.path, most=most, most_refused=3)
    assert Counter(row["row"] for row in read.shown) == Counter(plain_largest(rows, most))
    sizes = [plain_size(row) for row in read.shown]
    assert sizes == sorted(sizes, reverse=True)
    assert read.total == sum(any(plain_size(row)) for row in rows)
    refused = [row["row"] for row in rows if row["verdict"] == "rejected"]
    assert [row["row"] for row in read.refused] == refused[:3]
    assert read.refused_total == len(refused)
    assert read.events == sum(row["operation"] == "send" for row in rows)
    properties: dict[str, Counter[str]] = {}
    for row in rows:
        for value in row["properties"] if row["operation"] != "send" else ():
            properties.setdefault(value["name"], Counter())[kind_of(value)] += 1
    assert read.properties == properties
    assert list(every_change(made_plan(tmp_path, rows).plan.path)) == rows


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, "a", "adds"),
        ("a", "b", "overwrites"),
        ("a", None, "takes"),
        ("***", "***", "overwrites"),
    ],
)
def test_a_value_is_given_or_put_in_anothers_place_or_taken(
    before: Any, after: Any, kind: str
) -> None:
    assert kind_of({"name": "city", "before": before, "after": after}) == kind


def test_many_new_records_never_hide_those_that_change(tmp_path: Path) -> None:
    many = [
        change("create", f"{n}", values={"a": (None, "1"), "b": (None, "2")}) for n in range(50)
    ]
    one = change("update", "ada", values={"a": ("1", "2")})
    shown = read_changes(made_plan(tmp_path, [*many, one]).plan.path, most=10, most_refused=0).shown
    assert shown[0]["record"] == "ada"
    assert len(shown) == 10


def test_a_plan_without_rows_has_no_changes(tmp_path: Path) -> None:
    read = read_changes(made_plan(tmp_path, []).plan.path, most=10, most_refused=10)
    assert (read.shown, read.total, read.refused, read.refused_total) == ([], 0, [], 0)


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ({"record": "ada@example.com", "values": {"name": (None, "Ada")}}, "ada@example.com"),
        ({"record": "a1" * 32, "values": {"dealname": (None, "Order 7")}}, "Order 7"),
        ({"record": "a1" * 32, "values": {"name": ("Acme", None)}}, "Acme"),
        ({"record": "a1" * 32, "record_id": "new-1"}, "new-1"),
        ({"record": "a1" * 32}, "a1" * 32),
        ({"record": None}, ""),
    ],
)
def test_a_record_has_the_name_that_people_know_it_by(members: dict[str, Any], name: str) -> None:
    assert name_of(change("create", **members)) == name
