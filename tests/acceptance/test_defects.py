"""The fifty defects of the reference destination, each with what proves that it is none of ours."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent

CONTACTS, COMPANIES = "test_contacts", "test_companies"
RECORDS, OBJECTS, EVENTS = "test_custom_object_records", "test_custom_objects", "test_events"
LINKS, LIMITS, CALLS = "test_custom_object_links", "test_limits", "test_calls"

Proof = tuple[str, ...]
"""A file here, and a test in it: the class, if it is in one, then the function."""

PROOFS: dict[str, tuple[Proof, ...]] = {
    "W1": ((LINKS, "TestAssociations", "test_of_two_contacts_with_one_company_are_two"),),
    "W2": (
        (CONTACTS, "TestABadRow",
         "test_of_a_hundred_harms_only_itself_and_tells_what_hubspot_said"),
        (CONTACTS, "TestABadRow",
         "test_that_was_never_answered_is_undelivered_and_nothing_worse"),
        (OBJECTS, "TestTheKey", "test_that_is_blank_is_a_rejected_row"),
    ),
    "W3": (
        (OBJECTS, "TestTheKey", "test_is_compared_as_hubspot_does"),
        (OBJECTS, "TestTheKey",
         "test_of_a_new_contact_in_other_letters_is_associated_in_add_mode"),
        (OBJECTS, "TestTheKey", "test_may_be_a_secondary_address"),
    ),
    "W4": (
        (LINKS, "TestLists", "test_follow_the_latest_event"),
        (LINKS, "TestAssociations", "test_are_taken_away_where_the_mapping_says_so"),
    ),
    "W5": (
        (EVENTS, "TestValues", "test_of_text_survive_whatever_they_look_like"),
        (EVENTS, "TestValues", "test_of_null_are_left_out"),
        (EVENTS, "TestValues", "test_that_are_lists_become_json_text"),
    ),
    "W6": (
        (CONTACTS, "test_an_address_with_letters_that_urls_know_is_that_contacts"),
        (COMPANIES, "TestTheUniqueProperty", "test_addresses_its_company_whatever_letters_it_has"),
        (OBJECTS, "TestTheKey", "test_addresses_its_record_whatever_letters_it_has"),
        (LINKS, "TestLists", "test_are_found_whatever_letters_their_name_has"),
    ),
    "W7": ((COMPANIES, "TestTheUniqueProperty", "test_is_not_written_by_hand_whatever_the_value"),),
    "W8": ((LINKS, "TestAssociations", "test_that_failed_in_add_mode_are_made_by_the_next_run"),),
    "W9": ((OBJECTS, "TestTheKey", "test_may_be_a_secondary_address"),),
    "W10": ((CONTACTS, "TestTheSameContactSpelledInManyWays", "test_is_written_once"),),
    "W11": ((CONTACTS, "test_one_by_one_and_all_at_once_leave_the_same_contacts"),),
    "W12": (
        (CONTACTS, "TestABadRow",
         "test_of_a_hundred_harms_only_itself_and_tells_what_hubspot_said"),
        (OBJECTS, "TestABadRow", "test_of_a_hundred_harms_only_itself_in_an_update"),
        (OBJECTS, "TestABadRow",
         "test_whose_value_does_not_fit_is_rejected_before_anything_is_sent"),
    ),
    "W13": (
        (OBJECTS, "TestProperties",
         "test_of_any_kind_that_the_account_has_are_written_as_they_are"),
    ),
    "W14": ((OBJECTS, "TestProperties", "test_take_what_their_type_can_say"),),
    "W15": ((LINKS, "TestAssociations", "test_under_two_labels_are_both_there"),),
    "W16": ((OBJECTS, "TestTheKey", "test_that_comes_twice_is_created_once_in_add_mode"),),
    "W17": (
        (CONTACTS, "TestTheSameContactSpelledInManyWays", "test_is_written_once"),
        (OBJECTS, "TestTheKey", "test_is_compared_as_hubspot_does"),
    ),
    "W18": ((EVENTS, "TestTheDefinition", "test_is_made_with_types_of_all_values"),),
    "W19": (
        (EVENTS, "TestTheDefinition",
         "test_that_cannot_be_extended_rejects_the_rows_that_need_it"),
        (EVENTS, "TestTheDefinition",
         "test_that_cannot_be_extended_as_the_mapping_says_keeps_all_rows_back"),
    ),
    "W20": (
        (EVENTS, "TestTheDefinition", "test_that_was_deleted_is_one_clear_error"),
        (EVENTS, "TestTheDefinition", "test_that_cannot_be_made_rejects_the_rows_of_its_event"),
    ),
    "W21": (
        (LINKS, "TestLists",
         "test_are_not_taken_for_missing_where_a_look_up_is_refused_for_now"),
        (LINKS, "TestLists",
         "test_that_fill_themselves_fail_their_rows_with_one_clear_word"),
    ),
    "W22": ((OBJECTS, "TestTheKey", "test_takes_effect_at_once_where_the_mapping_names_another"),),
    "W23": ((OBJECTS, "TestTheKey", "test_that_is_blank_is_a_rejected_row"),),
    "W24": ((CONTACTS, "TestABadRow", "test_before_it_takes_nothing_from_a_rows_time"),),
    "W25": (
        (CONTACTS, "TestTheSameContactSpelledInManyWays", "test_is_written_once"),
        (CONTACTS, "test_a_contact_that_comes_up_while_it_is_created_is_updated"),
    ),
    "W26": ((COMPANIES, "TestTheUniqueProperty", "test_is_made_once_before_the_first_write"),),
    "W27": (
        (COMPANIES, "TestACompanyThatThereIsNot",
         "test_is_created_once_although_search_lags_behind"),
        (RECORDS, "TestSendingAgain", "test_creates_no_second_record_while_search_lags_behind"),
        (RECORDS, "TestSendingAgain", "test_creates_no_second_record_without_search_fields"),
    ),
    "W28": (
        (COMPANIES, "TestSearchFields", "test_must_all_match"),
        (COMPANIES, "TestSearchFields", "test_that_are_empty_are_not_searched"),
        (COMPANIES, "TestSearchFields", "test_may_be_as_many_as_hubspot_takes_in_one_search"),
        (RECORDS, "TestSearchFields", "test_must_all_match"),
    ),
    "W29": (
        (CONTACTS, "TestABadRow",
         "test_of_a_hundred_harms_only_itself_and_tells_what_hubspot_said"),
    ),
    "W30": ((COMPANIES, "TestTheUniqueProperty", "test_may_be_there_unseen"),),
    "W31": ((OBJECTS, "TestTheKey", "test_is_compared_as_hubspot_does"),),
    "W32": ((CALLS, "test_a_thousand_rows_cost_no_more_calls_than_told"),),
    "W33": ((CALLS, "test_a_thousand_rows_cost_no_more_calls_than_told"),),
    "W34": (
        (EVENTS, "TestTheName",
         "test_in_full_or_short_costs_one_read_whatever_the_rows_hold"),
    ),
    "W36": ((CALLS, "test_a_thousand_rows_cost_no_more_calls_than_told"),),
    "W37": (
        (CONTACTS, "TestALifecycleStage",
         "test_that_is_the_same_but_for_spaces_and_case_takes_no_further_call"),
    ),
    "W38": (
        (RECORDS, "TestSearchFields",
         "test_that_find_nothing_create_nothing_where_creating_is_off"),
    ),
    "W39": (
        (LIMITS, "test_many_searches_stay_below_the_accounts_limit"),
        (LIMITS, "test_a_refusal_that_names_a_time_is_waited_out"),
    ),
    "W40": (
        (LIMITS,
         "test_a_token_that_ends_in_the_middle_is_renewed_once_and_only_refused_calls_are_repeated"),
    ),
    "W41": (
        (EVENTS, "TestSendingAgain", "test_makes_no_second_occurrence"),
        (EVENTS, "TestSendingAgain", "test_after_a_call_without_an_answer_makes_none_either"),
    ),
    "W42": (
        (EVENTS, "TestABadRow", "test_with_more_than_fifty_properties_is_rejected"),
        (EVENTS, "TestValues",
         "test_that_are_too_long_are_rejected_before_anything_is_sent"),
        (EVENTS, "TestTheName", "test_of_no_definition_is_rejected"),
    ),
    "W43": ((COMPANIES, "TestALifecycleStage", "test_moves_backward"),),
    "W44": (
        (COMPANIES, "TestTheContact", "test_is_found_by_its_address_in_any_case"),
        (COMPANIES, "TestTheContact", "test_is_found_by_what_the_user_said_in_an_earlier_event"),
    ),
    "W45": (
        (OBJECTS, "TestTheKey", "test_and_the_object_type_may_differ_from_row_to_row"),
        (LINKS, "TestAssociations", "test_that_differ_from_row_to_row_go_each_to_its_own_type"),
    ),
    "W46": ((CALLS, "test_a_thousand_rows_cost_no_more_calls_than_told"),),
    "W47": (
        (EVENTS, "TestTheRecord", "test_of_another_type_is_known_by_its_id_alone"),
        (EVENTS, "TestTheRecord", "test_may_be_called_contact_in_any_way"),
    ),
    "W49": (
        (LINKS, "TestLists", "test_are_made_of_the_object_type_that_the_records_are_of"),
    ),
    "W50": ((OBJECTS, "TestProperties", "test_take_no_day_that_there_is_not"),),
}  # fmt: skip

NONE_OF_OURS = {
    "W35": "No process keeps a schema from one run to the next: each run reads the account's once.",
    "W48": "There are no drop-downs to fill; what a run reads of the account, it reads to the end.",
}
"""Defects of parts that there are not here."""


def test_each_of_the_fifty_is_proven_or_none_of_ours() -> None:
    numbers = sorted(PROOFS.keys() | NONE_OF_OURS.keys(), key=lambda name: int(name[1:]))
    assert numbers == [f"W{number}" for number in range(1, 51)]
    assert not PROOFS.keys() & NONE_OF_OURS.keys()


@pytest.mark.parametrize("defect", PROOFS)
def test_what_proves_it_is_there(defect: str) -> None:
    for file, *inside in PROOFS[defect]:
        body = ast.parse((HERE / f"{file}.py").read_text(encoding="utf-8")).body
        for name in inside:
            found = [
                one
                for one in body
                if isinstance(one, ast.ClassDef | ast.FunctionDef) and one.name == name
            ]
            assert found, f"{file} has no {' '.join(inside)}"
            body = found[0].body
