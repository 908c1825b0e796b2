"""Subscriptions become mappings that mean what they meant; what cannot is told and kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspot_pipeline.actions import ACTIONS
from hubspot_pipeline.destination import Destination, destination_from
from hubspot_pipeline.documents import parse_yaml
from hubspot_pipeline.mapped import settings_of
from hubspot_pipeline.mapping import compile_mapping, compile_trigger
from hubspot_pipeline.payloads import compile_payloads
from hubspot_pipeline.pipeline import program_of
from hubspot_pipeline.segment_import import (
    SubscriptionsError,
    destination_text,
    import_subscriptions,
    left_out_text,
)
from tests.mapping import generated

EMAIL = {"@path": "$.traits.email"}
IDENTIFY = 'type = "identify"'


def subscription(**given: Any) -> dict[str, Any]:
    """A subscription as the API returns it."""
    return {
        "id": "eoeXaMeAYcB2XvEApJDrQs",
        "name": "Upsert Contact",
        "actionId": "uD9jEQ4DxJZzhzVqppM7UD",
        "actionSlug": "upsertContact",
        "destinationId": "fP7qoQw2HTWt9WdMr718gn",
        "modelId": "",
        "enabled": True,
        "trigger": IDENTIFY,
        "settings": {"email": EMAIL},
        **given,
    }


def loaded(document: Any) -> Destination:
    text = destination_text(import_subscriptions(document), portal="12345678", source="a.json")
    return destination_from(parse_yaml(text)["attributes"], name="imported", where="a test")


def only(**given: Any) -> Any:
    """What becomes of one subscription."""
    (one,) = import_subscriptions(subscription(**given)).subscriptions
    return one


class TestDocuments:
    @pytest.mark.parametrize(
        "document",
        [
            {"data": {"subscriptions": [subscription()], "pagination": {"current": "MA=="}}},
            {"data": {"data": {"subscriptions": [subscription()]}}},
            {"data": {"subscription": subscription()}},
            {"data": {"destinationSubscription": subscription()}},
            {"subscriptions": [subscription()]},
            [subscription()],
            subscription(),
            subscription(settings=json.dumps({"email": EMAIL})),
            {"name": "Upsert Contact", "actionSlug": "upsertContact", "trigger": IDENTIFY,
             "settings": {"email": EMAIL}},
        ],
    )  # fmt: skip
    def test_of_each_shape_are_read(self, document: Any) -> None:
        (spec,) = loaded(document).mappings.values()
        assert (spec.action, spec.trigger, spec.dialect, spec.mapping) == (
            "upsertContact", IDENTIFY, "strict", {"email": "$.traits.email"},
        )  # fmt: skip
        assert import_subscriptions(document).is_whole

    @pytest.mark.parametrize(
        "document", [{}, [], None, 5, {"data": {}}, {"data": {"sources": []}}, [5], [{"name": "x"}]]
    )
    def test_without_subscriptions_are_refused(self, document: Any) -> None:
        with pytest.raises(SubscriptionsError, match="holds no subscriptions"):
            import_subscriptions(document)

    def test_that_are_one_page_of_several_are_not_whole(self) -> None:
        pages = {"current": "MA==", "next": "MQ==", "totalEntries": 300}
        document = {"data": {"subscriptions": [subscription()], "pagination": pages}}
        assert not import_subscriptions(document).is_whole


class TestNames:
    def test_are_safe_and_differ(self) -> None:
        titles = ["Upsert Contact", "upsert contact!", "Größe/€", "€", "", None, "2 be", "a\nb"]
        destination = loaded([subscription(name=title) for title in titles])
        assert list(destination.mappings) == [
            "upsert_contact", "upsert_contact_2", "gr_e", "upsertContact", "upsertcontact",
            "upsertcontact_2", "2_be", "a_b",
        ]  # fmt: skip


class TestTriggers:
    @pytest.mark.parametrize(
        ("trigger", "dialect"),
        [
            (IDENTIFY, "strict"),
            ('type = "track" and event = "Order Completed"', "strict"),
            ('(type = "track" or type = "page") and properties.a = 5', "strict"),
            ('((type = "track"))', None),
            ('type = "track" OR type = "identify"', "segment"),
            ('type = "a" or type = "b" and event = "c"', "segment"),
            ('type = "track" and anonymousId = "zzz"', "segment"),
            ('type = "x" and (contains(event, "a") or contains(event, "b"))', "segment"),
            ('match(event, "xrder")', "segment"),
            ('type = "track', None),
            ("", None),
            (None, None),
        ],
    )
    def test_mean_what_they_meant(self, trigger: Any, dialect: str | None) -> None:
        one = only(trigger=trigger)
        if dialect is None:
            assert one.spec is None
            assert "trigger" in one.reason
            return
        assert one.spec["trigger"] == trigger
        assert one.spec.get("dialect", "strict") == dialect
        assert any("dialect: segment" in remark for remark in one.remarks) is (dialect == "segment")


class TestLeftOut:
    @pytest.mark.parametrize(
        ("given_", "reason"),
        [
            (
                {"actionSlug": "upsertContcts"},
                "unknown action 'upsertContcts'; did you mean 'upsertContact'?.",
            ),
            ({"actionSlug": "sendSms"}, "unknown action 'sendSms'."),
            ({"enabled": False}, "it is disabled."),
            ({"trigger": None}, "it has no trigger, so it picks no event."),
            ({"settings": None}, "it has no settings, which hold the mapping."),
            ({"settings": "{"}, "its settings are a text that is not JSON."),
            (
                {
                    "actionSlug": "upsertObject",
                    "settings": {"__segment_internal_sync_mode": "mirror"},
                },
                "there is no sync mode 'mirror': name add, update or upsert.",
            ),
            (
                {"settings": {"email": {"@pth": "$.a"}, "city": {"@case": {"operator": "Up"}}}},
                (
                    "mapping.email: unknown directive '@pth'; did you mean '@path'?; "
                    "mapping.city.@case.operator: must be 'lower' or 'upper', not 'Up'"
                ),
            ),
        ],
    )
    def test_is_told_with_its_reason_and_kept_as_it_was(
        self, given_: dict[str, Any], reason: str
    ) -> None:
        one = only(**given_)
        assert (one.name, one.spec, one.reason) == (None, None, reason)
        imported = import_subscriptions([subscription(), one.given])
        (kept,) = json.loads(left_out_text(imported))["subscriptions"]
        assert kept == {**one.given, "leftOut": reason}
        assert (
            import_subscriptions(json.loads(left_out_text(imported))).left_out[0].reason == reason
        )
        assert imported.is_whole is (given_ == {"enabled": False})


class TestActions:
    @pytest.mark.parametrize("slug", ACTIONS)
    def test_are_all_imported_with_their_own_default_mappings(self, slug: str) -> None:
        mapping = ACTIONS[slug].default_mapping()
        destination = loaded(subscription(actionSlug=slug, name="it", settings=mapping))
        assert destination.mappings["it"].action == slug
        assert program_of(destination, "it").program == compile_mapping(mapping)

    def test_with_members_in_their_fields_are_told_what_those_lack(self) -> None:
        given_ = {"event_name": "order", "record_details": {"object_typ": "contact"}}
        one = only(actionSlug="customEvent", settings=given_)
        assert "mapping.record_details.object_typ" in one.reason
        assert "did you mean 'object_type'?" in one.reason


class TestSyncModes:
    @pytest.mark.parametrize("mode", ["add", "update", "upsert"])
    @pytest.mark.parametrize("slug", ["upsertObject", "customEvent"])
    def test_are_carried_over(self, slug: str, mode: str) -> None:
        mapping = {"__segment_internal_sync_mode": mode}
        destination = loaded(subscription(actionSlug=slug, name="it", settings=mapping))
        assert destination.mappings["it"].sync_mode == mode
        assert settings_of(destination, "it").sync_mode == mode
        assert destination.mappings["it"].mapping == {}

    @pytest.mark.parametrize(
        ("slug", "mode"), [("upsertObject", "update"), ("customEvent", "upsert")]
    )
    def test_that_are_missing_are_written_as_the_reference_behaves(
        self, slug: str, mode: str
    ) -> None:
        one = only(actionSlug=slug, settings={})
        assert one.spec["sync_mode"] == mode
        assert f"it has no sync mode: '{mode}' is written." in one.remarks


class TestRemarks:
    @pytest.mark.parametrize(
        ("key", "value", "remark"),
        [
            ("enable_batching", True, "everything is sent in batches"),
            ("batch_size", "100", "everything is sent in batches"),
            ("__segment_internal_sync_mode", "upsert", "Upsert Contact has no such field"),
            ("emial", EMAIL, "Upsert Contact has no such field"),
        ],
    )
    def test_tell_of_settings_that_the_reference_drops_too(
        self, key: str, value: Any, remark: str
    ) -> None:
        one = only(settings={"email": EMAIL, key: value})
        assert one.spec["mapping"] == {"email": "$.traits.email"}
        assert f"'{key}' is dropped: {remark}" in one.remarks[0]

    @pytest.mark.parametrize(
        "slug",
        ["sendCustomBehavioralEvent", "upsertCompany", "upsertCustomObjectRecord", "customEvent"],
    )
    def test_tell_of_empty_texts_that_the_reference_drops(self, slug: str) -> None:
        field = ACTIONS[slug].fields[0].key
        one = only(actionSlug=slug, settings={field: "", "__segment_internal_sync_mode": "add"})
        assert one.spec["mapping"] == {}
        assert any(f"'{field}' is dropped: it is an empty text" in told for told in one.remarks)

    @pytest.mark.parametrize("field", ["dissociations", "list_details"])
    def test_tell_of_what_takes_effect_here_only(self, field: str) -> None:
        one = only(actionSlug="upsertObject", settings={field: {"list_name": "VIPs"}})
        assert any(f"'{field}' takes effect here" in told for told in one.remarks)

    def test_tell_of_a_model(self) -> None:
        assert "reads the model m1" in only(modelId="m1").remarks[0]

    def test_tell_of_empty_texts_which_clear(self) -> None:
        assert "'phone' is an empty text" in only(settings={"phone": ""}).remarks[0]


ODD = st.sampled_from(
    [
        "no", "2026-01-02", "1e3", "0x10", "~", "=", "<<", "a: b", "# a", "$.a", "*a", "&a", "!a",
        "%a", "@a", "- a", " a ", "a\n\n b", "\t", "\x85", "\u2028", "\ufeff", "{{a}}",
        "'", '"', "{", "[", "1_000", ".5", "+1", "0o7", "1:30",
    ]
)  # fmt: skip


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["email", "city", "properties"]),
        generated.mappings
        | ODD
        | st.dictionaries(ODD.filter(lambda key: key != "@a"), ODD, max_size=3),
    ),
    ODD | st.text(max_size=5),
)
def test_every_mapping_means_what_it_meant(mapping: Any, title: str) -> None:
    destination = loaded(subscription(settings=mapping, name=title))
    (name,) = destination.mappings
    compiled = program_of(destination, name)
    assert compiled.program == compile_mapping(mapping)
    assert compiled.trigger == compile_trigger(IDENTIFY)


def test_a_mapping_under_one_directive_keeps_it() -> None:
    mapping = {
        "__segment_internal_directive": {"@transform": {"apply": {"who": EMAIL}}},
        "email": {"@path": "$.who"},
        "enable_batching": False,
    }
    destination = loaded(subscription(settings=mapping))
    del mapping["enable_batching"]
    assert program_of(destination, "upsert_contact").program == compile_mapping(mapping)


def test_a_mapping_that_is_one_directive_stays_one() -> None:
    destination = loaded(subscription(settings={"@path": "$.traits"}))
    expected = compile_payloads("upsertContact", None, {"@path": "$.traits"})
    assert program_of(destination, "upsert_contact").program == expected.program
