"""Record writes held to the account's schema over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.simulator.account.pipelines import Pipeline, Stage
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    ALL_SCOPES,
    Behaviour,
    PrivateApp,
    SimulatorSettings,
)
from tests.delivery.checking import as_json, by_hand, checked, kept, problems, record_writes


@pytest.fixture
def simulator() -> Iterator[SimulatorServer]:
    at_once = Behaviour(definition_lag_seconds=0)
    with SimulatorServer(SimulatorSettings(limits=None, behaviour=at_once)) as server:
        yield server


def test_only_the_bad_rows_are_rejected_each_with_field_and_reason(
    simulator: SimulatorServer,
) -> None:
    done = checked(
        simulator,
        record_writes(
            [
                {"firstname": "Ada", "lifecyclestage": "Lead"},
                {"firstname": "Bob", "lifecyclestage": "custumer"},
                {"firstname": None, "lifecyclestage": None},
                {"favourite_color": "red"},
                {"createdate": "2026-01-01"},
            ]
        ),
    )
    assert kept(done) == [{"firstname": "Ada", "lifecyclestage": "lead"}, {}]
    assert done.writes.keys.to_pylist() == ["id000000@example.com", "id000002@example.com"]
    assert done.writes.rows["write"].to_pylist() == [0, 1]
    assert done.writes.rows["position"].to_pylist() == [0, 2]
    assert problems(done) == [
        (
            1,
            "lifecyclestage",
            (
                "'custumer' is not one of the options subscriber, lead, marketingqualifiedlead, "
                "salesqualifiedlead, opportunity, customer, evangelist, other; did you mean "
                "'customer'?"
            ),
        ),
        (3, "favourite_color", "contacts have no property 'favourite_color'."),
        (4, "createdate", "'createdate' is read-only: HubSpot sets it itself."),
    ]


def test_a_clean_chunk_costs_one_list_of_properties_a_run(simulator: SimulatorServer) -> None:
    before = len(simulator.log)
    done = checked(simulator, record_writes([{"firstname": "Ada", "email": ""}, {}]))
    assert done.rejected.num_rows == 0
    assert kept(done) == [{"firstname": "Ada", "email": ""}, {}]
    assert len(simulator.log) == before + 1


def test_owners_are_named_by_e_mail_and_those_who_left_are_none(
    simulator: SimulatorServer,
) -> None:
    rows = [
        {"hubspot_owner_id": "Grace@Example.com"},
        {"hubspot_owner_id": "41629781"},
        {"hubspot_owner_id": "joan@example.com"},
        {"hubspot_owner_id": "grace@example.con"},
        {"hubspot_owner_id": ""},
    ]
    done = checked(simulator, record_writes(rows))
    assert [row["hubspot_owner_id"] for row in kept(done)] == ["41629780", "41629781", ""]
    assert problems(done)[1] == (
        3,
        "hubspot_owner_id",
        (
            "'grace@example.con' is neither the id nor the e-mail of an owner; did you mean "
            "'grace@example.com'?"
        ),
    )


def test_an_app_that_may_not_read_owners_writes_their_ids_unchecked() -> None:
    scopes = ALL_SCOPES - {"crm.objects.owners.read"}
    app = PrivateApp(scopes=scopes)
    with SimulatorServer(SimulatorSettings(limits=None, private_apps=(app,))) as simulator:
        rows = [{"hubspot_owner_id": "41629780"}, {"hubspot_owner_id": "grace@example.com"}]
        done = checked(simulator, record_writes(rows))
    assert kept(done) == [{"hubspot_owner_id": "41629780"}]
    assert "crm.objects.owners.read" in problems(done)[0][2]


def test_stages_are_named_within_the_rows_pipeline(simulator: SimulatorServer) -> None:
    stages = (Stage("r1", "Contract sent", 0), Stage("r2", "Renewed", 1))
    deals = simulator.account.types.find("deals")
    simulator.account.pipelines.add(deals, Pipeline("renewals-id", "Renewals", 1, stages))
    rows = [
        {"pipeline": "sales pipeline", "dealstage": "Contract Sent"},
        {"pipeline": "Renewals", "dealstage": "contract sent"},
        {"dealstage": "Renewed"},
        {"dealstage": "closedwon"},
        {"dealstage": "contract sent"},
        {"pipeline": "Sales Pipeline", "dealstage": "Renewed"},
        {"pipeline": "Sale pipelines", "dealstage": "Renewed"},
    ]
    ids = [str(at) for at in range(1, 8)]
    done = checked(
        simulator,
        record_writes(rows, object_type="deal", id_property="hs_object_id", ids=ids),
    )
    assert done.writes.object_type == "deals"
    places = [(row.get("pipeline"), row["dealstage"]) for row in kept(done)]
    assert places == [
        ("default", "contractsent"),
        ("renewals-id", "r1"),
        (None, "r2"),
        (None, "closedwon"),
    ]
    assert [(position, field) for position, field, _ in problems(done)] == [
        (4, "dealstage"),
        (5, "dealstage"),
        (6, "pipeline"),
    ]
    reasons = [reason for _, _, reason in problems(done)]
    assert "several pipelines (Sales Pipeline, Renewals)" in reasons[0]
    assert reasons[1] == "'Renewed' is not a stage of the pipeline 'Sales Pipeline'."
    assert reasons[2] == (
        "'Sale pipelines' is not one of the pipelines Sales Pipeline, Renewals; "
        "did you mean 'Sales Pipeline'?"
    )


def test_names_of_pipelines_that_are_private_are_never_shown(simulator: SimulatorServer) -> None:
    writes = record_writes(
        [{"pipeline": "Rescue"}, {"pipeline": "default", "dealstage": "Renewed"}],
        object_type="deal",
        id_property="hs_object_id",
        ids=["1", "2"],
        sensitive=frozenset({"pipeline"}),
    )
    (_, _, pipeline), (_, _, stage) = problems(checked(simulator, writes))
    assert pipeline.startswith("The value is not one of the pipelines Sales Pipeline")
    assert stage == "The value is not one of the stages."


@pytest.mark.parametrize("declared", [frozenset(), frozenset({"blood_type"})])
def test_sensitive_values_are_never_shown(
    simulator: SimulatorServer, declared: frozenset[str]
) -> None:
    by_hand(
        simulator,
        "/crm/v3/properties/contacts",
        {
            "name": "blood_type",
            "label": "Blood type",
            "type": "enumeration",
            "fieldType": "select",
            "groupName": "contactinformation",
            "options": [{"label": "A", "value": "a", "displayOrder": 0, "hidden": False}],
            "dataSensitivity": "non_sensitive" if declared else "sensitive",
        },
    )
    rows = [{"blood_type": "A"}, {"blood_type": "aa"}]
    done = checked(simulator, record_writes(rows, sensitive=declared))
    assert kept(done) == [{"blood_type": "a"}]
    assert problems(done) == [(1, "blood_type", "The value is not one of the options a.")]


def test_ids_that_no_record_can_have_are_refused(simulator: SimulatorServer) -> None:
    def reasons(property_name: str, *ids: str) -> list[str]:
        writes = record_writes([{}] * len(ids), id_property=property_name, ids=ids)
        return [reason for _, _, reason in problems(checked(simulator, writes))]

    assert reasons("hs_object_id", "1", "abc") == ["a record's id has nothing but digits."]
    assert reasons("phone", "1") == [
        "records are found by unique properties only, and contacts' property 'phone' is not unique."
    ]
    assert reasons("e_mail", "1") == ["contacts have no property 'e_mail'; did you mean 'email'?"]


def test_the_id_property_that_will_be_made_need_not_be_there(simulator: SimulatorServer) -> None:
    writes = record_writes(
        [{"name": "Acme"}],
        object_type="companies",
        id_property="segment_group_id",
        ids=["g1"],
        makes_id_property=True,
    )
    assert checked(simulator, writes).rejected.num_rows == 0


def test_an_unknown_object_type_rejects_its_rows_only(simulator: SimulatorServer) -> None:
    done = checked(simulator, record_writes([{"a": "b"}], object_type="contcats"))
    assert len(done.writes.keys) == 0
    assert problems(done) == [
        (
            0,
            "object_type",
            "the account has no object type 'contcats'; did you mean 'contacts'?",
        )
    ]


def test_search_fields_are_held_to_the_schema_and_may_be_read_only(
    simulator: SimulatorServer,
) -> None:
    search = [
        {"createdate": "2026-01-01", "lifecyclestage": "Customer"},
        {"nmae": "Acme"},
        {"numberofemployees": "many"},
    ]
    writes = record_writes(
        [{}, {}, {}],
        object_type="companies",
        id_property="segment_group_id",
        search=search,
        makes_id_property=True,
    )
    done = checked(simulator, writes)
    assert done.writes.search.to_pylist() == [
        {
            "createdate": "2026-01-01T00:00:00.000Z",
            "lifecyclestage": "customer",
            "nmae": None,
            "numberofemployees": None,
        }
    ]
    assert problems(done) == [
        (1, "nmae", "companies have no property 'nmae'; did you mean 'name'?"),
        (2, "numberofemployees", "'many' is not a number."),
    ]


def test_associations_and_lists_of_bad_rows_go_with_them(simulator: SimulatorServer) -> None:
    link = {"to_type": "company", "id_property": "hs_object_id", "id": "1"}
    done = checked(
        simulator,
        record_writes(
            [{"firstname": "Ada"}, {"firstnam": "Bob"}, {"firstname": "Cy"}],
            associations=[{"write": at, **link} for at in (0, 1, 2)],
            lists=[{"write": at, "name": "VIPs", "add": True, "create": True} for at in (1, 2)],
        ),
    )
    assert done.writes.associations["write"].to_pylist() == [0, 1]
    assert done.writes.associations["to_type"].to_pylist() == ["companies"] * 2
    assert done.writes.lists["write"].to_pylist() == [1]


def test_labels_are_named_by_id_or_by_name_and_what_all_pairs_have_needs_none(
    simulator: SimulatorServer,
) -> None:
    by_hand(
        simulator,
        "/crm/v4/associations/contacts/companies/labels",
        {"name": "adviser", "label": "Adviser"},
    )
    labels = ["ADVISER", "user_defined:1", "HUBSPOT_DEFINED:279", "Primary", None, "Advisor", "x:1"]
    link = {"to_type": "companies", "id_property": "hs_object_id", "id": "1"}
    writes = record_writes(
        [{} for _ in labels],
        associations=[{"write": at, "label": label, **link} for at, label in enumerate(labels)],
    )
    done = checked(simulator, writes)
    resolved = done.writes.associations["label"].to_pylist()
    assert resolved[0] is not None
    assert resolved[0].startswith("USER_DEFINED:")
    assert resolved[-3:] == [None, "HUBSPOT_DEFINED:1", None]
    assert (
        5,
        "associations",
        "associations of contacts to companies have no label 'Advisor'; did you mean 'Adviser'?",
    ) in problems(done)
    assert problems(done)[-1][0] == 6


def test_what_all_pairs_have_is_named_alike_to_add_and_to_remove(
    simulator: SimulatorServer,
) -> None:
    link = {"to_type": "companies", "id_property": "hs_object_id", "id": "1", "remove": True}
    labels = ["HUBSPOT_DEFINED:279", None, "Primary"]
    writes = record_writes(
        [{} for _ in labels],
        associations=[{"write": at, "label": label, **link} for at, label in enumerate(labels)],
    )
    done = checked(simulator, writes)
    assert done.writes.associations["label"].to_pylist() == [None, None, "HUBSPOT_DEFINED:1"]


def test_a_record_id_of_an_other_side_that_can_be_none_is_told_before_anything_is_written(
    simulator: SimulatorServer,
) -> None:
    link = {"to_type": "companies", "id_property": "hs_object_id"}
    writes = record_writes(
        [{}, {}, {}],
        associations=[
            {"write": at, "id": id_, **link} for at, id_ in enumerate(["1", "abc", "-1"])
        ],
    )
    done = checked(simulator, writes)
    assert done.writes.associations["id"].to_pylist() == ["1"]
    reason = "a record's id has nothing but digits."
    assert problems(done) == [(at, "associations", reason) for at in (1, 2)]


def test_search_fields_of_other_sides_are_held_to_their_object_type(
    simulator: SimulatorServer,
) -> None:
    searches = [{"lifecyclestage": "Customer", "name": "A"}, {"domane": "x.com"}, None]
    writes = record_writes(
        [{}, {}, {}],
        associations=[
            {
                "write": at,
                "to_type": "companies",
                "id": None if fields is None else as_json(fields),
                "user_id": "u1",
            }
            for at, fields in enumerate(searches)
        ],
    )
    done = checked(simulator, writes)
    assert done.writes.associations["id"].to_pylist() == [
        as_json({"lifecyclestage": "customer", "name": "A"}),
        None,
    ]
    assert problems(done) == [
        (1, "associations", "companies have no property 'domane'; did you mean 'domain'?")
    ]


def test_other_sides_are_found_by_unique_properties_only(simulator: SimulatorServer) -> None:
    link = {"to_type": "companies", "id_property": "domain", "id": "x.com"}
    done = checked(simulator, record_writes([{}], associations=[{"write": 0, **link}]))
    assert "'domain' is not unique" in problems(done)[0][2]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["firstname", "lifecyclestage", "hubspot_owner_id", "nonsense"]),
            st.sampled_from(["", "Lead", "lead", "grace@example.com", "x"]),
        ),
        max_size=6,
    )
)
def test_a_row_is_judged_alike_alone_and_among_others(
    simulator: SimulatorServer, rows: list[dict[str, str]]
) -> None:
    together = checked(simulator, record_writes(rows))
    alone = [checked(simulator, record_writes([row])) for row in rows]
    assert kept(together) == [row for done in alone for row in kept(done)]
    assert [each[1:] for each in problems(together)] == [
        each[1:] for done in alone for each in problems(done)
    ]
