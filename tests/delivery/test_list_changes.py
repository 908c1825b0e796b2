"""Lists that written records join and leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.faults import Fault
from tests.delivery.conftest import Portal
from tests.delivery.contacts import deliver, id_of, outcome
from tests.delivery.record_writes import (
    Record,
    listed,
    members,
)


def in_list(id_: str, *lists: Mapping[str, Any], time: int | None = None) -> Record:
    return Record(id_, {"city": "Oslo"}, lists=lists, time=time)


class TestLists:
    def test_a_missing_list_is_made_once_and_changed_in_one_call(self, portal: Portal) -> None:
        given = [in_list(f"p{at:04d}@b.co", listed("VIPs")) for at in range(300)]
        before = len(portal.simulator.log)
        delivered = deliver(portal, *given)
        assert delivered.verdicts() == {"delivered": 300}
        assert len(members(portal.simulator.account, "vips")) == 300
        routes = [one.route for one in list(portal.simulator.log)[before:]]
        assert [one for one in routes if one.startswith("lists")] == [
            "lists.by_name",
            "lists.create",
            "lists.members.add_and_remove",
        ]
        assert outcome(delivered, "p0000@b.co") == {"lists": {"VIPs": "added"}}
        found = portal.simulator.account.lists.named("VIPs")
        assert found is not None
        assert found.type_id == "0-1"

    def test_records_leave_and_join_several_lists(self, portal: Portal) -> None:
        deliver(portal, in_list("a@b.co", listed("Old")))
        deliver(portal, in_list("a@b.co", listed("Old", add=False), listed("New / 100%?")))
        account = portal.simulator.account
        assert members(account, "Old") == set()
        assert members(account, "New / 100%?") == {id_of(portal, "a@b.co")}

    def test_of_two_addresses_of_one_contact_the_later_event_wins(self, portal: Portal) -> None:
        portal.deliver({"old@b.co": {"city": "Oslo"}})
        portal.deliver({"old@b.co": {"email": "new@b.co"}})
        given = [
            in_list("new@b.co", listed("L", add=False), time=2),
            in_list("old@b.co", listed("L"), time=1),
        ]
        assert deliver(portal, *given).verdicts() == {"delivered": 2}
        assert members(portal.simulator.account, "L") == set()

    def test_a_list_that_is_missing_and_not_to_be_made_fails_its_rows(self, portal: Portal) -> None:
        given = [in_list("a@b.co", listed("L", create=False)), in_list("b@b.co", listed("M"))]
        rows = deliver(portal, *given).rows()
        assert (rows["a@b.co"]["verdict"], rows["b@b.co"]["verdict"]) == ("failed", "delivered")
        assert "no list named 'L'" in str(rows["a@b.co"]["reason"])

    def test_a_dynamic_list_fails_its_rows_clearly(self, portal: Portal) -> None:
        account = portal.simulator.account
        account.lists.create("D", account.types.find("contacts"), "DYNAMIC", iso(0))
        row = deliver(portal, in_list("a@b.co", listed("D"))).rows()["a@b.co"]
        assert row["verdict"] == "failed"
        assert "'D'" in str(row["reason"])
        assert "filters" in str(row["reason"])

    def test_a_passing_failure_to_find_the_list_is_no_failure_of_the_rows(
        self, portal: Portal
    ) -> None:
        portal.simulator.faults.add(Fault("status", route="lists.by_name", status=429, count=2))
        assert deliver(portal, in_list("a@b.co", listed("L"))).verdicts() == {"delivered": 1}

    def test_an_outage_of_lists_leaves_rows_undelivered_and_writes_them_once(
        self, portal: Portal
    ) -> None:
        portal.simulator.faults.add(Fault("status", route="lists.*", status=429))
        one = in_list("a@b.co", listed("L"))
        assert deliver(portal, one).verdicts() == {"undelivered": 1}
        portal.simulator.faults.clear()
        again = deliver(portal, one)
        assert again.verdicts() == {"delivered": 1}
        assert again.calls["contacts/batch/upsert"] == 0
        assert members(portal.simulator.account, "L") == {id_of(portal, "a@b.co")}

    def test_a_record_that_is_gone_by_then_fails_its_row(self, portal: Portal) -> None:
        portal.simulator.faults.add(Fault("status", route="lists.*", status=503))
        given = [in_list("a@b.co", listed("L")), in_list("b@b.co", listed("L"))]
        deliver(portal, *given)
        portal.simulator.faults.clear()
        account = portal.simulator.account
        gone = account.contacts.find("a@b.co", "email")
        assert gone is not None
        account.archive(account.types.find("contacts"), gone, iso(0))
        rows = deliver(portal, *given).rows()
        assert (rows["a@b.co"]["verdict"], rows["b@b.co"]["verdict"]) == ("failed", "delivered")
        assert gone.id in str(rows["a@b.co"]["reason"])
