"""Records added, updated or upserted: by a unique property, by record id, or by search."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.writes import RecordWrites
from tests.delivery.conftest import Portal
from tests.delivery.record_writes import Record, define_key, held, record_writes, seed

KEY = "ext_id"
WAYS = pytest.mark.parametrize("way", ["upsert", "read_then_write"])


@pytest.fixture
def account(portal: Portal) -> Account:
    """The account, with a unique property of deals and one deal."""
    account = portal.simulator.account
    define_key(account, "deals", KEY)
    return account


def deal(id_: str, mode: str = "upsert", **properties: str) -> Record:
    required = {"dealname": "D", "dealstage": "appointmentscheduled", "pipeline": "default"}
    return Record(id_, {**required, **properties} if mode != "update" else properties, mode)


class TestByAUniqueProperty:
    @WAYS
    def test_an_upsert_writes_what_is_there_and_what_is_not(
        self, portal: Portal, account: Account, way: str
    ) -> None:
        known = seed(account, "deals", **{KEY: "1", "dealname": "old"})
        delivered = portal.deliver_writes(
            record_writes("deals", KEY, [deal("1", amount="5"), deal("2")]), way=way
        )
        rows = delivered.rows()
        assert delivered.verdicts() == {"delivered": 2}
        assert (rows["1"]["record_id"], rows["1"]["operation"]) == (known, "updated")
        assert rows["2"]["operation"] == "created"
        assert held(account, "deals")[known]["amount"] == "5"
        assert len(account.records("deals")) == 2

    def test_an_update_leaves_out_what_is_not_there(self, portal: Portal, account: Account) -> None:
        known = seed(account, "deals", **{KEY: "1"})
        delivered = portal.deliver_writes(
            record_writes("deals", KEY, [deal("1", "update", amount="5"), deal("2", "update")])
        )
        rows = delivered.rows()
        assert (rows["1"]["verdict"], rows["2"]["verdict"]) == ("delivered", "skipped")
        assert "no such record" in str(rows["2"]["reason"])
        assert held(account, "deals")[known]["amount"] == "5"
        assert len(account.records("deals")) == 1
        assert delivered.calls == {"deals/batch/read": 1, "deals/batch/update": 1}

    @pytest.mark.usefixtures("account")
    def test_an_update_of_nothing_that_is_there_only_reads(self, portal: Portal) -> None:
        delivered = portal.deliver_writes(record_writes("deals", KEY, [deal("1", "update")]))
        assert delivered.verdicts() == {"skipped": 1}
        assert delivered.calls == {"deals/batch/read": 1}

    def test_an_addition_leaves_alone_what_is_there(self, portal: Portal, account: Account) -> None:
        known = seed(account, "deals", **{KEY: "1", "dealname": "old"})
        delivered = portal.deliver_writes(
            record_writes("deals", KEY, [deal("1", "add"), deal("2", "add")])
        )
        rows = delivered.rows()
        assert (rows["1"]["verdict"], rows["2"]["verdict"]) == ("skipped", "delivered")
        assert held(account, "deals")[known]["dealname"] == "old"
        assert delivered.calls == {"deals/batch/read": 1, "deals/batch/create": 1}

    def test_an_addition_of_nothing_new_creates_nothing(
        self, portal: Portal, account: Account
    ) -> None:
        seed(account, "deals", **{KEY: "1"})
        delivered = portal.deliver_writes(record_writes("deals", KEY, [deal("1", "add")]))
        assert delivered.calls == {"deals/batch/read": 1}

    @pytest.mark.parametrize("mode", ["add", "update", "upsert"])
    def test_addresses_are_compared_as_hubspot_compares_them(
        self, portal: Portal, mode: str
    ) -> None:
        known = seed(portal.simulator.account, "contacts", email="ann@x.com", city="Oslo")
        delivered = portal.deliver_writes(
            record_writes("contacts", "email", [Record("Ann@X.com", {"city": "Rome"}, mode)])
        )
        row = delivered.rows()["Ann@X.com"]
        assert len(portal.contacts) == 1
        if mode == "add":
            assert row["verdict"] == "skipped"
        else:
            assert (row["verdict"], row["record_id"]) == ("delivered", known)

    @pytest.mark.parametrize("mode", ["update", "upsert"])
    def test_a_secondary_address_leads_to_its_contact(self, portal: Portal, mode: str) -> None:
        portal.deliver({"old@b.co": {"city": "Oslo"}})
        portal.deliver({"old@b.co": {"email": "new@b.co"}})
        delivered = portal.deliver_writes(
            record_writes("contacts", "email", [Record("old@b.co", {"city": "Rome"}, mode)])
        )
        assert delivered.verdicts() == {"delivered": 1}
        assert portal.contacts["new@b.co"]["city"] == "Rome"

    @pytest.mark.parametrize("mode", ["add", "update", "upsert"])
    def test_one_bad_row_of_a_hundred_harms_only_itself(
        self, portal: Portal, account: Account, mode: str
    ) -> None:
        given = [deal(f"{at:03d}", mode, amount="1") for at in range(100)]
        given[50] = deal("050", mode, no_such_property="x")
        if mode == "update":
            for one in given:
                seed(account, "deals", **{KEY: one.id})
        delivered = portal.deliver_writes(record_writes("deals", KEY, given))
        assert delivered.verdicts() == {"delivered": 99, "failed": 1}
        assert "no_such_property" in str(delivered.rows()["050"]["reason"])


class TestAdditionsWhoseAnswerWasLost:
    def test_are_delivered_once_they_are_found_as_they_were_sent(
        self, portal: Portal, account: Account
    ) -> None:
        portal.simulator.faults.add(
            Fault("status", route="objects.batch.create", status=500, after_commit=True)
        )
        writes = record_writes("deals", KEY, [deal("1", "add", amount="5")])
        assert portal.deliver_writes(writes).verdicts() == {"undelivered": 1}
        portal.simulator.faults.clear()
        assert portal.deliver_writes(writes).verdicts() == {"delivered": 1}
        assert len(account.records("deals")) == 1

    def test_are_delivered_though_a_proxy_made_the_call_twice(
        self, portal: Portal, account: Account
    ) -> None:
        portal.simulator.faults.add(Fault("repeat", route="objects.batch.create"))
        writes = record_writes("deals", KEY, [deal("1", "add", amount="5")])
        assert portal.deliver_writes(writes).verdicts() == {"delivered": 1}
        assert len(account.records("deals")) == 1

    def test_are_skipped_where_the_record_turns_out_to_be_somebody_elses(
        self, portal: Portal, account: Account
    ) -> None:
        portal.simulator.faults.add(
            Fault("status", route="objects.batch.create", status=500, after_commit=False)
        )
        writes = record_writes("deals", KEY, [deal("1", "add", amount="5")])
        assert portal.deliver_writes(writes).verdicts() == {"undelivered": 1}
        portal.simulator.faults.clear()
        seed(account, "deals", **{KEY: "1", "dealname": "theirs"})
        assert portal.deliver_writes(writes).verdicts() == {"skipped": 1}


class TestByRecordId:
    @pytest.mark.parametrize(("mode", "verdict"), [("update", "skipped"), ("upsert", "failed")])
    def test_records_are_updated_and_never_created(
        self, portal: Portal, account: Account, mode: str, verdict: str
    ) -> None:
        known = seed(account, "deals", dealname="old")
        given = [
            Record(known, {"amount": "5"}, mode),
            Record("99999", {"amount": "5"}, mode),
            Record("no id", {"amount": "5"}, mode),
        ]
        delivered = portal.deliver_writes(record_writes("deals", "hs_object_id", given))
        rows = delivered.rows()
        assert rows[known]["verdict"] == "delivered"
        assert (rows["99999"]["verdict"], rows["no id"]["verdict"]) == (verdict, verdict)
        assert held(account, "deals")[known]["amount"] == "5"
        assert delivered.calls == {"deals/batch/update": 1}


def company(id_: str, mode: str = "upsert", at: str | None = None, **more: str) -> Record:
    search = {"domain": at} if at else None
    return Record(id_, {"name": f"Company {id_}", **more}, mode, search)


@pytest.fixture
def no_lag(portal: Portal) -> None:
    """An account whose search and definitions know at once what was written."""
    behaviour = portal.simulator.settings.behaviour
    behaviour.search_lag_seconds = behaviour.definition_lag_seconds = 0


def companies(*given: Record) -> RecordWrites:
    return record_writes(
        "companies", "segment_group_id", given, id_is_given=True, makes_id_property=True
    )


@pytest.mark.usefixtures("no_lag")
class TestBySearchForWhatIsToHaveTheId:
    def test_the_id_property_is_made_once_before_the_first_write(self, portal: Portal) -> None:
        delivered = portal.deliver_writes(
            companies(*[company(f"g{at:03d}") for at in range(200)]),
            companies(*[company(f"h{at:03d}") for at in range(100)]),
        )
        assert delivered.verdicts() == {"delivered": 300}
        made = portal.simulator.account.properties("companies").defined["segment_group_id"]
        assert (made.unique, made.hidden) == (True, True)
        assert delivered.calls["companies/batch/upsert"] == 3
        assert delivered.calls["companies/properties/batch/create"] == 1

    def test_nothing_is_made_where_nothing_is_written(self, portal: Portal) -> None:
        delivered = portal.deliver_writes(companies(company("g1", "update", "x.com")))
        assert delivered.verdicts() == {"skipped": 1}
        assert "segment_group_id" not in portal.simulator.account.properties("companies").defined

    @pytest.mark.parametrize("mode", ["update", "upsert"])
    def test_the_one_match_is_updated_and_has_the_id_from_then_on(
        self, portal: Portal, mode: str
    ) -> None:
        account = portal.simulator.account
        known = seed(account, "companies", domain="x.com", name="old")
        first = portal.deliver_writes(companies(company("g1", mode, "X.com")))
        assert first.rows()["g1"]["record_id"] == known
        assert held(account, "companies")[known]["segment_group_id"] == "g1"
        assert held(account, "companies")[known]["name"] == "Company g1"
        again = portal.deliver_writes(companies(company("g1", mode, "X.com", city="Oslo")))
        assert again.calls["companies/search"] == 0
        assert len(account.records("companies")) == 1

    def test_several_matches_are_that_rows_failure_and_named(self, portal: Portal) -> None:
        account = portal.simulator.account
        ids = [seed(account, "companies", domain="x.com") for _ in range(2)]
        seed(account, "companies", domain="y.com")
        delivered = portal.deliver_writes(
            companies(company("g1", at="x.com"), company("g2", at="y.com"))
        )
        row = delivered.rows()["g1"]
        assert (row["verdict"], row["category"]) == ("failed", "SEARCH_NOT_UNIQUE")
        assert all(one in str(row["reason"]) for one in ids)
        assert delivered.rows()["g2"]["verdict"] == "delivered"

    @pytest.mark.parametrize(("mode", "verdict"), [("update", "skipped"), ("upsert", "delivered")])
    def test_no_match_is_created_or_skipped(self, portal: Portal, mode: str, verdict: str) -> None:
        delivered = portal.deliver_writes(companies(company("g1", mode, "x.com", domain="x.com")))
        assert delivered.verdicts() == {verdict: 1}
        assert len(portal.simulator.account.records("companies")) == (verdict == "delivered")

    def test_what_has_another_id_is_no_match(self, portal: Portal) -> None:
        account = portal.simulator.account
        portal.deliver_writes(companies(company("g1", domain="x.com")))
        (first,) = held(account, "companies")
        delivered = portal.deliver_writes(companies(company("g2", at="x.com")))
        assert delivered.rows()["g2"]["operation"] == "created"
        assert held(account, "companies")[first]["segment_group_id"] == "g1"

    @pytest.mark.parametrize("earlier", ["g1", "g2"])
    def test_of_two_writes_with_one_match_the_earlier_event_has_it(
        self, portal: Portal, earlier: str
    ) -> None:
        account = portal.simulator.account
        known = seed(account, "companies", domain="x.com")
        given = [
            replace(company(id_, at="x.com"), time=0 if id_ == earlier else 1)
            for id_ in ("g1", "g2")
        ]
        delivered = portal.deliver_writes(companies(*given))
        assert delivered.verdicts() == {"delivered": 2}
        assert delivered.rows()[earlier]["record_id"] == known
        assert len(account.records("companies")) == 2

    def test_a_search_that_lags_gives_no_claimed_company_away(self, portal: Portal) -> None:
        account = portal.simulator.account
        known = seed(account, "companies", domain="x.com")
        portal.simulator.clock.advance(60)
        portal.simulator.settings.behaviour.search_lag_seconds = 30
        first = portal.deliver_writes(companies(company("g1", at="x.com")))
        assert first.rows()["g1"]["record_id"] == known
        second = portal.deliver_writes(companies(company("g2", at="x.com")))
        assert second.rows()["g2"]["operation"] == "created"
        assert held(account, "companies")[known]["segment_group_id"] == "g1"


def orders(*given: Record) -> RecordWrites:
    return record_writes(
        "deals", "segment_record_key", given, id_is_given=False, makes_id_property=True
    )


@pytest.mark.usefixtures("no_lag")
class TestBySearchWhereTheIdOnlyMarks:
    def test_the_one_match_is_updated_and_not_marked(self, portal: Portal) -> None:
        account = portal.simulator.account
        known = seed(account, "deals", dealname="D", dealstage="appointmentscheduled")
        found = replace(deal("k1", amount="5"), search={"dealname": "d"})
        delivered = portal.deliver_writes(orders(found))
        assert delivered.rows()["k1"]["record_id"] == known
        assert held(account, "deals")[known]["amount"] == "5"
        assert "segment_record_key" not in held(account, "deals")[known]

    def test_a_resend_before_the_index_sees_the_first_makes_no_second(self, portal: Portal) -> None:
        account = portal.simulator.account
        portal.simulator.settings.behaviour.search_lag_seconds = 30
        found = replace(deal("k1"), search={"dealname": "d"})
        portal.deliver_writes(orders(found))
        delivered = portal.deliver_writes(
            orders(replace(found, properties={**found.properties, "amount": "5"}))
        )
        assert delivered.verdicts() == {"delivered": 1}
        assert len(account.records("deals")) == 1

    def test_all_fields_must_match(self, portal: Portal) -> None:
        account = portal.simulator.account
        seed(account, "deals", dealname="a", amount="1")
        known = seed(account, "deals", dealname="a", amount="2")
        found = replace(deal("k1", "update", amount="3"), search={"dealname": "a", "amount": "2.0"})
        delivered = portal.deliver_writes(orders(found))
        assert delivered.rows()["k1"]["record_id"] == known

    def test_without_search_fields_a_record_is_made_but_none_updated(self, portal: Portal) -> None:
        delivered = portal.deliver_writes(orders(deal("k1"), deal("k2", "update")))
        rows = delivered.rows()
        assert (rows["k1"]["verdict"], rows["k2"]["verdict"]) == ("delivered", "skipped")

    def test_several_matches_are_that_rows_failure(self, portal: Portal) -> None:
        account = portal.simulator.account
        for _ in range(2):
            seed(account, "deals", dealname="a")
        given = [
            replace(deal("k1"), search={"dealname": "a"}),
            replace(deal("k2"), search={"dealname": "b"}),
        ]
        delivered = portal.deliver_writes(orders(*given))
        assert delivered.verdicts() == {"failed": 1, "delivered": 1}
        assert delivered.rows()["k1"]["category"] == "SEARCH_NOT_UNIQUE"

    def test_two_writes_with_one_match_both_update_it_the_later_event_last(
        self, portal: Portal
    ) -> None:
        account = portal.simulator.account
        known = seed(account, "deals", dealname="a", amount="9")
        given = [
            replace(deal("k1", "update", amount="1"), search={"dealname": "a"}, time=2),
            replace(deal("k2", "update", amount="2"), search={"amount": "9"}, time=1),
        ]
        assert portal.deliver_writes(orders(*given)).verdicts() == {"delivered": 2}
        assert held(account, "deals")[known]["amount"] == "1"

    def test_a_search_that_hubspot_does_not_answer_leaves_rows_undelivered(
        self, portal: Portal
    ) -> None:
        portal.simulator.faults.add(Fault("status", route="objects.search", status=503))
        found = replace(deal("k1"), search={"dealname": "a"})
        assert portal.deliver_writes(orders(found)).verdicts() == {"undelivered": 1}
        portal.simulator.faults.clear()
        assert portal.deliver_writes(orders(found)).verdicts() == {"delivered": 1}


class TestLifecycleStages:
    @pytest.mark.parametrize("mode", ["update", "upsert"])
    def test_of_companies_move_backward_too(self, portal: Portal, mode: str) -> None:
        account = portal.simulator.account
        define_key(account, "companies", KEY)
        known = seed(account, "companies", **{KEY: "1", "name": "A", "lifecyclestage": "customer"})
        delivered = portal.deliver_writes(
            record_writes("companies", KEY, [Record("1", {"lifecyclestage": "lead"}, mode)])
        )
        assert held(account, "companies")[known]["lifecyclestage"] == "lead"
        outcome = delivered.rows()["1"].get("outcome")
        assert outcome is None or "stage" in json.loads(str(outcome))

    @pytest.mark.parametrize("mode", ["update", "upsert"])
    def test_that_are_there_already_cost_no_call(self, portal: Portal, mode: str) -> None:
        seed(portal.simulator.account, "contacts", email="a@b.co", lifecyclestage="lead")
        given = Record("a@b.co", {"lifecyclestage": "lead"}, mode)
        delivered = portal.deliver_writes(record_writes("contacts", "email", [given]))
        assert delivered.verdicts() == {"delivered": 1}
        assert delivered.calls.total() == (2 if mode == "update" else 1)
