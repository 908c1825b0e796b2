"""Batches of records: what is sent, and which input each part of the answer belongs to."""

from __future__ import annotations

from typing import Any

from hubspot_pipeline.hubspot.errors import ValidationRefused
from hubspot_pipeline.hubspot.records import (
    Accepted,
    RecordInput,
    Refused,
    Unanswered,
    upsert,
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
