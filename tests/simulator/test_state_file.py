"""Accounts that outlive the process: what is kept, and what is not taken up."""

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.simulator.account.kept_records import row_of
from hubspot_pipeline.simulator.app import Simulator
from hubspot_pipeline.simulator.clock import Clock
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    PRIVATE_APP_TOKEN,
    Limits,
    SimulatorSettings,
)
from hubspot_pipeline.simulator.state_file import StateError, StateFile

from . import cars
from .conftest import ANYONE, by_email

OPEN = Limits(burst=0, search_per_second=0, associations=0, events_per_second=0, token_endpoint=0)
SETTINGS = SimulatorSettings(limits=OPEN)
OBJECTS = "/crm/objects/2026-03"
IDS = [str(100_000_000_001 + number) for number in range(6)]

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A smaller failing account would take minutes to find."""

Op = tuple[str, str, Any]
"""A call: method, path with its query, and its JSON; or ``WAIT`` and seconds."""


def call(method: str, path: str, body: Any = None) -> Op:
    return method, path, body


BEGINNING: list[Op] = [
    call("POST", cars.PATH, cars.NEW),
    call(
        "POST",
        "/events/v3/event-definitions",
        {"label": "login", "name": "login", "includeDefaultProperties": False,
         "propertyDefinitions": [{"name": "city", "label": "City", "type": "string"}]},
    ),
    call(
        "POST", "/crm/v3/lists",
        {"name": "one", "objectTypeId": "0-1", "processingType": "MANUAL"},
    ),
    call("POST", f"{OBJECTS}/companies", {"properties": {"name": "A", "domain": "a.com"}}),
    call("WAIT", "2"),
    call("POST", cars.OBJECTS, {"properties": {"model": "T", "vin": "1"}}),
]  # fmt: skip

HAS_EMAIL = [{"filters": [{"propertyName": "email", "operator": "HAS_PROPERTY"}]}]
PROBES: list[Op] = [
    call("GET", f"{OBJECTS}/contacts?limit=100&properties=email,city,hs_additional_emails,made"),
    call("GET", f"{OBJECTS}/contacts?archived=true&limit=100&properties=email"),
    call("GET", f"{OBJECTS}/companies?limit=100&associations=contacts"),
    call("GET", f"{cars.OBJECTS}?limit=100&properties=model,vin"),
    *(call("GET", f"{OBJECTS}/contacts/{id_}?propertiesWithHistory=city,email") for id_ in IDS),
    call("POST", f"{OBJECTS}/contacts/search", {"filterGroups": HAS_EMAIL, "sorts": ["email"]}),
    call(
        "POST", f"{OBJECTS}/contacts/batch/read", {"inputs": [{"id": id_} for id_ in IDS]},
    ),
    call(
        "POST", "/crm/v4/associations/contacts/companies/batch/read",
        {"inputs": [{"id": id_} for id_ in IDS]},
    ),
    call("GET", "/crm/properties/2026-03/contacts?archived=true"),
    call("GET", "/crm/properties/2026-03/contacts/made"),
    call("GET", f"{cars.PATH}/{cars.FULL_NAME}"),
    call("GET", "/crm/v3/lists/1/memberships"),
    call("POST", "/crm/v3/lists/search", {}),
    call("GET", "/events/v3/event-definitions/login?includeProperties=true"),
    call("GET", "/account-info/v3/api-usage/daily/private-apps"),
    *(
        call("GET", f"/_simulator/account/contacts/{id_}/{part}")
        for id_ in IDS[:3]
        for part in ("writes", "associations", "lists", "events")
    ),
]  # fmt: skip

texts = st.sampled_from(["", "Rome", "Oslo", "ä", "x" * 30])
emails = st.sampled_from([f"{letter}@x.com" for letter in "abcd"])
some_ids = st.sampled_from(IDS)
values = st.fixed_dictionaries({}, optional={"city": texts, "firstname": texts, "made": texts})
ops = st.one_of(
    st.lists(st.tuples(emails, values), max_size=3, unique_by=lambda one: one[0]).map(
        lambda some: call(
            "POST",
            f"{OBJECTS}/contacts/batch/upsert",
            {"inputs": [by_email(email, **more) for email, more in some]},
        )
    ),
    st.tuples(some_ids, values).map(
        lambda one: call("PATCH", f"{OBJECTS}/contacts/{one[0]}", {"properties": one[1]})
    ),
    some_ids.map(lambda id_: call("DELETE", f"{OBJECTS}/contacts/{id_}")),
    some_ids.map(
        lambda id_: call("POST", f"{OBJECTS}/contacts/gdpr-delete", {"objectId": id_})
    ),
    st.tuples(some_ids, some_ids).map(
        lambda two: call(
            "POST",
            f"{OBJECTS}/contacts/merge",
            {"primaryObjectId": two[0], "objectIdToMerge": two[1]},
        )
    ),
    some_ids.map(
        lambda id_: call(
            "PUT", f"/crm/v4/objects/contacts/{id_}/associations/default/companies/{IDS[0]}"
        )
    ),
    st.lists(some_ids, max_size=3).map(
        lambda some: call("PUT", "/crm/v3/lists/1/memberships/add", some)
    ),
    st.sampled_from(["string/text", "number/number"]).map(
        lambda kind: call(
            "POST",
            "/crm/properties/2026-03/contacts",
            {"name": "made", "label": "Made", "groupName": "contactinformation",
             "type": kind.partition("/")[0], "fieldType": kind.partition("/")[2]},
        )
    ),
    st.just(call("DELETE", "/crm/properties/2026-03/contacts/made")),
    st.tuples(emails, st.sampled_from("uv")).map(
        lambda two: call(
            "POST",
            "/events/v3/send",
            {"eventName": "pe12345678_login", "email": two[0], "uuid": two[1], "properties": {}},
        )
    ),
    st.sampled_from(["0.3", "1", "7", "100000"]).map(lambda seconds: call("WAIT", seconds)),
)  # fmt: skip


async def answers(simulator: Simulator, calls: list[Op]) -> list[tuple[int, bytes, Any]]:
    """What an account answers to calls, to the byte, its headers included."""
    transport = httpx.ASGITransport(app=simulator)  # type: ignore[arg-type]  # it is one
    headers = {"Authorization": f"Bearer {PRIVATE_APP_TOKEN}"}
    found = []
    async with httpx.AsyncClient(
        transport=transport, base_url="http://simulator", headers=headers
    ) as client:
        for method, path, body in calls:
            if method == "WAIT":
                simulator.clock.advance(float(path))
                continue
            answer = await client.request(method, path, json=body)
            found.append((answer.status_code, answer.content, sorted(answer.headers.items())))
    return found


def begun(clock: Clock | None = None, of: SimulatorSettings = SETTINGS) -> Simulator:
    clock = clock or Clock()
    clock.freeze()
    return Simulator(of, clock)


def kept(simulator: Simulator, path: Path) -> Simulator:
    """The account as it comes out of its file, in another simulator at the same time."""
    asyncio.run(StateFile(path).save(simulator))
    other = begun(Clock(simulator.clock.now()), simulator.began_with)
    StateFile(path).restore(other)
    return other


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "account.state"


class TestRoundTrip:
    @settings(max_examples=12, deadline=None, phases=NO_SHRINKING)
    @given(before=st.lists(ops, max_size=25), after=st.lists(ops, max_size=8))
    def test_answers_every_question_as_if_it_had_never_ended_and_goes_on_the_same_way(
        self, tmp_path_factory: pytest.TempPathFactory, before: list[Op], after: list[Op]
    ) -> None:
        unbroken = begun()
        asyncio.run(answers(unbroken, [*BEGINNING, *before]))
        restored = kept(unbroken, tmp_path_factory.mktemp("state") / "account")

        for calls in (PROBES, after, PROBES):
            expected = asyncio.run(answers(unbroken, calls))
            assert calls is not PROBES or {status for status, _, _ in expected[:4]} == {200}
            assert asyncio.run(answers(restored, calls)) == expected

    def test_keeps_tokens_revocations_and_the_daily_quota(self, path: Path) -> None:
        simulator = begun()
        app = simulator.settings.oauth_apps[0]
        token = simulator.authentication.grant(app, simulator.clock.now())
        asyncio.run(answers(simulator, [call("GET", "/account-info/v3/details")] * 3))
        simulator.authentication.revoke(PRIVATE_APP_TOKEN)
        restored = kept(simulator, path)

        assert restored.authentication.identify(f"Bearer {token}", restored.clock.now()).oauth
        ((status, _, _),) = asyncio.run(
            answers(restored, [call("GET", "/account-info/v3/details")])
        )
        assert status == 401
        assert restored.limits.daily_usage(restored.clock.now())[1] == 3

    def test_does_not_let_the_clock_go_backward(self, path: Path) -> None:
        simulator = begun()
        simulator.clock.advance(1_000_000)
        asyncio.run(StateFile(path).save(simulator))
        other = begun()
        StateFile(path).restore(other)
        assert other.clock.now() >= simulator.clock.now()

    def test_is_gzipped_by_name(self, tmp_path: Path) -> None:
        path = tmp_path / "account.gz"
        simulator = begun(of=replace(SETTINGS, seed_contacts=1_000))
        assert len(kept(simulator, path).account.contacts) == 1_000
        assert b"simulator state" in gzip.decompress(path.read_bytes())


class TestWriting:
    @settings(max_examples=12, deadline=None, phases=NO_SHRINKING)
    @given(before=st.lists(ops, max_size=10), during=st.lists(ops, min_size=5, max_size=40))
    def test_is_the_account_at_one_instant_though_calls_come_between(
        self, tmp_path_factory: pytest.TempPathFactory, before: list[Op], during: list[Op]
    ) -> None:
        path = tmp_path_factory.mktemp("state") / "account"
        simulator = begun(of=replace(SETTINGS, seed_contacts=2_000))
        at_that_instant: dict[str, Any] = {}

        def note() -> dict[str, Any]:
            saved = Simulator.saved(simulator)
            at_that_instant.update(orjson.loads(orjson.dumps(saved)))
            at_that_instant["contacts"] = rows(simulator)
            return saved

        async def write_while_called() -> None:
            await answers(simulator, [*BEGINNING, *before])
            simulator.saved = note  # type: ignore[method-assign]  # to look at that instant
            await asyncio.gather(StateFile(path).save(simulator), answers(simulator, during))

        asyncio.run(write_while_called())
        restored = begun(of=simulator.began_with)
        StateFile(path).restore(restored)
        assert rows(restored) == at_that_instant.pop("contacts")
        assert orjson.loads(orjson.dumps(restored.saved())) == at_that_instant | {
            "now": restored.clock.now()
        }

    def test_leaves_the_old_file_until_the_new_one_is_whole(self, path: Path) -> None:
        asyncio.run(StateFile(path).save(begun()))
        first = path.read_bytes()
        simulator = begun()
        simulator.saved = lambda: {"not": "JSON", "so": object()}  # type: ignore[method-assign]
        with pytest.raises(TypeError):
            asyncio.run(StateFile(path).save(simulator))
        assert path.read_bytes() == first

    async def test_happens_by_itself_once_something_changed_and_only_then(self, path: Path) -> None:
        simulator = begun()
        keeping = asyncio.create_task(StateFile(path, seconds=0).keep(simulator))
        await until(path.exists)
        written = inode(path)
        for _ in range(100):
            await asyncio.sleep(0)
        assert inode(path) == written
        await answers(simulator, [call("GET", "/account-info/v3/details")])
        await until(lambda: inode(path) != written)
        keeping.cancel()


class TestServer:
    def test_goes_on_where_it_stopped_and_is_not_seeded_again(self, path: Path) -> None:
        seeded = SimulatorSettings(seed_contacts=3)
        for number in range(2):
            with SimulatorServer(seeded, state=path) as server:
                headers = {"Authorization": f"Bearer {server.token}"}
                address = f"{server.url}/crm/v3/objects/contacts"
                body = {"properties": {"email": f"{number}@x.com"}}
                assert ANYONE.post(address, json=body, headers=headers).status_code == 201
                known = ANYONE.get(f"{server.url}/_simulator").json()["records"]["contacts"]
                assert known == 4 + number

    def test_writes_when_asked(self, path: Path) -> None:
        with SimulatorServer(state=path) as server:
            assert ANYONE.post(f"{server.url}/_simulator/state").status_code == 204
            assert path.exists()
        with SimulatorServer() as server:
            answer = ANYONE.post(f"{server.url}/_simulator/state")
        assert (answer.status_code, "--state" in answer.text) == (400, True)


class TestDamage:
    @pytest.mark.parametrize(
        ("spoil", "told"),
        [
            (lambda lines: [b'{"other": 1}\n', *lines[1:]], "line 1: .*not a state file"),
            (lambda lines: [b"PK\x03\x04", *lines[1:]], "line 0: "),
            (lambda lines: lines[:-1], "the end is missing"),
            (lambda lines: [*lines[:2], b'{"rows": [[1,\n', *lines[3:]], "line 2: "),
            (lambda lines: [lines[0], b'{"records":"0-1","rows":[[1]]}\n', *lines[2:]], "line 2: "),
            (lambda lines: [lines[0].replace(b":1,", b":9,"), *lines[1:]], "of version 9"),
        ],
        ids=["foreign", "binary", "cut off", "broken", "misshapen", "later"],
    )  # fmt: skip
    def test_is_told_with_file_and_line_and_nothing_is_overwritten(
        self, path: Path, spoil: Callable[[list[bytes]], list[bytes]], told: str
    ) -> None:
        asyncio.run(StateFile(path).save(begun(of=replace(SETTINGS, seed_contacts=3))))
        path.write_bytes(b"".join(spoil(path.read_bytes().splitlines(keepends=True))))
        spoiled = path.read_bytes()
        with pytest.raises(StateError, match=f"{path}.*{told}"):
            SimulatorServer(SETTINGS, state=path)
        assert path.read_bytes() == spoiled

    def test_is_not_found_out_at_the_end_but_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(StateError, match="there is no folder"):
            SimulatorServer(SETTINGS, state=tmp_path / "none" / "account")

    def test_of_another_account_is_told(self, path: Path) -> None:
        asyncio.run(StateFile(path).save(begun()))
        with pytest.raises(StateError, match="of portal 12345678, and this is portal 3"):
            SimulatorServer(SimulatorSettings(portal_id=3), state=path)


def rows(simulator: Simulator) -> dict[str, Any]:
    """Every record, and what is known beside them."""
    return {
        type_id: sorted(orjson.dumps(row_of(record)) for record in records)
        for type_id, records in simulator.account.all_records.items()
        if len(records)
    }


def inode(path: Path) -> int:
    """Another one once another file is in its place."""
    return path.stat().st_mtime_ns


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - it is for files, too
        await asyncio.sleep(0)
