"""How inputs of a batch name records and writes (hubspot-api §2.5.1, §2.5.2, §2.5.4)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Begin, Contacts, by_email, ids

BY_UNIQUE = {"id": "7", "idProperty": "crm_id", "properties": {"email": "c@x.com"}}


def define_crm_id(simulator: SimulatorServer) -> None:
    simulator.account.define(Property("crm_id", "x", "string", "text", "g", unique=True))


class TestTraceIds:
    @pytest.mark.parametrize("traces", [("1", None), ("1", "1")])
    @pytest.mark.parametrize(("switch", "status"), [(False, 400), (True, 207)])
    def test_of_some_inputs_or_repeated_ones_count_only_if_switched(
        self,
        begin: Begin,
        hubspot: httpx.Client,
        traces: tuple[str, str | None],
        switch: bool,
        status: int,
    ) -> None:
        simulator = begin(some_trace_ids_suffice=switch)
        good, bad = by_email("a@x.com", traces[0]), by_email("b@x.com", traces[1], missing="1")

        answer = Contacts(hubspot).upsert(good, bad)

        assert answer.status_code == status
        assert len(simulator.account.contacts) == int(switch)
        if switch:
            (error,) = answer.json()["errors"]
            assert error["context"].get("objectWriteTraceId", []) == [
                one for one in traces[1:] if one
            ]

    def test_that_are_no_texts_are_refused_where_they_are(self, contacts: Contacts) -> None:
        one = by_email("a@x.com") | {"objectWriteTraceId": ["1"]}
        answer = contacts.upsert(one)

        assert answer.status_code == 400
        assert "Cannot deserialize value of type `java.lang.String`" in answer.json()["message"]
        assert "category" not in answer.json()

    def test_of_a_creation_make_a_known_contact_one_error_in_a_batch_that_repeats_it(
        self, contacts: Contacts
    ) -> None:
        inputs = [
            {"properties": {"email": "a@x.com"}, "objectWriteTraceId": str(n)} for n in range(2)
        ]
        answer = contacts.batch("create", inputs)

        (error,) = answer.json()["errors"]
        assert error["context"] == {"objectWriteTraceId": ["1"], "existingId": ids(answer)}


class TestIdProperties:
    @pytest.mark.parametrize(("switch", "status"), [(True, 400), (False, 200)])
    def test_that_differ_are_refused_unless_switched(
        self, begin: Begin, hubspot: httpx.Client, switch: bool, status: int
    ) -> None:
        simulator = begin(mixed_id_properties_refused=switch)
        define_crm_id(simulator)

        answer = Contacts(hubspot).upsert(by_email("a@x.com"), BY_UNIQUE)

        assert answer.status_code == status
        found = {"a@x.com", "c@x.com"} if status == 200 else set()
        assert simulator.account.state().keys() == found

    def test_of_the_same_value_but_another_property_are_no_duplicates(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        define_crm_id(begin(mixed_id_properties_refused=False))
        one = by_email("7@x.com")
        other: dict[str, Any] = {"id": "7@x.com", "idProperty": "crm_id", "properties": {}}
        answer = Contacts(hubspot).upsert(one, other | {"properties": {"email": "b@x.com"}})
        assert len(ids(answer)) == 2

    @pytest.mark.parametrize(("switch", "status"), [(False, 400), (True, 200)])
    def test_can_be_a_companys_domain_only_if_switched(
        self, begin: Begin, hubspot: httpx.Client, switch: bool, status: int
    ) -> None:
        begin(domain_identifies_companies=switch)
        path = "/crm/objects/2026-03/companies"
        made = hubspot.post(path, json={"properties": {"domain": "x.com", "name": "X"}}).json()
        one = {"id": "x.com", "idProperty": "domain", "properties": {"name": "Y"}}

        answer = hubspot.post(f"{path}/batch/upsert", json={"inputs": [one]})

        assert answer.status_code == status
        if switch:
            assert ids(answer) == [made["id"]]
        else:
            assert answer.json()["message"] == (
                "Unable to perform update/upsert by non-unique 0-2 property domain "
                "in portal ID 12345678"
            )

    def test_of_an_update_can_be_a_unique_property(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        define_crm_id(simulator)
        id_ = contacts.create(email="a@x.com", crm_id="7")
        known = {"id": "7", "idProperty": "crm_id", "properties": {"city": "Rome"}}

        answer = contacts.batch("update", [known, known | {"id": "8"}])

        assert answer.status_code == 207
        assert ids(answer) == [id_]
        assert answer.json()["errors"][0]["context"] == {"ids": ["8"]}

    def test_that_are_no_texts_are_refused(self, contacts: Contacts) -> None:
        answer = contacts.upsert({"id": "1", "idProperty": {}, "properties": {}})
        assert answer.status_code == 400
        assert "from Object value" in answer.json()["message"]


class TestRead:
    def test_names_an_unknown_id_once_however_often_it_is_asked_for(
        self, contacts: Contacts
    ) -> None:
        answer = contacts.batch("read", [{"id": "888"}, {"id": "888"}])
        assert answer.json()["errors"][0]["context"] == {"ids": ["888"]}

    @pytest.mark.parametrize("given", ["email", [["email"]], {"email": 1}])
    def test_refuses_names_that_are_no_list_of_texts(self, contacts: Contacts, given: Any) -> None:
        for key in ("properties", "propertiesWithHistory"):
            answer = contacts.batch("read", [{"id": "1"}], **{key: given})
            assert answer.status_code == 400
            assert "category" not in answer.json()
