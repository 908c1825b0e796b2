"""HubSpot's error bodies, as recorded and documented, become the right errors."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.hubspot.error_answers import error_from_answer, error_from_item
from hubspot_pipeline.hubspot.errors import (
    AuthenticationRefused,
    ConfigurationError,
    ConflictRefused,
    HubSpotError,
    MissingScopes,
    NotFound,
    RefusedError,
    TryLaterError,
    ValidationRefused,
    WrongTarget,
)


def error(status: int, body: Any, **headers: str) -> HubSpotError:
    return error_from_answer(status, orjson.dumps(body), headers)


class TestTheTree:
    @pytest.mark.parametrize(
        ("parent", "leaves"),
        [
            (RefusedError, {"ValidationRefused", "ConflictRefused", "NotFound"}),
            (TryLaterError, {"Unavailable", "DailyLimitReached", "MigrationInProgress"}),
            (ConfigurationError, {"AuthenticationRefused", "MissingScopes", "WrongTarget"}),
        ],
    )
    def test_has_three_branches_by_what_to_do(
        self, parent: type[HubSpotError], leaves: set[str]
    ) -> None:
        assert parent.__base__ is HubSpotError
        assert {each.__name__ for each in parent.__subclasses__()} == leaves
        assert all(name in (HubSpotError.__doc__ or "") for name in leaves)


class TestConflicts:
    @pytest.mark.parametrize(
        "body",
        [
            {
                "status": "error",
                "message": "Contact already exists. Existing ID: 3401",
                "correlationId": "c",
                "category": "CONFLICT",
            },
            {
                "message": "Contact already exists. Existing ID: 3401",
                "identityProfile": {"vid": 3401, "identity": []},
                "errors": [
                    {"message": "A contact with email a@b.c already exists.", "in": "email"}
                ],
                "status": "error",
                "category": "OBJECT_ALREADY_EXISTS",
                "error": "CONTACT_EXISTS",
            },
        ],
    )
    def test_both_409_shapes_name_the_existing_record(self, body: Any) -> None:
        got = error(409, body)
        assert isinstance(got, ConflictRefused)
        assert got.existing_id == "3401"

    def test_a_409_that_names_no_record_is_still_a_conflict(self) -> None:
        got = error(409, {"status": "error", "message": "Conflict"})
        assert isinstance(got, ConflictRefused)
        assert got.existing_id is None

    def test_the_owner_of_a_unique_value_is_the_last_id_in_the_message(self) -> None:
        message = (
            "Cannot set PropertyValueCoordinates{portalId=44956899, objectTypeId=ObjectTypeId"
            "{legacyObjectType=CONTACT}, propertyName=email, value=x@y.com} on 552148386511. "
            "552239500007 already has that value."
        )
        got = error(400, {"status": "error", "message": message, "category": "VALIDATION_ERROR"})
        assert isinstance(got, ConflictRefused)
        assert got.existing_id == "552239500007"

    def test_a_value_that_looks_like_an_id_does_not_mislead(self) -> None:
        message = (
            "Cannot set PropertyValueCoordinates{propertyName=note, value=7 already has that value"
            " Existing ID: 9} on 1. 2 already has that value."
        )
        got = error(400, {"message": message, "category": "VALIDATION_ERROR"})
        assert isinstance(got, ConflictRefused)
        assert got.existing_id == "2"

    def test_the_context_of_a_batch_error_names_the_existing_record(self) -> None:
        got = error_from_item(
            {
                "category": "CONFLICT",
                "message": "Contact already exists",
                "context": {"objectWriteTraceId": ["0"], "existingId": ["171591000198"]},
            }
        )
        assert isinstance(got, ConflictRefused)
        assert got.existing_id == "171591000198"


class TestValidation:
    def test_keeps_code_and_name_of_every_property(self) -> None:
        listed = [
            {"isValid": False, "message": "m1", "error": "PROPERTY_DOESNT_EXIST", "name": "a"},
            {"isValid": False, "message": "m2", "error": "INVALID_OPTION", "name": "b"},
        ]
        got = error(
            400,
            {
                "message": "Property values were not valid: " + orjson.dumps(listed).decode(),
                "errors": [
                    {
                        "message": "m1",
                        "code": "PROPERTY_DOESNT_EXIST",
                        "context": {"propertyName": ["a"]},
                    }
                ],
                "category": "VALIDATION_ERROR",
                "correlationId": "9c5760c4",
            },
        )
        assert isinstance(got, ValidationRefused)
        assert [(each.name, each.code) for each in got.problems] == [
            ("a", "PROPERTY_DOESNT_EXIST"),
            ("b", "INVALID_OPTION"),
        ]
        assert (got.status, got.category, got.correlation_id) == (
            400,
            "VALIDATION_ERROR",
            "9c5760c4",
        )

    def test_reads_properties_from_errors_where_the_message_lists_none(self) -> None:
        got = error(
            400,
            {
                "message": "The property values provided are invalid",
                "errors": [
                    {
                        "message": "A value for firstname must be provided",
                        "code": "MISSING_REQUIRED_PROPERTY",
                        "context": {"propertyName": ["firstname"]},
                    }
                ],
                "category": "VALIDATION_ERROR",
            },
        )
        (problem,) = got.problems
        assert (problem.name, problem.code) == ("firstname", "MISSING_REQUIRED_PROPERTY")

    def test_duplicate_ids_keep_their_context(self) -> None:
        got = error(
            400,
            {
                "message": "Duplicate IDs found in batch input: [123456]. IDs must be unique",
                "context": {"ids": ["123456"]},
                "category": "VALIDATION_ERROR",
            },
        )
        assert isinstance(got, ValidationRefused)
        assert got.context == {"ids": ("123456",)}

    @pytest.mark.parametrize(
        "message",
        [
            "Unable to infer object type from: butterflies",
            "Unable to perform update/upsert by non-unique 0-3 property dealname in portal ID 1",
        ],
    )
    def test_a_target_that_no_row_can_reach_is_a_matter_of_configuration(
        self, message: str
    ) -> None:
        assert isinstance(error(400, {"status": "error", "message": message}), WrongTarget)


class TestAuthenticationAndScopes:
    def test_a_401_is_refused_authentication(self) -> None:
        got = error(401, {"message": "not found", "category": "INVALID_AUTHENTICATION"})
        assert isinstance(got, AuthenticationRefused)

    @pytest.mark.parametrize(
        "place",
        [
            {"errors": [{"message": "m", "context": {"requiredGranularScopes": ["crm.deals"]}}]},
            {"context": {"requiredGranularScopes": ["crm.deals"]}},
        ],
    )
    def test_missing_scopes_are_named(self, place: dict[str, Any]) -> None:
        got = error(403, {"message": "No.", "category": "MISSING_SCOPES", **place})
        assert isinstance(got, MissingScopes)
        assert "crm.deals" in str(got)

    def test_a_users_missing_permission_is_no_rows_fault_though_it_comes_as_a_400(self) -> None:
        message = "Missing 'Edit Associations' permission."
        got = error(400, {"message": message, "category": "VALIDATION_ERROR"})
        assert isinstance(got, MissingScopes)

    def test_another_403_still_needs_a_person(self) -> None:
        assert type(error(403, {"message": "No Enterprise tier."})) is ConfigurationError


class TestOtherShapes:
    def test_a_404_without_category_is_not_found(self) -> None:
        assert isinstance(
            error(404, {"status": "error", "message": "resource not found"}), NotFound
        )

    def test_a_404_page_is_not_hubspots_api(self) -> None:
        got = error_from_answer(404, b"<html>nginx</html>")
        assert isinstance(got, WrongTarget)
        assert "base URL" in got.message

    def test_a_redirect_names_where_to(self) -> None:
        got = error_from_answer(302, b"", {"location": "https://api-eu1.hubapi.com/x"})
        assert isinstance(got, WrongTarget)
        assert "https://api-eu1.hubapi.com/x" in got.message

    def test_html_is_shortened_and_told_as_such(self) -> None:
        got = error_from_answer(502, b"<html>" + b"x" * 100_000)
        assert "not HubSpot's JSON" in got.message
        assert len(got.message) < 500

    def test_the_correlation_id_of_the_header_serves_where_the_body_has_none(self) -> None:
        got = error_from_answer(400, b"", {"x-hubspot-correlation-id": "h"})
        assert got.correlation_id == "h"

    def test_a_message_says_where_what_and_which_call(self) -> None:
        got = error(400, {"message": "No", "category": "VALIDATION_ERROR", "correlationId": "c"})
        got.route = "contacts/batch/upsert"
        assert str(got) == (
            "contacts/batch/upsert: No (HTTP 400, VALIDATION_ERROR, correlation id c)"
        )

    @given(
        st.integers(300, 599),
        st.recursive(
            st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["message", "errors", "context", "category", "errorTokens", "ids", "in"]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ),
    )
    def test_no_json_body_can_break_the_reading(self, status: int, body: Any) -> None:
        assert isinstance(error(status, body), HubSpotError)
        if isinstance(body, dict):
            assert isinstance(error_from_item(body), RefusedError)

    @given(st.binary(max_size=200))
    def test_no_bytes_can_break_the_reading(self, content: bytes) -> None:
        assert isinstance(error_from_answer(500, content), HubSpotError)
