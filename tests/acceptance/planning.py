"""A plan held against what delivering then really does, and what planning leaves untouched."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

from hubspot_pipeline import pipeline
from hubspot_pipeline.object_types import COMPANIES, CONTACTS, DEALS
from hubspot_pipeline.plan import plan_partition
from hubspot_pipeline.rehearsal.rehearsal import Plan
from hubspot_pipeline.run_options import AS_USUAL, RunOptions
from hubspot_pipeline.simulator.account.account import Account
from tests.acceptance.shop import DAY, Event, Run, Shop

READS = {
    "account.details",
    "associations.batch.read",
    "associations.labels.list",
    "event_definitions.list",
    "event_definitions.read",
    "lists.by_name",
    "lists.members",
    "objects.batch.read",
    "objects.search",
    "owners.list",
    "pipelines.list",
    "properties.list",
    "schemas.list",
}
"""The simulator's routes that change nothing."""

Change = tuple[Any, ...]
PRIMARY = {"HUBSPOT_DEFINED:1", "HUBSPOT_DEFINED:2", "HUBSPOT_DEFINED:5", "HUBSPOT_DEFINED:6"}
"""Labels that HubSpot gives by itself to whatever company comes first."""


@dataclass(frozen=True)
class Held:
    """What an account holds, by the records' ids.

    Attributes:
        records: Values by object type and id; cleared ones are left out.
        links: Labels by the two types and the two ids; none but the unlabeled kind is an empty set.
        members: Ids by the list's name.
        definitions: Properties with their types, events with theirs, and lists, in words.
        occurrences: How often each event occurred.
    """

    records: dict[tuple[str, str], dict[str, str]]
    links: dict[tuple[str, str, str, str], set[str]]
    members: dict[str, set[str]]
    definitions: set[str]
    occurrences: Counter[str]


def held(account: Account) -> Held:
    """Look at an account."""
    for name in (CONTACTS, COMPANIES, DEALS):  # which the account lists once they are asked for
        account.properties(account.records(name).kind)
    kinds = [records.kind for records in account.all_records.values()]
    records = {
        (kind.name, one.id): {name: value for name, value in one.values.items() if value}
        for kind in kinds
        for one in account.records(kind)
    }
    links = {
        (kind.name, one.id, to.name, other): {
            f"{each.category}:{each.type_id}" for each in types if each.label is not None
        }
        - PRIMARY
        for kind in kinds
        for one in account.records(kind)
        for to in account.associations.kinds(kind, one.id)
        for other, types in account.associations.of(kind, one.id, to).items()
    }
    properties = {
        f"property {kind.name}.{name} ({one.type})"
        for kind in kinds
        for name, one in account.properties(kind).defined.items()
    }
    events = {
        text
        for one in account.events.definitions.all.values()
        for text in (
            f"event {one.name}",
            *(
                f"event property {one.name}.{each.name} ({each.type})"
                for each in one.properties.values()
                if not each.name.startswith("hs_")
            ),
        )
    }
    lists = {f"list {one.name}" for one in account.lists.live()}
    return Held(
        records,
        links,
        {one.name: set(one.members) for one in account.lists.live()},
        properties | events | lists,
        Counter(one.definition for one in account.events),
    )


@dataclass(frozen=True)
class Planned:
    """A plan, and its rows."""

    plan: Plan
    rows: list[dict[str, Any]]


def plan(
    shop: Shop,
    mappings: Mapping[str, Any],
    events: Sequence[Event],
    day: str = DAY,
    options: RunOptions = AS_USUAL,
) -> list[Planned]:
    """Plan a day's events by mappings in their order, and see that planning touched nothing."""
    shop.export(events, day)
    destination = shop.destination(mappings)
    account, files = _everything(shop.account), _files(shop)
    seen = len(shop.simulator.log)
    plans = plan_partition(
        destination, list(mappings), day, shop.storage, shop.connection(destination), options
    )
    assert not {one.route for one in list(shop.simulator.log)[seen:]} - READS
    assert is_same(_everything(shop.account), account)
    assert is_same(_files(shop), files)
    return [Planned(each.plan, pq.read_table(each.plan.path).to_pylist()) for each in plans]


def is_same(one: object, other: object) -> bool:
    """Whether two are equal; pytest would take minutes to say how two accounts differ."""
    return one == other


def _everything(account: Account) -> tuple[Held, dict[str, Any]]:
    """All that an account holds, but for what it draws, and lists by itself when it is asked."""
    saved = account.saved()
    return held(account), {name: saved[name] for name in saved.keys() - {"random", "properties"}}


def _files(shop: Shop) -> dict[str, str]:
    """What a project's files hold, but for plans and for what limits have been used up."""
    return {
        str(file.relative_to(shop.root)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in shop.root.rglob("*")
        if file.is_file()
        and "plans" not in file.parts
        and not file.name.startswith("rate_limit")
        and file.suffix not in {".sqlite-shm", ".sqlite-wal"}
    }


def deliver(shop: Shop, mappings: Mapping[str, Any], name: str, day: str = DAY) -> Run:
    """Deliver what was planned by one of the mappings."""
    destination = shop.destination(mappings)
    pipeline.map_partition(destination, name, day, shop.storage)
    return shop.deliver(destination, name, day)


def check(shop: Shop, mappings: Mapping[str, Any], events: Sequence[Event], day: str = DAY) -> None:
    """Plan, deliver, and see that the plan foretold all of it."""
    real: dict[str, str] = {}
    for planned in plan(shop, mappings, events, day):
        _take_for_real(planned.rows, real)
        before = held(shop.account)
        run = deliver(shop, mappings, planned.plan.mapping, day)
        after = held(shop.account)
        assert planned.plan.verdicts == run.counts
        assert planned.plan.calls == run.summary.calls
        assert planned.plan.stop_reason is None
        assert _by_row(planned.rows) == _by_row(run.rows)
        _check_changes(planned, before, after)
        real |= _real_ids(planned.rows, before, after)


def _take_for_real(rows: Sequence[dict[str, Any]], real: Mapping[str, str]) -> None:
    """Put real ids for those of records that a mapping before this one has created since."""
    for row in rows:
        row["record_id"] = real.get(row["record_id"], row["record_id"])
        for each in row["associations"]:
            each["other"] = real.get(each["other"], each["other"])


def _real_ids(rows: Sequence[Mapping[str, Any]], before: Held, after: Held) -> dict[str, str]:
    """Which record each became that was to be created."""
    ids = {
        str(_content((key, values))): key[1]
        for key, values in after.records.items()
        if key not in before.records
    }
    return {
        row["record_id"]: ids[str((row["object_type"], sorted(_after(row).items())))]
        for row in rows
        if row["operation"] == "create"
    }


def _by_row(rows: Sequence[Mapping[str, Any]]) -> Counter[tuple[Any, ...]]:
    """The verdict of each row that carries a write or goes no further."""
    return Counter(
        (row["file"], row["row"], row["verdict"], row["record"])
        for row in rows
        if row["verdict"] not in {None, "superseded"}
    )


def _check_changes(planned: Planned, before: Held, after: Held) -> None:
    created = {key: values for key, values in after.records.items() if key not in before.records}
    told = [row for row in planned.rows if row["operation"] == "create"]
    assert Counter(map(str, map(_content, created.items()))) == Counter(
        str((row["object_type"], sorted(_after(row).items()))) for row in told
    )
    assert planned.plan.creates == Counter(kind for kind, _ in created)
    assert _changed_values(before, after) == {
        (row["object_type"], row["record_id"]): {
            one["name"]: (one["before"] or "", one["after"] or "") for one in row["properties"]
        }
        for row in planned.rows
        if row["operation"] == "update" and row["properties"]
    }
    _check_links(planned, before, after)
    _check_lists(planned, before, after)
    made = after.definitions - before.definitions
    assert {text.split(" (")[0] for text in made} == {
        text.split(" (")[0] for text in planned.plan.definitions
    }
    sent = Counter(row["object_type"] for row in planned.rows if row["operation"] == "send")
    assert sum((after.occurrences - before.occurrences).values()) == sum(sent.values())


def _content(record: tuple[tuple[str, str], dict[str, str]]) -> Change:
    (kind, _), values = record
    return kind, sorted(values.items())


def _after(row: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"]: one["after"] for one in row["properties"]}


def _changed_values(before: Held, after: Held) -> dict[tuple[str, str], dict[str, Change]]:
    changed = {}
    for key, old in before.records.items():
        new = after.records[key]
        names = {name for name in {**old, **new} if old.get(name, "") != new.get(name, "")}
        if names:
            changed[key] = {name: (old.get(name, ""), new.get(name, "")) for name in names}
    return changed


def _names(planned: Planned, before: Held, after: Held) -> dict[tuple[str, str], str]:
    """What tells records apart in both: the id of those that were there, the values of others."""
    names = {key: key[1] for key in before.records}
    names |= {
        key: str(_content((key, values)))
        for key, values in after.records.items()
        if key not in before.records
    }
    for row in planned.rows:
        if row["operation"] == "create":
            content = (row["object_type"], sorted(_after(row).items()))
            names[row["object_type"], row["record_id"]] = str(content)
    return names


def _check_links(planned: Planned, before: Held, after: Held) -> None:
    names = _names(planned, before, after)
    real: Counter[Change] = Counter()
    for link in {**before.links, **after.links}:
        old, new = before.links.get(link), after.links.get(link)
        kind, one, to_kind, other = link
        ends = frozenset([(kind, names[kind, one]), (to_kind, names[to_kind, other])])
        if old is None or new is None:
            real["remove" if new is None else "add", ends] = 1
    told: Counter[Change] = Counter()
    for row in planned.rows:
        for each in row["associations"]:
            near = row["object_type"], names[row["object_type"], row["record_id"]]
            far = each["to_type"], names[each["to_type"], each["other"]]
            is_new = (row["object_type"], row["record_id"], *far_of(each)) not in before.links
            if each["operation"] == "add" and is_new:
                told["add", frozenset([near, far])] = 1
            elif each["operation"] == "remove" and each["label"] is None:
                told["remove", frozenset([near, far])] = 1
            labels = after.links.get((row["object_type"], row["record_id"], *far_of(each)))
            if labels is not None and each["label"] in (labels | _was(before, row, each)):
                assert (each["label"] in labels) == (each["operation"] == "add")
    assert told == real


def far_of(each: Mapping[str, Any]) -> tuple[str, str]:
    """The other record of an association."""
    return each["to_type"], each["other"]


def _was(before: Held, row: Mapping[str, Any], each: Mapping[str, Any]) -> set[str]:
    return before.links.get((row["object_type"], row["record_id"], *far_of(each)), set())


def _check_lists(planned: Planned, before: Held, after: Held) -> None:
    moves = {
        name: (
            len(members - before.members.get(name, set())),
            len(before.members.get(name, set()) - members),
        )
        for name, members in after.members.items()
    }
    assert planned.plan.list_moves == {name: move for name, move in moves.items() if any(move)}
