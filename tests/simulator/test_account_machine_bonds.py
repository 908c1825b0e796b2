"""Associations, lists, events, search and limits, held to a plain model (hubspot-api §4 to §8)."""

import asyncio
from collections import deque
from pathlib import Path
from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    Limits,
    SimulatorSettings,
)
from hubspot_pipeline.simulator.state_file import StateFile

from .associating import spec
from .conftest import ANYONE
from .machine_runs import MACHINE_RUNS
from .plain_bonds import LABEL, PRIMARY, UNLABELED, PlainBonds

V4 = "/crm/v4/associations"
OBJECTS = "/crm/v3/objects"
EVENTS = "/events/v3"
SEARCH_LAG, EVENT_LAG, SEARCHES = 5.0, 2.0, 5
NEVER = "999"
places = st.integers(0, 4)
pairs = st.tuples(places, st.integers(0, 3))
some_pairs = st.lists(pairs, max_size=4, unique=True)
label_sets = st.sets(st.sampled_from(["unlabeled", "primary", "label"]), max_size=3)
waits = st.sampled_from([0.3, 1.0, 2.0, 4.9, 5.0, 11.0])


class BondsMachine(RuleBasedStateMachine):
    """Every association is seen from both sides, and all else as the model says."""

    def __init__(self, server: SimulatorServer, client: httpx.Client, folder: Path) -> None:
        super().__init__()
        self.server, self.client = server, client
        self.state = folder / "state.jsonl"
        self.model = PlainBonds()
        self.searched: deque[float] = deque()
        self.archived_at: dict[str, float] = {}
        self.token, self.token_ends = "none", 0.0

    @initialize()
    def begin(self) -> None:
        self.server.clock.freeze()
        limits = Limits(0, 0, 0, SEARCHES, 0, 0, 0, 0)
        self.server.reset(SimulatorSettings(limits=limits))
        self.began = self.server.clock.now()
        for number in range(4):
            self.model.contacts.append(self.made("contacts", {"email": f"p{number}@x.com"}))
        for number in range(3):
            self.model.companies.append(self.made("companies", {"name": f"C{number}"}))
        label = self.post(f"{V4}/contacts/companies/labels", {"name": "boss", "label": "Boss"})
        self.label_id = int(label.json()["results"][0]["typeId"])
        self.lists = [
            str(self.post("/crm/v3/lists", {"name": name, "objectTypeId": "0-1",
                                            "processingType": "MANUAL"}).json()["list"]["listId"])
            for name in ("one", "two")
        ]  # fmt: skip
        event = {"label": "Login", "name": "login", "propertyDefinitions": []}
        self.event = self.post(f"{EVENTS}/event-definitions", event).json()["fullyQualifiedName"]
        self.pass_time(6)

    def teardown(self) -> None:
        self.server.clock.resume()

    # -- associations ---------------------------------------------------------------------------

    @rule(many=some_pairs, names=label_sets)
    def associate_with_types(self, many: list[tuple[int, int]], names: set[str]) -> None:
        """A batch with types: each pair is in the results, or is an error."""
        types = self.types_of(names) or {UNLABELED}
        self.batch("create", many, 201, types=self.specs(types))
        for contact, company in self.known(many):
            self.model.associate(contact, company, types, replace=True)

    @rule(many=some_pairs)
    def associate_by_default(self, many: list[tuple[int, int]]) -> None:
        self.batch("associate/default", many, 200, status_of_some=200, twice=True)
        for contact, company in self.known(many):
            self.model.associate(contact, company, set(), replace=False)

    @rule(pair=pairs, names=label_sets)
    def associate_one(self, pair: tuple[int, int], names: set[str]) -> None:
        contact, company = self.named(pair)
        types = self.types_of(names) or {UNLABELED}
        path = f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}"
        answer = self.client.put(path, json=self.specs(types))
        known = self.known([pair])
        assert answer.status_code == (201 if known else 404), answer.text
        for one in known:
            self.model.associate(*one, types, replace=True)

    @rule(pair=pairs, names=label_sets)
    def take_labels(self, pair: tuple[int, int], names: set[str]) -> None:
        types = self.types_of(names) or {LABEL}
        contact, company = self.named(pair)
        one = {"from": {"id": contact}, "to": {"id": company}, "types": self.specs(types)}
        answer = self.post(f"{V4}/contacts/companies/batch/labels/archive", {"inputs": [one]})
        assert answer.status_code == 204, answer.text
        self.model.take_labels(contact, company, types)

    @rule(pair=pairs)
    def part(self, pair: tuple[int, int]) -> None:
        """From the company's side, so that both directions are seen to go."""
        contact, company = self.named(pair)
        one = {"from": {"id": company}, "to": [{"id": contact}]}
        answer = self.post(f"{V4}/companies/contacts/batch/archive", {"inputs": [one]})
        assert answer.status_code == 204, answer.text
        self.model.take_labels(contact, company, {UNLABELED})

    @rule(place=places, kind=st.sampled_from(["contacts", "companies"]))
    def archive(self, place: int, kind: str) -> None:
        live = self.model.live_contacts if kind == "contacts" else self.model.live_companies
        if len(live) > 1:
            record = live[place % len(live)]
            assert self.client.delete(f"{OBJECTS}/{kind}/{record}").status_code == 204
            self.settle()
            self.model.archive(kind, record)
            if kind == "contacts":
                self.archived_at[record] = self.now

    # -- lists and events -----------------------------------------------------------------------

    @rule(at=st.integers(0, 1), who=st.lists(places, max_size=4))
    def join(self, at: int, who: list[int]) -> None:
        ids = [self.contact_at(place) for place in who]
        answer = self.client.put(f"/crm/v3/lists/{self.lists[at]}/memberships/add", json=ids)
        added, missing = self.model.join(self.lists[at], ids)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()["recordsIdsAdded"]) == added
        assert set(answer.json()["recordIdsMissing"]) == missing

    @rule(at=st.integers(0, 1), who=st.lists(places, max_size=3))
    def leave(self, at: int, who: list[int]) -> None:
        ids = [self.contact_at(place) for place in who if self.contact_at(place) != NEVER]
        answer = self.client.put(f"/crm/v3/lists/{self.lists[at]}/memberships/remove", json=ids)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()["recordIdsRemoved"]) == self.model.leave(self.lists[at], ids)

    @rule(many=st.lists(st.tuples(places, st.integers(0, 5)), min_size=1, max_size=4),
          batch=st.booleans())  # fmt: skip
    def send_events(self, many: list[tuple[int, int]], batch: bool) -> None:
        """One call or several: a repeated uuid vanishes behind its 204."""
        sent = [
            {"eventName": self.event, "uuid": f"u{number}", "objectId": self.contact_at(place)}
            for place, number in many
        ]
        if batch:
            assert self.post(f"{EVENTS}/send/batch", {"inputs": sent}).status_code == 204
        else:
            assert all(self.post(f"{EVENTS}/send", one).status_code == 204 for one in sent)
        for one in sent:
            self.model.send(one["uuid"], one["objectId"], self.now, EVENT_LAG)

    # -- time, limits, tokens, restart ------------------------------------------------------------

    @rule(seconds=waits)
    def pass_time(self, seconds: float) -> None:
        self.server.clock.advance(seconds)

    @rule()
    def pass_a_year(self) -> None:
        """After a year, a uuid is as good as new (§5.1)."""
        self.server.clock.advance(366 * 24 * 3_600)

    @rule()
    def search(self) -> None:
        """At most five a second; each sees the account as it was 5 s ago (§2.9, §8.2)."""
        while self.searched and self.searched[0] <= self.now - 1:
            self.searched.popleft()
        answer = self.post(f"{OBJECTS}/contacts/search", {"limit": 100})
        over = len(self.searched) >= SEARCHES
        self.searched.append(self.now)
        if over:
            assert answer.status_code == 429, answer.text
            assert answer.json()["message"] == "You have reached your secondly limit."
            return
        assert answer.status_code == 200, answer.text
        then = self.now - SEARCH_LAG
        seen = [
            one for one in self.model.contacts
            if one not in self.archived_at or self.archived_at[one] > then
        ]  # fmt: skip
        assert sorted(one["id"] for one in answer.json()["results"]) == seen

    @rule()
    def call_as_an_app(self) -> None:
        """An access token is good for 1,800 s (§7.2); a new one is got when it no longer is."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = ANYONE.get(f"{self.server.url}/account-info/v3/details", headers=headers)
        good = self.now < self.token_ends
        assert answer.status_code == (200 if good else 401), answer.text
        if not good:
            form = {"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN,
                    "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}  # fmt: skip
            tokens = ANYONE.post(f"{self.server.url}/oauth/v1/token", data=form).json()
            self.token, self.token_ends = tokens["access_token"], self.now + 1_800

    @rule()
    def restart(self) -> None:
        """The account goes on from its file; windows of seconds begin anew."""
        self.state.unlink(missing_ok=True)
        asyncio.run(StateFile(self.state).save(self.server.simulator))
        self.server.reset()
        StateFile(self.state).restore(self.server.simulator)
        self.searched.clear()

    # -- what can be read -----------------------------------------------------------------------

    @invariant()
    def both_directions_are_as_the_model_says(self) -> None:
        model = self.model
        there = self.read("contacts", "companies", model.contacts)
        assert there == {one: found for one in model.contacts if (found := model.companies_of(one))}
        back = self.read("companies", "contacts", model.companies)
        assert {one: set(found) for one, found in back.items()} == {
            one: set(found) for one in model.companies if (found := model.contacts_of(one))
        }

    @invariant()
    def lists_have_their_members(self) -> None:
        for list_id in self.lists:
            answer = self.client.get(f"/crm/v3/lists/{list_id}/memberships")
            members = {one["recordId"] for one in answer.json()["results"]}
            assert members == self.model.members[list_id]

    @invariant()
    def what_is_due_has_happened(self) -> None:
        self.settle()
        for contact in self.model.live_contacts:
            query = {"objectType": "contact", "objectId": contact, "limit": "100"}
            results = self.client.get("/events/v3/events", params=query).json()["results"]
            happened = sorted(one["id"] for one in results)
            assert happened == sorted(self.model.happened[contact])

    @invariant()
    def nothing_ever_failed_within(self) -> None:
        assert not [one for one in self.server.log if one.status >= 500]

    # -- helpers ------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Seconds since the account began."""
        return (self.server.clock.now() - self.began) / 1e9

    def settle(self) -> None:
        self.model.settle(self.now)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.client.post(path, json=body)

    def made(self, kind: str, properties: dict[str, str]) -> str:
        return str(self.post(f"{OBJECTS}/{kind}", {"properties": properties}).json()["id"])

    def contact_at(self, place: int) -> str:
        return [*self.model.contacts, NEVER][place % 5]

    def named(self, pair: tuple[int, int]) -> tuple[str, str]:
        return self.contact_at(pair[0]), [*self.model.companies, NEVER][pair[1] % 4]

    def known(self, many: list[tuple[int, int]]) -> list[tuple[str, str]]:
        contacts, companies = self.model.live_contacts, self.model.live_companies
        named = [self.named(one) for one in many]
        return [(one, two) for one, two in named if one in contacts and two in companies]

    def types_of(self, names: set[str]) -> set[int]:
        ids = {"unlabeled": UNLABELED, "primary": PRIMARY, "label": LABEL}
        return {ids[name] for name in names}

    def specs(self, types: set[int]) -> list[dict[str, Any]]:
        return [
            spec(self.label_id, "USER_DEFINED") if one == LABEL else spec(one)
            for one in sorted(types)
        ]

    def batch(
        self, verb: str, many: list[tuple[int, int]], status: int, *, status_of_some: int = 207,
        twice: bool = False, **more: Any,
    ) -> None:  # fmt: skip
        """Send pairs; every one that is known has its result, every other one its error."""
        named = [self.named(one) for one in many]
        inputs = [{"from": {"id": one}, "to": {"id": two}, **more} for one, two in named]
        answer = self.post(f"{V4}/contacts/companies/batch/{verb}", {"inputs": inputs})
        good = self.known(many)
        failed = len(many) - len(good)
        assert answer.status_code == (status_of_some if failed else status), answer.text
        body = answer.json()
        assert len(body["results"]) == len(good) * (2 if twice else 1), answer.text
        assert body.get("numErrors", 0) == failed, answer.text

    def read(self, kind: str, to: str, ids: list[str]) -> dict[str, dict[str, set[int]]]:
        """Whom each record is associated with, by which types."""
        body = {"inputs": [{"id": one} for one in ids]}
        answer = self.post(f"{V4}/{kind}/{to}/batch/read", body)
        return {
            one["from"]["id"]: {
                str(other["toObjectId"]): {_type(it) for it in other["associationTypes"]}
                for other in one["to"]
            }
            for one in answer.json()["results"]
        }  # fmt: skip


def _type(shown: dict[str, Any]) -> int:
    return LABEL if shown["category"] == "USER_DEFINED" else int(shown["typeId"])


def test_what_hangs_on_records_is_as_the_model_says(
    server: SimulatorServer, hubspot: httpx.Client, tmp_path: Path
) -> None:
    run_state_machine_as_test(
        lambda: BondsMachine(server, hubspot, tmp_path),
        settings=MACHINE_RUNS,
    )
