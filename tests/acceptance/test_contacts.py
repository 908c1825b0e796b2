"""Contacts, as the reference destination's acceptance tests want them."""

from __future__ import annotations

import pytest

from hubspot_pipeline.simulator.faults import Fault
from tests.acceptance.shop import Shop, identify, prompt_account

CONTACTS = "upsertContact"
STAGES = {
    "action": CONTACTS,
    "mapping": {"email": "$.traits.email", "lifecyclestage": "$.traits.stage"},
}


class TestAThousandContacts:
    def test_take_at_most_thirty_calls_new_known_or_both(self, shop: Shop) -> None:
        for at in range(500):
            shop.add("contacts", email=f"known{at}@x.com")
        known = [identify(f"known{at}@x.com", at) for at in range(500)]
        run = shop.run(CONTACTS, [*known, *(identify(f"new{at}@x.com", at) for at in range(500))])
        assert run.counts == {"delivered": 1_000}
        assert sum(run.calls.values()) <= 30


class TestALifecycleStage:
    def test_moves_backward_and_forward(self, shop: Shop) -> None:
        back = shop.add("contacts", email="back@x.com", lifecyclestage="customer")
        shop.add("contacts", email="on@x.com", lifecyclestage="lead")
        run = shop.run(
            STAGES,
            [identify("back@x.com", stage="lead"), identify("on@x.com", stage="customer")],
        )
        assert run.verdicts == ["delivered", "delivered"]
        assert shop.record("contacts", "back@x.com", "email")["lifecyclestage"] == "lead"
        assert shop.record("contacts", "on@x.com", "email")["lifecyclestage"] == "customer"
        assert run.rows[0]["record_id"] == back

    def test_that_is_the_same_but_for_spaces_and_case_takes_no_further_call(
        self, shop: Shop
    ) -> None:
        shop.add("contacts", email="a@x.com", lifecyclestage="customer")
        run = shop.run(STAGES, [identify("a@x.com", stage="  CUSTOMER ")])
        assert run.verdicts == ["delivered"]
        assert sum(count for route, count in run.calls.items() if "batch" in route) == 1

    def test_lower_than_the_accounts_first_one_is_set_on_a_new_contact(self, shop: Shop) -> None:
        run = shop.run(STAGES, [identify("a@x.com", stage="subscriber")])
        assert run.verdicts == ["delivered"]
        assert shop.record("contacts", "a@x.com", "email")["lifecyclestage"] == "subscriber"


class TestABadRow:
    def test_of_a_hundred_harms_only_itself_and_tells_what_hubspot_said(self, shop: Shop) -> None:
        events = [identify(f"p{at}@x.com", at) for at in range(99)]
        events.insert(50, identify("someone@intranet.local", 50))
        run = shop.run(CONTACTS, events)
        assert run.counts == {"delivered": 99, "failed": 1}
        bad = run.rows[50]
        assert "someone@intranet.local" in bad["reason"]
        assert bad["category"]
        assert bad["correlation_id"]
        assert len(shop.records("contacts", "email")) == 99

    def test_that_was_never_answered_is_undelivered_and_nothing_worse(self, shop: Shop) -> None:
        shop.simulator.faults.add(Fault("status", status=502, route="objects.batch.*", skip=1))
        run = shop.run(CONTACTS, [identify(f"p{at}@x.com", at) for at in range(200)])
        assert run.counts == {"delivered": 100, "undelivered": 100}

    def test_before_it_takes_nothing_from_a_rows_time(self, shop: Shop) -> None:
        run = shop.run(
            CONTACTS,
            [
                identify("nobody", 1),
                identify("a@x.com", 9, company="newer"),
                identify(None, 2),
                identify("a@x.com", 3, company="older"),
            ],
        )
        assert run.verdicts == ["rejected", "delivered", "rejected", "superseded"]
        assert shop.record("contacts", "a@x.com", "email")["company"] == "newer"


class TestTheSameContactSpelledInManyWays:
    def test_is_written_once(self, shop: Shop) -> None:
        record = shop.add("contacts", email="ann@x.com")
        run = shop.run(
            CONTACTS, [identify("Ann@X.com", 1, company="One"), identify("ann@x.com", 2, phone="2")]
        )
        assert run.verdicts == ["superseded", "delivered"]
        held = shop.record("contacts", "ann@x.com", "email")
        assert (held["company"], held["phone"]) == ("One", "2")
        assert {row["record_id"] for row in run.rows} == {record}

    def test_with_primary_and_secondary_address_is_one_record(self, shop: Shop) -> None:
        record = shop.add("contacts", email="new@x.com", hs_additional_emails="old@x.com")
        run = shop.run(
            CONTACTS,
            [identify("old@x.com", 1, company="One"), identify("new@x.com", 2, phone="2")],
        )
        assert set(run.verdicts) == {"delivered"}
        assert {row["record_id"] for row in run.rows} == {record}
        held = shop.record("contacts", "new@x.com", "email")
        assert (held["company"], held["phone"]) == ("One", "2")


@pytest.mark.parametrize(
    "email", ["a/b@x.com", "a?b@x.com", "a#b@x.com", "a%20b@x.com", "o'brien+x@x.com"]
)
def test_an_address_with_letters_that_urls_know_is_that_contacts(shop: Shop, email: str) -> None:
    record = shop.add("contacts", email=email)
    shop.add("contacts", email="a@x.com")
    run = shop.run(CONTACTS, [identify(email, company="Acme")])
    assert run.verdicts == ["delivered"]
    assert run.rows[0]["record_id"] == record
    assert shop.record("contacts", email, "email")["company"] == "Acme"
    assert "company" not in shop.record("contacts", "a@x.com", "email")


def test_a_contact_that_comes_up_while_it_is_created_is_updated(shop: Shop) -> None:
    """The conflict is found late, as where another process created it a moment before."""
    shop.simulator.reset(prompt_account(late_uniqueness_rate=1.0))
    known = shop.add("contacts", email="new@x.com", hs_additional_emails="old@x.com")
    mapping = {"action": CONTACTS, "writes": "read_then_write"}
    run = shop.run(mapping, [identify("old@x.com", company="Acme"), identify("b@x.com")])
    assert run.verdicts == ["delivered", "delivered"]
    assert run.rows[0]["record_id"] == known
    assert shop.record("contacts", "new@x.com", "email")["company"] == "Acme"


def test_one_by_one_and_all_at_once_leave_the_same_contacts(shop: Shop) -> None:
    mapping = {
        "action": CONTACTS,
        "mapping": {
            "email": "$.traits.email",
            "company": {"@if": {"exists": "$.traits.gone", "then": "", "else": "$.traits.company"}},
            "phone": "$.traits.phone",
            "properties": {"city": "$.traits.city"},
        },
    }
    events = [
        identify("A@x.com", 1, company=" Acme ", city="", phone="  "),
        identify("a@X.com", 2, gone=True, city=" Oslo "),
        identify("b@x.com", 3, company="", phone=" 7"),
        identify("b@x.com", 4, phone=""),
    ]
    shop.run(mapping, events)
    at_once = shop.records("contacts", "email")
    shop.simulator.reset()
    shop.forget_deliveries()
    for day, each in enumerate(events, 1):
        shop.run(mapping, [each], day=f"2026-01-{day:02d}")
    assert shop.records("contacts", "email") == at_once
    assert at_once["a@x.com"] == {
        "email": "a@x.com", "company": "", "city": "Oslo", "lifecyclestage": "lead",
    }  # fmt: skip
