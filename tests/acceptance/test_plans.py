"""What a plan tells is what delivering then does, to the call and to the value."""

from __future__ import annotations

import functools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline import sending
from hubspot_pipeline.payload_files import sorted_chunks
from hubspot_pipeline.run_options import RunOptions
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.stores import open_journal, scope_of
from tests.acceptance import branches, planning
from tests.acceptance.branches import BRANCHES, Branch
from tests.acceptance.shop import DAY, NO_LIMITS, Shop, group, identify, prompt_account
from tests.acceptance.test_invariance import CASES, Case
from tests.conftest import EXAMPLES

pytestmark = pytest.mark.slow

ROWS = 30


@pytest.mark.parametrize("branch", BRANCHES, ids=lambda one: f"{one.action}, {one.name}")
def test_every_branch_does_what_its_plan_tells(
    shop: Shop, branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "ROWS", ROWS)
    branch.prepare(shop)
    planning.check(shop, {"mapping": branch.mapping}, branch.events[:ROWS])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@settings(
    max_examples=max(1, EXAMPLES // 12),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_whatever_a_day_has_its_plan_tells_what_it_does(
    shop: Shop, case: Case, data: st.DataObject
) -> None:
    rows = data.draw(st.lists(case.drawn, min_size=1, max_size=12))
    events = [case.row(60 * at, row) for at, row in enumerate(rows)]
    cut = data.draw(st.integers(0, len(events)))
    shop.simulator.reset(prompt_account(first_company_is_primary=False))
    shop.forget_deliveries()
    case.prepare(shop)
    with pytest.MonkeyPatch.context() as patch:
        chunk_rows = data.draw(st.sampled_from([2, 10_000]))
        small = functools.partial(sorted_chunks, chunk_rows=chunk_rows)
        patch.setattr(sending, "sorted_chunks", small)
        planning.check(shop, {"mapping": case.mapping}, events[:cut], day="2026-01-01")
        planning.check(shop, {"mapping": case.mapping}, events[cut:], day="2026-01-02")


CONTACTS = branches.contact_fields()
COMPANIES = branches.companies(**branches.WITH_CONTACT)
BOTH = {"contacts": CONTACTS, "companies": COMPANIES}
PEOPLE_AND_GROUPS = [
    *(identify(f"p{at}@x.com", at, city="Oslo") for at in range(3)),
    *(group(f"c{at % 2}", 10 + at, name=f"C{at}") | {"userId": f"user-{at}"} for at in range(4)),
]
"""The fourth is nobody's whom an identify event named."""


def test_mappings_are_planned_as_if_those_before_them_had_run(shop: Shop) -> None:
    contacts, companies = planning.plan(shop, BOTH, PEOPLE_AND_GROUPS)
    assert contacts.plan.creates == {"contacts": 3}
    assert companies.plan.creates == {"companies": 2}
    assert companies.plan.associations == {"companies/contacts": (3, 0)}
    planning.check(shop, BOTH, PEOPLE_AND_GROUPS)


def test_the_time_of_a_mapping_is_what_it_adds_to_that_of_those_before_it(shop: Shop) -> None:
    branches.event_definition(shop)
    shop.attributes["limits"] = {**NO_LIMITS, "event_requests_per_second": 1}
    mappings = {"first": branches.custom(), "second": branches.custom()}
    first, second = planning.plan(shop, mappings, branches.SOLD[:1])
    assert (first.plan.seconds, round(second.plan.seconds)) == (0, 1)


def test_a_plan_of_what_is_delivered_has_no_calls_that_write(shop: Shop) -> None:
    planning.check(shop, BOTH, PEOPLE_AND_GROUPS)
    again = planning.plan(shop, BOTH, PEOPLE_AND_GROUPS)
    assert [one.plan.updates for one in again] == [{}, {}]
    assert not [name for one in again for name in one.plan.calls if "/batch/upsert" in name]
    planning.check(shop, BOTH, PEOPLE_AND_GROUPS)


def test_what_one_mapping_would_send_hides_nothing_of_what_the_next_has_delivered(
    shop: Shop,
) -> None:
    planning.check(shop, BOTH, PEOPLE_AND_GROUPS)
    moved = [
        one | {"traits": one["traits"] | {"city": "Rome"}} if one["type"] == "identify" else one
        for one in PEOPLE_AND_GROUPS
    ]
    contacts, companies = planning.plan(shop, BOTH, moved)
    assert contacts.plan.updates == {"contacts": 3}
    assert companies.plan.updates == {}
    assert "companies/batch/upsert" not in companies.plan.calls
    planning.check(shop, BOTH, moved)


def test_values_that_records_have_are_planned_as_unchanged_on_another_day(shop: Shop) -> None:
    planning.check(shop, {"mapping": CONTACTS}, PEOPLE_AND_GROUPS)
    (later,) = planning.plan(shop, {"mapping": CONTACTS}, PEOPLE_AND_GROUPS, "2026-01-03")
    assert later.plan.verdicts == {"unchanged": 3}
    planning.check(shop, {"mapping": CONTACTS}, PEOPLE_AND_GROUPS, "2026-01-03")


def test_a_newer_value_that_is_overwritten_by_another_address_is_planned_to_come_back(
    shop: Shop,
) -> None:
    shop.add("contacts", email="first@x.com", hs_additional_emails="second@x.com")
    contacts = {"mapping": CONTACTS}
    planning.check(shop, contacts, [identify("first@x.com", 100, city="New")], "2026-01-03")
    planning.check(shop, contacts, [identify("second@x.com", 10, city="Old")], "2026-01-02")
    assert shop.record("contacts", "first@x.com", by="email")["city"] == "New"


def test_a_newer_value_of_the_same_plan_is_planned_to_come_back_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "sorted_chunks", functools.partial(sorted_chunks, chunk_rows=2))
    shop.add("contacts", email="first@x.com", hs_additional_emails="second@x.com")
    between = [identify(f"{at}@x.com", city="Oslo") for at in ("g", "h", "m")]
    new, old = identify("first@x.com", 100, city="New"), identify("second@x.com", 10, city="Old")
    (planned,) = planning.plan(shop, {"mapping": CONTACTS}, [new, *between, old])
    run = planning.deliver(shop, {"mapping": CONTACTS}, "mapping")
    assert run.outcome(4) == {"restored": ["city"]}
    assert planned.plan.calls == run.summary.calls
    last = [row["properties"] for row in planned.rows if row["record"] == "second@x.com"]
    assert last == [[]]


def test_a_newer_value_that_a_run_did_not_get_to_put_back_is_planned_to_come_back(
    shop: Shop,
) -> None:
    shop.add("contacts", email="first@x.com", hs_additional_emails="second@x.com")
    contacts, old = {"mapping": CONTACTS}, [identify("second@x.com", 10, city="Old")]
    planning.check(shop, contacts, [identify("first@x.com", 100, city="New")], "2026-01-03")
    shop.export(old, "2026-01-02")
    shop.simulator.faults.add(Fault("status", route="objects.batch.update", status=403))
    run = planning.deliver(shop, contacts, "mapping", "2026-01-02")
    assert run.counts == {"undelivered": 1}
    shop.simulator.faults.clear()
    planning.check(shop, contacts, old, "2026-01-02")
    assert shop.record("contacts", "first@x.com", by="email")["city"] == "New"


def test_what_is_to_be_redelivered_is_planned_as_sent(shop: Shop) -> None:
    planning.check(shop, {"mapping": CONTACTS}, PEOPLE_AND_GROUPS)
    (again,) = planning.plan(
        shop, {"mapping": CONTACTS}, PEOPLE_AND_GROUPS, options=RunOptions(redeliver=True)
    )
    assert again.plan.calls["contacts/batch/upsert"] == 1
    assert again.plan.updates == {}


def test_a_plan_does_not_wait_for_a_delivery_that_is_under_way(shop: Shop) -> None:
    destination = shop.destination({"mapping": CONTACTS})
    scope = scope_of(destination, "mapping", DAY, shop.connection(destination))
    with open_journal(destination, shop.storage) as book, book.partition(scope):
        (one,) = planning.plan(shop, {"mapping": CONTACTS}, PEOPLE_AND_GROUPS)
    assert one.plan.verdicts == {"delivered": 3}


def test_private_names_of_lists_are_nowhere_in_a_plan(shop: Shop) -> None:
    mapping = branches.objects(list_details=branches.VIPS) | {"private": ["list_details.list_name"]}
    (one,) = planning.plan(shop, {"mapping": mapping}, branches.SEEN[:2])
    assert one.plan.list_moves == {"***": (2, 0)}
    assert one.plan.definitions == ("list *** (contacts)",)
    assert "VIPs" not in str(one)


def test_private_values_are_not_in_a_plan(shop: Shop) -> None:
    shop.add("contacts", email="p0@x.com", city="Rome")
    mapping = CONTACTS | {"private": ["city"]}
    (one,) = planning.plan(shop, {"mapping": mapping}, PEOPLE_AND_GROUPS)
    told = {
        (each["before"], each["after"])
        for row in one.rows
        for each in row["properties"]
        if each["name"] == "city"
    }
    assert told == {("***", "***"), (None, "***")}
