"""Batches of records: what is sent, and which input each part of the answer belongs to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.hubspot.batches import attribute
from hubspot_pipeline.hubspot.errors import ConflictRefused, NotFound, ValidationRefused
from hubspot_pipeline.hubspot.records import (
    Accepted,
    RecordInput,
    Refused,
    Unanswered,
    create,
    read,
    update,
    upsert,
    verify,
)
from tests.hubspot.helpers import Script, answer, client_for


def contact(number: int, **properties: str) -> RecordInput:
    return RecordInput(f"trace-{number}", f"p{number}@example.com", properties)


def result(record_id: str, *, new: bool | None = None, **properties: str) -> dict[str, Any]:
    body: dict[str, Any] = {"id": record_id, "properties": properties}
    return body if new is None else {**body, "new": new}


class TestUpsert:
    async def test_sends_trace_id_id_property_and_properties(self) -> None:
        script = Script(answer(200, {"results": []}))
        async with client_for(script) as client:
            await upsert(client, "contacts", [contact(1, city="Bern")], id_property="email")
        assert script.requests[0].url.path == "/crm/objects/2026-03/contacts/batch/upsert"
        assert script.sent() == {
            "inputs": [
                {
                    "id": "p1@example.com",
                    "idProperty": "email",
                    "properties": {"city": "Bern"},
                    "objectWriteTraceId": "trace-1",
                }
            ]
        }

    async def test_repeats_a_custom_key_among_the_properties_so_that_the_answer_names_it(
        self,
    ) -> None:
        script = Script(answer(200, {"results": []}))
        async with client_for(script) as client:
            await upsert(client, "companies", [RecordInput("t", "g1", {})], id_property="group")
        assert script.sent()["inputs"][0]["properties"] == {"group": "g1"}

    async def test_matches_results_by_email_whatever_their_order_and_case(self) -> None:
        body = {
            "results": [
                result("2", new=True, email="p2@example.com"),
                result("1", new=False, email="p1@example.com"),
            ]
        }
        inputs = [RecordInput("a", "P1@Example.com", {}), RecordInput("b", "p2@example.com", {})]
        async with client_for(Script(answer(200, body))) as client:
            got = await upsert(client, "contacts", inputs, id_property="email")
        assert got.outcomes == (
            Accepted("1", False, {"email": "p1@example.com"}),
            Accepted("2", True, {"email": "p2@example.com"}),
        )

    async def test_matches_results_by_the_trace_id_they_echo_before_anything_else(self) -> None:
        body = {"results": [{**result("7", email="other@example.com"), "objectWriteTraceId": "b"}]}
        inputs = [RecordInput("a", "other@example.com", {}), RecordInput("b", "b@example.com", {})]
        async with client_for(Script(answer(200, body))) as client:
            got = await upsert(client, "contacts", inputs, id_property="email")
        assert got.outcomes == (Unanswered(), Accepted("7", None, {"email": "other@example.com"}))


class TestErrorsInsideA2xx:
    async def test_belong_to_the_inputs_whose_trace_ids_they_name(self) -> None:
        error = {
            "status": "error",
            "category": "VALIDATION_ERROR",
            "message": 'Property values were not valid: [{"isValid":false,"message":"Property '
            '\\"missing\\" does not exist","error":"PROPERTY_DOESNT_EXIST","name":"missing"}]',
            "context": {"objectWriteTraceId": ["trace-2"]},
        }
        body = {"results": [result("1", email="p1@example.com")], "errors": [error], "numErrors": 1}
        script = Script(answer(207, body, X_HubSpot_Correlation_Id="c-1"))
        async with client_for(script) as client:
            got = await upsert(
                client, "contacts", [contact(1), contact(2), contact(3)], id_property="email"
            )
        accepted, refused, unanswered = got.outcomes
        assert isinstance(accepted, Accepted)
        assert unanswered == Unanswered()
        assert isinstance(refused, Refused)
        assert isinstance(refused.error, ValidationRefused)
        assert refused.error.correlation_id == "c-1"
        (problem,) = refused.error.problems
        assert (problem.name, problem.code) == ("missing", "PROPERTY_DOESNT_EXIST")

    async def test_belong_to_the_inputs_whose_ids_they_name_where_no_trace_id_is_given(
        self,
    ) -> None:
        error = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some CONTACT objects",
            "context": {"ids": ["11", "13", "99"]},
        }
        body = {"results": [result("12")], "errors": [error]}
        inputs = [RecordInput(f"t{n}", str(n), {}) for n in (11, 12, 13)]
        async with client_for(Script(answer(207, body))) as client:
            got = await update(client, "contacts", inputs)
        first, second, third = got.outcomes
        assert isinstance(first, Refused)
        assert isinstance(first.error, NotFound)
        assert second == Accepted("12", False, {})
        assert third == first

    async def test_a_conflict_names_the_existing_record(self) -> None:
        error = {
            "category": "CONFLICT",
            "message": "Contact already exists",
            "context": {"objectWriteTraceId": ["trace-1"], "existingId": ["7"]},
        }
        async with client_for(Script(answer(207, {"errors": [error]}))) as client:
            got = await create(client, "contacts", [contact(1)], key_property="email")
        (refused,) = got.outcomes
        assert isinstance(refused, Refused)
        assert isinstance(refused.error, ConflictRefused)
        assert refused.error.existing_id == "7"

    async def test_are_read_on_a_plain_200_too(self) -> None:
        error = {"message": "no", "context": {"objectWriteTraceId": ["trace-1"]}}
        async with client_for(Script(answer(200, {"errors": [error]}))) as client:
            got = await upsert(client, "contacts", [contact(1)], id_property="email")
        assert isinstance(got.outcomes[0], Refused)

    async def test_that_name_no_input_are_handed_back_and_refuse_nobody(self) -> None:
        errors = [{"message": "no"}, {"message": "no", "context": {"ids": ["unknown"]}}]
        async with client_for(Script(answer(207, {"errors": errors}))) as client:
            got = await upsert(client, "contacts", [contact(1)], id_property="email")
        assert got.outcomes == (Unanswered(),)
        assert [each.message for each in got.ownerless] == ["no", "no"]

    async def test_do_not_belong_to_the_record_that_another_one_clashes_with(self) -> None:
        error = {"category": "CONFLICT", "message": "taken", "context": {"existingId": ["2"]}}
        inputs = [RecordInput("a", "1", {}), RecordInput("b", "2", {})]
        async with client_for(Script(answer(207, {"errors": [error]}))) as client:
            got = await update(client, "contacts", inputs)
        assert got.outcomes == (Unanswered(), Unanswered())
        assert isinstance(got.ownerless[0], ConflictRefused)

    async def test_that_contradict_a_result_leave_the_input_unanswered(self) -> None:
        error = {"message": "no", "context": {"objectWriteTraceId": ["trace-1"]}}
        body = {"results": [result("1", email="p1@example.com")], "errors": [error, error]}
        async with client_for(Script(answer(207, body))) as client:
            got = await upsert(client, "contacts", [contact(1)], id_property="email")
        assert got.outcomes == (Unanswered(),)

    async def test_that_do_not_speak_of_the_input_leave_it_unanswered(self) -> None:
        error = {
            "category": "RATE_LIMITS",
            "message": "slow down",
            "context": {"objectWriteTraceId": ["trace-1"]},
        }
        async with client_for(Script(answer(207, {"errors": [error]}))) as client:
            got = await upsert(client, "contacts", [contact(1)], id_property="email")
        assert got.outcomes == (Unanswered(),)


class TestCreate:
    async def test_sends_the_key_among_the_properties_and_matches_by_it(self) -> None:
        body = {"results": [result("5", email="p1@example.com")]}
        script = Script(answer(201, body))
        async with client_for(script) as client:
            got = await create(client, "contacts", [contact(1, city="Bern")], key_property="email")
        assert script.sent()["inputs"] == [
            {
                "properties": {"email": "p1@example.com", "city": "Bern"},
                "associations": [],
                "objectWriteTraceId": "trace-1",
            }
        ]
        assert got.outcomes == (Accepted("5", True, {"email": "p1@example.com"}),)


class TestUpdate:
    async def test_matches_by_record_id_as_other_properties_need_not_come_back(self) -> None:
        body = {"results": [result("2", city="Bern"), result("1")]}
        script = Script(answer(200, body))
        inputs = [RecordInput("a", "1", {}), RecordInput("b", "2", {"city": "Bern"})]
        async with client_for(script) as client:
            got = await update(client, "contacts", inputs)
        assert "idProperty" not in script.sent()["inputs"][0]
        assert got.outcomes == (Accepted("1", False, {}), Accepted("2", False, {"city": "Bern"}))

    async def test_a_record_that_was_merged_away_is_unanswered(self) -> None:
        body = {"status": "COMPLETE", "results": []}
        async with client_for(Script(answer(200, body))) as client:
            got = await update(client, "contacts", [RecordInput("a", "1", {})])
        assert got.outcomes == (Unanswered(),)


class TestWholeBatches:
    async def test_a_refusal_of_the_whole_batch_is_raised(self) -> None:
        body = {"message": "Property values were not valid: []", "category": "VALIDATION_ERROR"}
        async with client_for(Script(answer(400, body))) as client:
            with pytest.raises(ValidationRefused):
                await upsert(client, "contacts", [contact(1)], id_property="email")

    @pytest.mark.parametrize(
        ("inputs", "message"),
        [
            ([contact(n) for n in range(101)], "101 inputs"),
            ([RecordInput("t", "1", {}), RecordInput("t", "2", {})], "Trace ids repeat"),
            ([RecordInput("t", "1", {}), RecordInput("u", "1", {})], "Ids repeat"),
        ],
    )
    async def test_what_is_no_batch_is_not_sent(
        self, inputs: list[RecordInput], message: str
    ) -> None:
        script = Script(answer(200, {}))
        async with client_for(script) as client:
            with pytest.raises(ValueError, match=message):
                await upsert(client, "contacts", inputs, id_property="email")
            with pytest.raises(ValueError, match=message):
                await create(client, "contacts", inputs, key_property="email")
            with pytest.raises(ValueError, match=message):
                await update(client, "contacts", inputs)
        assert script.requests == []


class TestRead:
    async def test_finds_records_by_the_ids_as_they_were_asked(self) -> None:
        body = {
            "results": [
                result("2", email="first@example.com", hs_additional_emails="x@y.z;second@y.z"),
                result("1", email="p1@example.com"),
            ],
            "errors": [
                {
                    "category": "OBJECT_NOT_FOUND",
                    "message": "Could not get some CONTACT objects",
                    "context": {"ids": ["gone@example.com"]},
                }
            ],
        }
        script = Script(answer(207, body))
        ids = ["P1@example.com", "p1@EXAMPLE.com", "second@y.z", "Gone@example.com", "lost@y.z"]
        async with client_for(script) as client:
            got = await read(client, "contacts", ids, id_property="email", properties=["city"])
        assert script.sent() == {
            "inputs": [
                {"id": each}
                for each in ["p1@example.com", "second@y.z", "gone@example.com", "lost@y.z"]
            ],
            "properties": ["city", "email", "hs_additional_emails"],
            "propertiesWithHistory": [],
            "idProperty": "email",
        }
        assert {asked: each.record_id for asked, each in got.found.items()} == {
            "P1@example.com": "1",
            "p1@EXAMPLE.com": "1",
            "second@y.z": "2",
        }
        assert got.missing == {"Gone@example.com"}
        assert got.unanswered == {"lost@y.z"}

    async def test_keys_that_differ_in_case_only_stay_apart(self) -> None:
        body = {"results": [result("1", code="a"), result("2", code="A")]}
        async with client_for(Script(answer(200, body))) as client:
            got = await read(client, "companies", ["A", "a"], id_property="code")
        assert got.found["A"].record_id == "2"
        assert got.found["a"].record_id == "1"

    async def test_more_ids_than_one_batch_are_refused(self) -> None:
        async with client_for(Script(answer(200, {}))) as client:
            with pytest.raises(ValueError, match="101 ids"):
                await read(client, "contacts", [str(n) for n in range(101)])


class TestVerify:
    @pytest.mark.parametrize(
        ("sent", "held", "there"),
        [
            ("Bern", "Bern", True),
            ("Bern", "bern", False),
            ("Bern", None, False),
            ("", "", True),
            ("", None, True),
            ("", "Bern", False),
            (";b", "a;b;c", True),
            (";b;d", "a;b;c", False),
        ],
    )
    async def test_tells_whether_the_values_are_there(
        self, sent: str, held: str | None, there: bool
    ) -> None:
        body = {"results": [{"id": "1", "properties": {"email": "p1@example.com", "city": held}}]}
        async with client_for(Script(answer(200, body))) as client:
            (got,) = await verify(client, "contacts", [contact(1, city=sent)], id_property="email")
        assert isinstance(got, Accepted if there else Unanswered)

    async def test_the_email_that_was_sent_may_be_held_in_lower_case(self) -> None:
        body = {"results": [result("1", email="p1@example.com")]}
        async with client_for(Script(answer(200, body))) as client:
            (got,) = await verify(
                client, "contacts", [contact(1, email="P1@Example.com")], id_property="email"
            )
        assert got == Accepted("1", None, {"email": "p1@example.com"})

    async def test_a_record_that_is_not_there_stays_unanswered(self) -> None:
        async with client_for(Script(answer(200, {"results": []}))) as client:
            got = await verify(client, "contacts", [RecordInput("t", "1", {})])
        assert got == (Unanswered(),)


@given(st.data())
def test_however_an_answer_is_mixed_each_input_gets_its_own_outcome(data: Any) -> None:
    count = data.draw(st.integers(1, 12))
    fates = data.draw(
        st.lists(st.sampled_from(["accepted", "refused", "lost"]), min_size=count, max_size=count)
    )
    results, errors = [], []
    for number, fate in enumerate(fates):
        if fate == "accepted":
            results.append(result(f"{number}00", email=f"p{number}@example.com"))
        elif fate == "refused":
            errors.append(
                {"message": str(number), "context": {"objectWriteTraceId": [f"trace-{number}"]}}
            )
    body = {
        "results": data.draw(st.permutations(results)),
        "errors": data.draw(st.permutations(errors)),
    }
    inputs = data.draw(st.permutations([contact(number) for number in range(count)]))
    outcomes, ownerless = attribute(
        inputs, body, id_property="email", created=None, correlation_id=None
    )
    assert ownerless == ()
    for each, outcome in zip(inputs, outcomes, strict=True):
        number = int(each.trace_id.removeprefix("trace-"))
        if isinstance(outcome, Accepted):
            assert (fates[number], outcome.record_id) == ("accepted", f"{number}00")
        elif isinstance(outcome, Refused):
            assert (fates[number], outcome.error.message) == ("refused", str(number))
        else:
            assert fates[number] == "lost"


json = st.recursive(
    st.none() | st.integers(0, 3) | st.sampled_from(["p1@example.com", "trace-1", "", "1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["email", "ids", "objectWriteTraceId"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def entries(*names: str) -> st.SearchStrategy[Any]:
    return st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(names, json)) | json)


@given(
    entries("id", "properties", "objectWriteTraceId", "new") | json,
    entries("id", "category", "message", "context", "errors") | json,
)
def test_no_json_can_break_the_matching(results: Any, errors: Any) -> None:
    outcomes, _ = attribute(
        [contact(1), contact(2)],
        {"results": results, "errors": errors},
        id_property="email",
        created=None,
        correlation_id=None,
    )
    assert len(outcomes) == 2
