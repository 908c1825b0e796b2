"""Associations: labels that others set stay known, and every link has an outcome of its own."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.hubspot.associations import (
    Label,
    Link,
    create,
    create_default,
    read,
    remove_labels,
)
from hubspot_pipeline.hubspot.errors import (
    MissingScopes,
    NotFound,
    RefusedError,
    Unavailable,
    ValidationRefused,
    WrongTarget,
)
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    AssociationLimit,
    Behaviour,
    SimulatorSettings,
)
from tests.hubspot.helpers import Script, answer, client_for
from tests.hubspot.portal import VERSIONS, by_hand, connected

UNLABELED = Label("HUBSPOT_DEFINED", "279")
PRIMARY = Label("HUBSPOT_DEFINED", "1")
BACK = Label("HUBSPOT_DEFINED", "280")


def begin(
    server: SimulatorServer, contacts: int, companies: int, **more: object
) -> tuple[list[str], list[str]]:
    """A new account with so many records; their ids."""
    records = {
        "contacts": [{"email": f"c{n}@example.com"} for n in range(contacts)],
        "companies": [{"name": f"Company {n}"} for n in range(companies)],
    }
    server.reset(SimulatorSettings(limits=None, records=records, **more))  # type: ignore[arg-type]
    return (
        [record.id for record in server.account.records("contacts")],
        [record.id for record in server.account.records("companies")],
    )


def own_label(server: SimulatorServer, label: str) -> Label:
    """A label of the account from contacts to companies."""
    path = "/crm/v4/associations/contacts/companies/labels"
    body = {"label": label, "name": label.lower()}
    made = by_hand(server, "POST", path, body)["results"]
    known = by_hand(server, "GET", path)["results"]
    (one,) = [each for each in known if each["label"] == label and each in made]
    return Label(one["category"], str(one["typeId"]))


@pytest.mark.parametrize("version", VERSIONS)
async def test_links_are_made_read_and_taken_away(
    account_server: SimulatorServer, version: str
) -> None:
    (ann, bob), (acme, bolt) = begin(account_server, 2, 2)
    partner = own_label(account_server, "Partner")
    async with connected(account_server, version) as client:
        made = await create(
            client,
            "contacts",
            "companies",
            [Link(ann, acme, (partner,)), Link(bob, acme), Link(ann, bolt)],
        )
        held = await read(client, "contacts", "companies", [ann, bob, ann])
        gone = await remove_labels(
            client, "contacts", "companies", [Link(ann, acme, (partner,)), Link(bob, acme)]
        )
        left = await read(client, "contacts", "companies", [ann, bob])
    assert made == (None, None, None)
    assert {pair: labels - {PRIMARY} for pair, labels in held.items()} == {
        (ann, acme): {UNLABELED, partner},
        (bob, acme): {UNLABELED},
        (ann, bolt): {UNLABELED},
    }
    assert gone == (None, None)
    assert {pair: labels - {PRIMARY} for pair, labels in left.items()} == {
        (ann, acme): {UNLABELED},
        (ann, bolt): {UNLABELED},
    }
    assert client.calls == {
        "contacts/companies/associations/create": 1,
        "contacts/companies/associations/associate/default": 1,
        "contacts/companies/associations/read": 2,
        "contacts/companies/associations/labels/archive": 1,
        "contacts/companies/associations/archive": 1,
    }
    assert set(client._limiter.taken) == {("associations",)}  # type: ignore[attr-defined]


@pytest.mark.parametrize("version", VERSIONS)
async def test_many_records_of_one_company_are_all_linked_and_targets_may_have_two_labels(
    account_server: SimulatorServer, version: str
) -> None:
    contacts, (acme,) = begin(account_server, 300, 1)
    labels = (own_label(account_server, "Partner"), own_label(account_server, "Advisor"))
    async with connected(account_server, version) as client:
        made = await create(
            client, "contacts", "companies", [Link(each, acme, labels) for each in contacts]
        )
        held = await read(client, "contacts", "companies", contacts)
    assert made == (None,) * 300
    assert held == {(each, acme): {*labels, UNLABELED, PRIMARY} for each in contacts}
    assert sum(client.calls.values()) == 2


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("as_numbers", [True, False])
@pytest.mark.parametrize("labelled", [True, False])
async def test_a_bad_link_harms_only_itself(
    account_server: SimulatorServer,
    version: str,
    as_numbers: bool,
    labelled: bool,
) -> None:
    behaviour = Behaviour(association_ids_as_numbers=as_numbers)
    (ann, bob), (acme, bolt) = begin(account_server, 2, 2, behaviour=behaviour)
    labels = (PRIMARY,) if labelled else ()
    links = [
        Link(ann, "987654321", labels),
        Link(ann, acme, labels),
        Link("987654322", acme, labels),
        Link(bob, "no id", labels),
        Link(bob, bolt, labels),
    ]
    async with connected(account_server, version) as client:
        no_company, good, no_contact, no_id, fine = await create(
            client, "contacts", "companies", links
        )
        assert sum(client.calls.values()) == 1
    assert (good, fine) == (None, None)
    assert isinstance(no_company, NotFound)
    assert "987654321" in no_company.message
    assert isinstance(no_contact, NotFound)
    assert "987654322" in no_contact.message
    assert isinstance(no_id, ValidationRefused)
    assert no_id.correlation_id


async def test_an_error_that_names_its_record_in_the_message_only_is_that_records(
    account_server: SimulatorServer,
) -> None:
    (ann, bob), _ = begin(account_server, 2, 0)
    async with connected(account_server) as client:
        good, itself = await create_default(
            client, "contacts", "contacts", [Link(ann, bob), Link(ann, ann)]
        )
    assert good is None
    assert isinstance(itself, ValidationRefused)
    assert "cannot be associated to itself" in itself.message


async def test_a_label_that_does_not_lead_there_harms_only_the_links_that_have_it(
    account_server: SimulatorServer,
) -> None:
    (ann, bob), (acme,) = begin(account_server, 2, 1)
    links = [Link(ann, acme, (BACK,)), Link(bob, acme, (PRIMARY,))]
    async with connected(account_server) as client:
        wrong, good = await create(client, "contacts", "companies", links)
        assert sum(client.calls.values()) == 1
    assert isinstance(wrong, ValidationRefused)
    assert wrong.sub_category == "crm.associations.INVALID_FROM_OBJECT"
    assert good is None


async def test_an_admins_limit_that_names_no_record_fails_what_is_not_there_afterwards(
    account_server: SimulatorServer,
) -> None:
    limits = (AssociationLimit("contacts", "companies", most=1),)
    (ann, bob), (acme, bolt) = begin(account_server, 2, 2, association_limits=limits)
    links = [Link(ann, acme), Link(ann, bolt), Link(bob, bolt)]
    async with connected(account_server) as client:
        first, second, third = await create(client, "contacts", "companies", links)
    assert (first, third) == (None, None)
    assert isinstance(second, ValidationRefused)
    assert "at most 1" in second.message


async def test_a_batch_that_is_refused_as_a_whole_is_halved_until_the_bad_stand_alone(
    account_server: SimulatorServer,
) -> None:
    contacts, (acme,) = begin(account_server, 8, 1)
    async with connected(account_server) as client:
        await create_default(client, "contacts", "companies", [Link(c, acme) for c in contacts])
        links = [Link(each, acme, (PRIMARY,)) for each in contacts]
        links[5] = Link("no id", acme, (PRIMARY,))
        outcomes = await remove_labels(client, "contacts", "companies", links)
        held = await read(client, "contacts", "companies", contacts)
    assert [place for place, each in enumerate(outcomes) if each is not None] == [5]
    assert isinstance(outcomes[5], ValidationRefused)
    assert [contact for (contact, _), labels in held.items() if PRIMARY in labels] == [contacts[5]]


async def test_what_is_not_there_need_not_be_taken_away(account_server: SimulatorServer) -> None:
    (ann,), (acme,) = begin(account_server, 1, 1)
    links = [Link(ann, acme, (UNLABELED,)), Link(ann, "987654321", (UNLABELED,))]
    async with connected(account_server) as client:
        assert await remove_labels(client, "contacts", "companies", links) == (None, None)
        assert await remove_labels(client, "contacts", "companies", [Link(ann, acme)]) == (None,)


async def test_a_label_of_a_record_that_is_gone_is_gone_too() -> None:
    errors = [
        {
            "message": "No company with ID 2 exists",
            "category": "OBJECT_NOT_FOUND",
            "subCategory": "crm.associations.TO_OBJECT_NOT_FOUND",
            "context": {"id": ["2"]},
        },
        {"message": "4 is locked", "category": "VALIDATION_ERROR", "context": {"id": ["4"]}},
    ]
    held = {"from": {"id": "5"}, "to": [{"toObjectId": "6", "associationTypes": []}]}
    script = Script(answer(207, {"errors": errors}), answer(200, {"results": [held]}))
    links = [Link(one, other, (PRIMARY,)) for one, other in (("1", "2"), ("3", "4"), ("5", "6"))]
    async with client_for(script) as client:
        gone, locked, good = await remove_labels(client, "contacts", "companies", links)
    assert (gone, good) == (None, None)
    assert isinstance(locked, ValidationRefused)


@pytest.mark.parametrize("said", [True, False])
async def test_records_without_associations_have_none_however_hubspot_says_so(
    account_server: SimulatorServer,
    said: bool,
) -> None:
    behaviour = Behaviour(no_associations_is_an_error=said)
    (ann, bob), (acme,) = begin(account_server, 2, 1, behaviour=behaviour)
    async with connected(account_server) as client:
        await create_default(client, "contacts", "companies", [Link(ann, acme)])
        held = await read(client, "contacts", "companies", [ann, bob, "987654321"])
    assert list(held) == [(ann, acme)]


async def test_a_record_of_many_associations_is_read_to_the_last_page(
    account_server: SimulatorServer,
) -> None:
    contacts, (acme, bolt) = begin(account_server, 1_201, 2)
    async with connected(account_server) as client:
        links = [Link(acme, each) for each in contacts]
        assert not any(await create_default(client, "companies", "contacts", links))
        held = await read(client, "companies", "contacts", [acme, bolt])
    assert set(held) == {(acme, each) for each in contacts}
    assert client.calls["companies/contacts/associations/read"] == 3


async def test_more_records_than_one_read_takes_are_read_in_several(
    account_server: SimulatorServer,
) -> None:
    contacts, (acme,) = begin(account_server, 1_500, 1)
    async with connected(account_server) as client:
        links = [Link(each, acme) for each in contacts]
        assert not any(await create_default(client, "contacts", "companies", links))
        held = await read(client, "contacts", "companies", contacts)
    assert len(held) == 1_500
    assert client.calls["contacts/companies/associations/read"] == 2


@pytest.mark.parametrize("operation", ["create", "associate_default", "labels_archive", "read"])
async def test_an_outage_is_no_refusal_and_no_absence(
    account_server: SimulatorServer, operation: str
) -> None:
    (ann,), (acme,) = begin(account_server, 1, 1)
    account_server.faults.add(Fault("status", f"associations.batch.{operation}", status=503))
    work = {
        "create": lambda client: create(
            client, "contacts", "companies", [Link(ann, acme, (PRIMARY,))]
        ),
        "associate_default": lambda client: create(
            client, "contacts", "companies", [Link(ann, acme)]
        ),
        "labels_archive": lambda client: remove_labels(
            client, "contacts", "companies", [Link(ann, acme, (PRIMARY,))]
        ),
        "read": lambda client: read(client, "contacts", "companies", [ann]),
    }[operation]
    async with connected(account_server) as client:
        with pytest.raises(Unavailable):
            await work(client)


async def test_answers_at_their_worst_give_the_same_outcomes(
    account_server: SimulatorServer,
) -> None:
    contacts, (acme,) = begin(account_server, 20, 1)
    account_server.faults.add(Fault("hostile", "associations.batch.*"))
    links = [Link(each, acme, (PRIMARY,)) for each in contacts]
    links += [Link(each, f"98765432{n}") for n, each in enumerate(contacts[:5])]
    async with connected(account_server) as client:
        outcomes = await create(client, "contacts", "companies", links)
    assert outcomes[:20] == (None,) * 20
    for number, each in enumerate(outcomes[20:]):
        assert isinstance(each, RefusedError)
        assert f"98765432{number}" in each.message


@pytest.mark.parametrize("category", ["RATE_LIMITS", "INTERNAL_ERROR"])
async def test_a_passing_trouble_of_one_input_leaves_the_call_to_be_repeated(
    category: str,
) -> None:
    trouble = {"message": "try again", "category": category, "context": {"id": ["2"]}}
    script = Script(
        answer(207, {"results": [], "errors": [trouble]}),
        answer(200, {"results": []}),
    )
    async with client_for(script) as client:
        with pytest.raises(Unavailable):
            await create_default(client, "contacts", "companies", [Link("1", "2")])
    async with client_for(Script(answer(207, {"results": [], "errors": [trouble]}))) as client:
        with pytest.raises(Unavailable):
            await read(client, "contacts", "companies", ["1"])


async def test_a_passing_trouble_is_not_blamed_on_what_else_was_refused() -> None:
    errors = [{"message": "try again", "category": "RATE_LIMITS"}, {"message": "some are too many"}]
    script = Script(answer(207, {"results": [], "errors": errors}), answer(200, {"results": []}))
    links = [Link("1", "2"), Link("3", "4")]
    async with client_for(script) as client:
        with pytest.raises(Unavailable):
            await create_default(client, "contacts", "companies", links)


async def test_a_2xx_that_says_nothing_of_a_link_is_checked_by_reading() -> None:
    there = {"from": {"id": "1"}, "to": [{"toObjectId": 2, "associationTypes": []}]}
    script = Script(answer(201, {"results": []}), answer(200, {"results": [there]}))
    async with client_for(script) as client:
        assert await create_default(client, "contacts", "companies", [Link("1", "2")]) == (None,)
    async with client_for(Script(answer(200, {"results": []}))) as client:
        with pytest.raises(Unavailable):
            await create_default(client, "contacts", "companies", [Link("1", "2")])


async def test_another_links_way_back_confirms_nothing_beside_an_error() -> None:
    """Contact 1 and company 2 are associated; contact 2 and company 1 are not."""
    both = [{"from": {"id": "1"}, "to": {"id": "2"}}, {"from": {"id": "2"}, "to": {"id": "1"}}]
    error = {
        "message": "No company with ID 1 exists",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.TO_OBJECT_NOT_FOUND",
        "context": {"id": ["1"]},
    }
    read_back = {"results": [{"from": {"id": 1}, "to": [{"toObjectId": "2"}]}]}
    script = Script(answer(200, {"results": both, "errors": [error]}), answer(200, read_back))
    async with client_for(script) as client:
        good, bad = await create_default(
            client, "contacts", "companies", [Link("1", "2"), Link("2", "1")]
        )
    assert good is None
    assert isinstance(bad, NotFound)


async def test_errors_that_could_be_any_links_are_all_told() -> None:
    errors = [{"message": "too many of one kind"}, {"message": "too many of another"}]
    script = Script(answer(207, {"results": [], "errors": errors}), answer(200, {"results": []}))
    async with client_for(script) as client:
        got = await create_default(
            client, "contacts", "companies", [Link("1", "2"), Link("3", "4")]
        )
    for each in got:
        assert isinstance(each, ValidationRefused)
        assert "too many of one kind" in each.message
        assert "too many of another" in each.message


async def test_a_user_without_the_permission_is_a_persons_matter_and_no_batch_is_halved() -> None:
    refusal = answer(
        400, {"category": "VALIDATION_ERROR", "message": "Missing 'Edit Associations' permission."}
    )
    script = Script(refusal)
    async with client_for(script, version="2026-09") as client:
        with pytest.raises(MissingScopes, match="Edit Associations"):
            await create_default(client, "contacts", "companies", [Link("1", "2"), Link("3", "4")])
    assert len(script.requests) == 1


async def test_an_address_that_does_not_exist_is_no_links_fault() -> None:
    script = Script(answer(404, {"status": "error", "message": "resource not found"}))
    async with client_for(script) as client:
        with pytest.raises(WrongTarget):
            await create_default(client, "contacts", "companies", [Link("1", "2")])


async def test_pages_that_lead_in_a_circle_end() -> None:
    page = {"from": {"id": "1"}, "to": [], "paging": {"next": {"after": "7"}}}
    async with client_for(Script(answer(200, {"results": [page]}))) as client:
        with pytest.raises(Unavailable, match="one another"):
            await read(client, "contacts", "companies", ["1"])


async def test_nothing_to_do_is_no_call() -> None:
    script = Script(answer(500))
    async with client_for(script) as client:
        assert await create(client, "contacts", "companies", []) == ()
        assert await remove_labels(client, "contacts", "companies", []) == ()
        assert await read(client, "contacts", "companies", []) == {}
    assert not script.requests


@pytest.mark.parametrize(
    "links",
    [
        [Link("1", str(n)) for n in range(2_001)],
        [Link("1", "2"), Link("1", "2", (PRIMARY,))],
    ],
)
async def test_what_is_no_batch_is_the_programmers_error(links: list[Link]) -> None:
    async with client_for(Script(answer(500))) as client:
        for work in (create, create_default, remove_labels):
            with pytest.raises(ValueError, match="one call"):
                await work(client, "contacts", "companies", links)


_PLACES = st.integers(0, 4)
_KINDS = st.sampled_from([(), (PRIMARY,), (UNLABELED,), (PRIMARY, UNLABELED)])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.tuples(_PLACES, _PLACES), _KINDS, max_size=12), st.sampled_from(VERSIONS))
def test_a_link_is_confirmed_where_and_only_where_both_records_exist(
    account_server: SimulatorServer,
    wanted: dict[tuple[int, int], tuple[Label, ...]],
    version: str,
) -> None:
    contacts, companies = begin(account_server, 4, 3)
    near, far = [*contacts, "987654321"], [*companies, "987654322", contacts[0] + "9"]
    links = [Link(near[a], far[b], labels) for (a, b), labels in wanted.items()]

    async def work() -> None:
        async with connected(account_server, version) as client:
            outcomes = await create(client, "contacts", "companies", links)
            held = await read(client, "contacts", "companies", near)
        for link, outcome in zip(links, outcomes, strict=True):
            exists = link.from_id in contacts and link.to_id in companies
            assert (outcome is None) is exists
            assert (link.pair in held) is exists

    asyncio.run(work())
