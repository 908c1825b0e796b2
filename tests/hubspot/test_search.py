"""Search: many searches in one call give just what a plain filter over the account gives."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from unittest.mock import patch

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.hubspot import search, search_batches
from hubspot_pipeline.hubspot.errors import (
    RefusedError,
    Unavailable,
    ValidationRefused,
    WrongTarget,
)
from hubspot_pipeline.hubspot.search import MOST_HITS, find
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import SimulatorSettings
from tests.hubspot.helpers import NotingLimiter, Script, answer, client_for
from tests.hubspot.portal import VERSIONS, connected

KINDS = {
    "name": "string",
    "city": "string",
    "numberofemployees": "number",
    "closedate": "datetime",
    "type": "enumeration",
    "hs_buying_role": "enumeration",
}


def begin(server: SimulatorServer, kind: str, *records: Mapping[str, str]) -> list[str]:
    """A new account with these records, long enough ago; their ids."""
    server.reset(SimulatorSettings(limits=None, records={kind: records}))
    server.clock.advance(10)
    return [record.id for record in server.account.records(kind)]


def ids(hits: search.Hits) -> list[str]:
    assert not isinstance(hits, RefusedError), hits
    return [each.record_id for each in hits]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_record_must_have_all_the_values_of_a_search(
    account_server: SimulatorServer, version: str
) -> None:
    acme, _, other = begin(
        account_server,
        "companies",
        {"name": "Acme", "city": "Bern"},
        {"name": "Acme", "city": "Basel"},
        {"name": "Bolt", "city": "Bern"},
    )
    wanted = [
        {"name": "ACME", "city": "bern"},
        {"name": "Bolt", "city": "Basel"},
        {"city": "Bern"},
        {"name": "acme", "city": "Bern"},
    ]
    async with connected(account_server, version) as client:
        got = await find(client, "companies", wanted, properties=["domain"])
    assert [ids(each) for each in got] == [[acme], [], [acme, other], [acme]]
    assert client.calls == {"companies/search": 2}


async def test_a_thousand_searches_take_ten_calls_which_count_as_searches_only(
    account_server: SimulatorServer,
) -> None:
    domains = [f"company-{n:04}.example.com" for n in range(1_000)]
    known = begin(account_server, "companies", *({"domain": each} for each in domains[:900]))
    limiter = NotingLimiter()
    async with connected(account_server) as client:
        client._limiter = limiter
        got = await find(client, "companies", [{"domain": each} for each in domains])
    assert [ids(each) for each in got] == [[each] for each in known] + [[]] * 100
    assert limiter.taken == [("search",)] * 10


async def test_no_body_is_longer_than_hubspot_takes_and_none_of_a_hundred_addresses_is_lost(
    account_server: SimulatorServer,
) -> None:
    emails = [f"a.rather.long.name.of.number.{n}@subsidiary.example.com" for n in range(100)]
    known = begin(account_server, "contacts", *({"email": each} for each in emails))
    async with connected(account_server) as client:
        got = await find(client, "contacts", [{"email": each.upper()} for each in emails])
    assert [ids(each) for each in got] == [[each] for each in known]
    assert client.calls == {"contacts/search": 3}


async def test_a_search_that_finds_very_many_gives_one_page_and_costs_the_others_little(
    account_server: SimulatorServer,
) -> None:
    records = [{"name": "Everywhere", "city": str(n)} for n in range(2_500)]
    known = begin(account_server, "companies", *records, {"name": "Only one"})
    async with connected(account_server) as client:
        wanted = [{"name": "everywhere"}, {"name": "only ONE"}]
        wanted += [{"name": f"absent {n}"} for n in range(62)]
        everywhere, only, *rest = await find(client, "companies", wanted)
    assert ids(everywhere) == known[:MOST_HITS]
    assert ids(only) == [known[-1]]
    assert not any(rest)
    assert client.calls["companies/search"] <= 2 * 6 + 1


async def test_several_pages_are_followed_to_the_end(account_server: SimulatorServer) -> None:
    records = [{"name": f"Name {n % 90}"} for n in range(900)]
    known = begin(account_server, "companies", *records)
    async with connected(account_server) as client:
        got = await find(client, "companies", [{"name": f"name {n}"} for n in range(90)])
    assert [ids(each) for each in got] == [known[n::90] for n in range(90)]
    assert client.calls == {"companies/search": 5}


async def test_a_value_that_is_none_of_its_type_is_refused_without_a_call_and_harms_no_other(
    account_server: SimulatorServer,
) -> None:
    (known,) = begin(account_server, "companies", {"numberofemployees": "7"})
    async with connected(account_server) as client:
        wanted = [{"numberofemployees": each} for each in ("many", "7.0", "NaN")]
        many, seven, nan = await find(client, "companies", wanted, kinds=KINDS)
    assert ids(seven) == [known]
    assert isinstance(many, ValidationRefused)
    assert "'many' is no number" in many.message
    assert isinstance(nan, ValidationRefused)
    assert client.calls == {"companies/search": 1}


async def test_a_search_that_hubspot_refuses_harms_only_itself(
    account_server: SimulatorServer,
) -> None:
    (known,) = begin(account_server, "companies", {"numberofemployees": "7"})
    async with connected(account_server) as client:
        # without the property's type nobody here knows that HubSpot compares it as a number
        wanted = [{"numberofemployees": each} for each in ("1", "7", "many", "8")]
        one, seven, many, eight = await find(client, "companies", wanted)
    assert (ids(one), ids(seven), ids(eight)) == ([], [known], [])
    assert isinstance(many, ValidationRefused)
    assert many.correlation_id


async def test_a_text_too_long_to_search_for_is_refused_without_a_call(
    account_server: SimulatorServer,
) -> None:
    begin(account_server, "companies")
    async with connected(account_server) as client:
        (got,) = await find(client, "companies", [{"name": "x" * 3_000}])
    assert isinstance(got, ValidationRefused)
    assert not client.calls


async def test_an_unknown_property_is_the_refusal_of_each_search(
    account_server: SimulatorServer,
) -> None:
    begin(account_server, "companies")
    async with connected(account_server) as client:
        got = await find(client, "companies", [{"nmae": "a"}, {"nmae": "b"}])
    for each in got:
        assert isinstance(each, ValidationRefused)
        assert each.problems[0].name == "nmae"


async def test_a_search_by_more_properties_than_hubspot_takes_is_refused_without_a_call(
    account_server: SimulatorServer,
) -> None:
    (known,) = begin(account_server, "companies", {"name": "a"})
    names = ["name", "city", "domain", "phone", "zip", "state", "country"]
    async with connected(account_server) as client:
        wanted = [dict.fromkeys(names, "a"), dict.fromkeys(names[:6], "b"), {"name": "a"}]
        seven, six, one = await find(client, "companies", wanted)
    assert isinstance(seven, ValidationRefused)
    assert "country" in seven.message
    assert (ids(six), ids(one)) == ([], [known])
    assert client.calls == {"companies/search": 2}


@pytest.mark.parametrize("fields", [{}, {"name": ""}, {"name": " ", "city": "Bern"}])
async def test_what_cannot_be_searched_is_the_programmers_error(fields: dict[str, str]) -> None:
    async with client_for(Script(answer(200, {"results": []}))) as client:
        with pytest.raises(ValueError, match="search"):
            await find(client, "companies", [{"name": "a"}, fields])


async def test_nothing_to_search_is_no_call() -> None:
    script = Script(answer(500))
    async with client_for(script) as client:
        assert await find(client, "companies", []) == ()
    assert not script.requests


async def test_an_outage_is_never_taken_for_absence(account_server: SimulatorServer) -> None:
    begin(account_server, "companies", {"name": "Acme"})
    account_server.faults.add(Fault("status", "objects.search", status=503))
    async with connected(account_server) as client:
        with pytest.raises(Unavailable):
            await find(client, "companies", [{"name": "Acme"}, {"city": "Bern"}])


@pytest.mark.parametrize("body", [{}, {"total": 0}, {"results": None}])
async def test_an_answer_without_results_is_no_answer(body: dict[str, object]) -> None:
    async with client_for(Script(answer(200, body))) as client:
        with pytest.raises(Unavailable):
            await find(client, "companies", [{"name": "a"}])


async def test_an_object_type_that_is_none_is_a_persons_matter(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server) as client:
        with pytest.raises(WrongTarget):
            await find(client, "no_such_type", [{"name": "a"}, {"name": "b"}])


async def test_where_hubspot_compares_in_another_way_each_search_is_made_alone() -> None:
    """As with an answer that leaves the value out, or folds what `lower` does not."""

    def hubspot(request: httpx.Request) -> httpx.Response:
        body = request.content.decode()
        found = [{"id": 5, "properties": {"name": "Straße"}}] if "strasse" in body else []
        return answer(200, {"total": len(found), "results": found})

    async with client_for(hubspot) as client:
        got = await find(client, "companies", [{"name": "Strasse"}, {"name": "Weg"}])
    assert [ids(each) for each in got] == [["5"], []]


async def test_pages_that_lost_a_record_between_them_are_asked_anew() -> None:
    """A record that stops fitting moves the ones behind it to the page before."""

    def page(*named: str, total: int, after: str | None = None) -> httpx.Response:
        results = [{"id": each[1:], "properties": {"name": each[0]}} for each in named]
        paging = {"paging": {"next": {"after": after}}} if after else {}
        return answer(200, {"total": total, "results": results, **paging})

    script = Script(
        page("a1", "a2", total=4, after="2"),
        page("b4", total=3),  # b3 is second by now, on a page that was read before
        lambda request: (
            page("a2", total=1) if b'"a"' in request.content else page("b3", "b4", total=2)
        ),
    )
    async with client_for(script) as client:
        got = await find(client, "companies", [{"name": "a"}, {"name": "b"}])
    assert [ids(each) for each in got] == [["2"], ["3", "4"]]


async def test_answers_at_their_worst_find_the_same(account_server: SimulatorServer) -> None:
    known = begin(account_server, "companies", *({"name": f"N{n}"} for n in range(30)))
    account_server.faults.add(Fault("hostile", "objects.search"))
    async with connected(account_server) as client:
        got = await find(client, "companies", [{"name": f"n{n}"} for n in range(40)])
    assert [ids(each) for each in got] == [[each] for each in known] + [[]] * 10


# -- against a plain filter -----------------------------------------------------------------------

NAMES = ["Acme", "ACME", "acme ag", "Größe", "GRÖSSE", 'quo"te', "back\\slash", "7", "07"]
NUMBERS = ["7", "7.0", "07", "+7", "-3.25", "0", "12345678901234567890"]
TIMES = ["2024-01-05", "2024-01-05T00:00:00Z", "1704412800000", "2024-01-05T12:30:00+02:00"]
ROLES = ["BUDGET_HOLDER", "CHAMPION", "BUDGET_HOLDER;CHAMPION", "END_USER"]
COMPANY = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(NAMES),
        "city": st.sampled_from(["Bern", "BERN", "Basel"]),
        "numberofemployees": st.sampled_from(NUMBERS),
        "closedate": st.sampled_from(TIMES),
        "type": st.sampled_from(["PROSPECT", "PARTNER"]),
    },
)
CONTACT = st.fixed_dictionaries(
    {"lastname": st.sampled_from(NAMES)},
    optional={"hs_buying_role": st.sampled_from(ROLES), "city": st.sampled_from(["Bern", "BERN"])},
)


def plainly_equal(kind: str, held: str | None, wanted: str) -> bool:
    """One value against another, by the words of hubspot-api §2.9."""
    if not held:
        return False
    if kind == "number":
        return Decimal(held) == Decimal(wanted)
    if kind == "datetime":
        return moment(held) == moment(wanted)
    if kind == "enumeration":
        return wanted in held.split(";")
    return held.lower() == wanted.lower()


def moment(text: str) -> datetime:
    if text.isdecimal():
        return datetime.fromtimestamp(int(text) / 1_000, UTC)
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def plain_filter(
    server: SimulatorServer, kind: str, wanted: Sequence[Mapping[str, str]], most: int
) -> list[list[str]]:
    return [
        [
            record.id
            for record in server.account.records(kind)
            if all(
                plainly_equal(KINDS.get(name, "string"), record.values.get(name), text)
                for name, text in fields.items()
            )
        ][:most]
        for fields in wanted
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from([("companies", COMPANY), ("contacts", CONTACT)]).flatmap(
        lambda each: st.tuples(
            st.just(each[0]),
            st.lists(each[1], max_size=12),
            st.lists(each[1].filter(bool), max_size=12),
        )
    ),
    st.sampled_from([1, 2, 5, 200]),
    st.sampled_from([1, 2, 10]),
    st.sampled_from([1, 3, 100]),
)
def test_batched_searches_find_what_a_plain_filter_finds(
    account_server: SimulatorServer,
    case: tuple[str, list[dict[str, str]], list[dict[str, str]]],
    page: int,
    pages: int,
    together: int,
) -> None:
    kind, records, wanted = case
    begin(account_server, kind, *records)

    async def found() -> tuple[search.Hits, ...]:
        async with connected(account_server) as client:
            return await find(client, kind, wanted, kinds=KINDS)

    with (
        patch.object(search_batches, "PAGE_SIZE", page),
        patch.object(search_batches, "_MOST_TOGETHER", together),
        patch.multiple(search, PAGE_SIZE=page, MOST_HITS=page, _MOST_PAGES=pages),
    ):
        got = asyncio.run(found())
    assert [ids(each) for each in got] == plain_filter(account_server, kind, wanted, page)
