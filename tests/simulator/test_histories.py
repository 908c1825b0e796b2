"""What records held before, over HTTP and as evidence (hubspot-api §2.2, §2.3, §2.5, §2.6)."""

from typing import Any

from hubspot_pipeline.simulator.account.histories import values_as_of, writes_of
from hubspot_pipeline.simulator.account.records import Record
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Contacts, by_email

APP = {"sourceType": "INTEGRATION", "sourceId": "1512050"}


def history(contacts: Contacts, key: str, name: str) -> list[dict[str, Any]]:
    answer = contacts.get(key, propertiesWithHistory=name)
    shown: list[dict[str, Any]] = answer.json()["propertiesWithHistory"][name]
    return shown


def values(contacts: Contacts, key: str, name: str) -> list[str]:
    return [entry["value"] for entry in history(contacts, key, name)]


def record_of(simulator: SimulatorServer, id_: str) -> Record:
    return simulator.account.contacts.by_id[id_]


class TestPropertiesWithHistory:
    def test_show_every_value_with_its_time_and_source_the_newest_first(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.clock.freeze()
        created = iso(simulator.clock.now())
        id_ = contacts.create(email="a@x.com", city="Rome")
        simulator.clock.advance(60)
        contacts.upsert(by_email("a@x.com", city="Oslo"))
        updated = iso(simulator.clock.now())
        simulator.clock.resume()

        answer = contacts.get(id_, "city", propertiesWithHistory="city,email").json()

        assert answer["properties"]["city"] == "Oslo"
        assert answer["propertiesWithHistory"] == {
            "city": [
                {"value": "Oslo", "timestamp": updated, **APP},
                {"value": "Rome", "timestamp": created, **APP},
            ],
            "email": [{"value": "a@x.com", "timestamp": created, **APP}],
        }

    def test_come_only_if_asked_for(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        assert "propertiesWithHistory" not in contacts.get(id_, "email").json()

    def test_come_with_pages_and_batches_too(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com", city="Rome")
        listed = contacts.client.get(contacts.path, params={"propertiesWithHistory": "city"})
        read = contacts.batch("read", [{"id": id_}], propertiesWithHistory=["city"])

        for answer in (listed, read):
            (result,) = answer.json()["results"]
            (entry,) = result["propertiesWithHistory"]["city"]
            assert entry["value"] == "Rome"

    def test_are_empty_of_what_was_never_set_and_absent_of_what_is_unknown(
        self, contacts: Contacts
    ) -> None:
        id_ = contacts.create(email="a@x.com")
        answer = contacts.get(id_, propertiesWithHistory="city,nonsense").json()
        assert answer["propertiesWithHistory"] == {"city": []}

    def test_of_archived_contacts_are_still_there(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com", city="Rome")
        contacts.patch(id_, city="Oslo")
        contacts.batch("archive", [{"id": id_}])

        answer = contacts.get(id_, archived="true", propertiesWithHistory="city").json()

        told = [entry["value"] for entry in answer["propertiesWithHistory"]["city"]]
        assert told == ["Oslo", "Rome"]

    def test_show_cleared_values_and_appended_options_as_they_took_effect(
        self, contacts: Contacts
    ) -> None:
        id_ = contacts.create(email="a@x.com", hs_buying_role="CHAMPION", city="Rome")
        contacts.patch(id_, hs_buying_role=";END_USER", city="")

        assert values(contacts, id_, "hs_buying_role") == ["CHAMPION;END_USER", "CHAMPION"]
        assert values(contacts, id_, "city") == ["", "Rome"]

    def test_show_the_stage_that_a_backward_write_kept_with_a_new_time(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        id_ = contacts.create(email="a@x.com", lifecyclestage="customer")
        simulator.clock.advance(60)
        contacts.patch(id_, lifecyclestage="lead")

        newest, oldest = history(contacts, id_, "lifecyclestage")
        assert newest["value"] == oldest["value"] == "customer"
        assert newest["timestamp"] > oldest["timestamp"]

    def test_show_what_hubspot_works_out_where_it_changed(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        id_ = contacts.create(email="a@x.com", firstname="Ada")
        simulator.clock.advance(60)
        contacts.patch(id_, lastname="Byron")
        contacts.patch(id_, city="London")

        assert values(contacts, id_, "hs_full_name_or_email") == ["Ada Byron", "Ada"]
        assert values(contacts, id_, "hs_object_id") == [id_]

    def test_show_both_addresses_after_a_change(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        contacts.patch(id_, email="b@x.com")

        assert values(contacts, id_, "email") == ["b@x.com", "a@x.com"]
        assert values(contacts, id_, "hs_additional_emails") == ["a@x.com"]


class TestWrites:
    def test_tell_the_call_the_app_and_what_each_wrote(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        id_ = contacts.create(email="a@x.com", city="Rome")
        contacts.upsert(by_email("a@x.com", city="Oslo"))
        contacts.upsert(by_email("a@x.com", city="Oslo"))

        writes = writes_of(record_of(simulator, id_))

        assert [write.call for write in writes] == [1, 2, 3]
        assert {write.app for write in writes} == {"1512050"}
        assert [write.values for write in writes] == [
            {"email": "a@x.com", "city": "Rome", "lifecyclestage": "lead"},
            {"city": "Oslo"},
            {"city": "Oslo"},
        ]

    def test_have_the_merge_among_them(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        kept = contacts.create(email="a@x.com", city="Rome")
        gone = contacts.create(email="b@x.com", state="Lazio")
        simulator.account.merge(kept, gone)

        created, merged = writes_of(record_of(simulator, kept))

        assert "state" not in created.values
        assert merged.values["state"] == "Lazio"
        assert merged.values["hs_additional_emails"] == "b@x.com"


class TestValuesAsOf:
    def test_are_those_of_the_instant_however_often_they_changed_since(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.clock.freeze()
        before = iso(simulator.clock.now() - 1_000_000)
        id_ = contacts.create(email="a@x.com", city="0")
        instants = []
        for number in range(1, 4):
            instants.append(iso(simulator.clock.now()))
            simulator.clock.advance(1)
            contacts.patch(id_, city=str(number), state=str(number))
        simulator.clock.resume()

        record = record_of(simulator, id_)

        assert values_as_of(record, before) is None
        seen = [values_as_of(record, instant) or {} for instant in instants]
        assert [held["city"] for held in seen] == ["0", "1", "2"]
        assert "state" not in seen[0]
        assert values_as_of(record, record.updated) == record.values

    def test_are_those_before_the_merge_of_a_record_that_gained_by_it(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        kept, gone = contacts.create(email="a@x.com"), contacts.create(email="b@x.com")
        earlier = iso(simulator.clock.now())
        simulator.clock.advance(1)
        simulator.account.merge(kept, gone)

        assert values_as_of(record_of(simulator, kept), earlier) == {
            "email": "a@x.com",
            "lifecyclestage": "lead",
        }
