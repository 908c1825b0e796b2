"""Contacts, held to a plain model of them through whatever calls come (hubspot-api §2, §3.6)."""

import asyncio
from collections.abc import Callable, Sequence
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
from hubspot_pipeline.simulator.settings import SimulatorSettings
from hubspot_pipeline.simulator.state_file import StateFile

from .contact_calls import (
    ADDRESSES,
    CODES,
    codes,
    emails,
    everything,
    good_values,
    places,
    traced,
    values,
)  # fmt: skip
from .contact_reads import PATH, ContactReads, known
from .machine_runs import MACHINE_RUNS
from .plain_contacts import NAMES, Contact, Failure, Given, PlainContacts, unique_values

NEVER = "999"
CUSTOM: list[dict[str, Any]] = [
    {"name": "code", "type": "string", "fieldType": "text", "hasUniqueValue": True},
    {"name": "tags", "type": "enumeration", "fieldType": "checkbox", "options": [
        {"label": one, "value": one, "displayOrder": 0, "hidden": False} for one in "ABC"]},
    {"name": "score", "type": "number", "fieldType": "number"},
    {"name": "flag", "type": "bool", "fieldType": "booleancheckbox", "options": [
        {"label": one, "value": one, "displayOrder": 0, "hidden": False}
        for one in ("true", "false")]},
]  # fmt: skip

Input = tuple[str | None, str | None, Given]
"""One input of a batch: key, id property, properties; a creation has no key."""


class ContactsMachine(ContactReads, RuleBasedStateMachine):
    """Every call's answer, and all that can be read after it, is as the model says."""

    def __init__(self, server: SimulatorServer, client: httpx.Client, folder: Path) -> None:
        super().__init__()
        self.server, self.client = server, client
        self.state = folder / "state.jsonl"
        self.model = PlainContacts()
        self.ids: list[str] = []
        self.made = 0

    @initialize()
    def begin(self) -> None:
        self.server.clock.freeze()
        self.server.reset(SimulatorSettings(limits=None))
        for one in CUSTOM:
            body = {"label": one["name"], "groupName": "contactinformation", **one}
            answer = self.client.post("/crm/v3/properties/contacts", json=body)
            assert answer.status_code == 201, answer.text
        self.server.clock.advance(1)

    def teardown(self) -> None:
        self.server.clock.resume()

    # -- one at a time ------------------------------------------------------------------------

    @rule(given=everything)
    def create(self, given: Given) -> None:
        given = self.named(given)
        failure = self.model.failure(given, None, set())
        answer = self.client.post(PATH, json={"properties": given})
        if failure is None:
            assert answer.status_code == 201, answer.text
            self.know(self.model.create(answer.json()["id"], given))
        else:
            assert answer.status_code == (409 if failure == "exists" else 400), answer.text

    @rule(place=places, given=everything)
    def update(self, place: int, given: Given) -> None:
        id_ = self.id_at(place)
        self.updated(self.model.reached(id_), given, f"{PATH}/{id_}")

    @rule(email=emails, given=everything)
    def update_by_email(self, email: str, given: Given) -> None:
        self.updated(self.model.by_email(email), given, f"{PATH}/{email}?idProperty=email")

    def updated(self, contact: Contact | None, given: Given, path: str) -> None:
        answer = self.client.patch(path, json={"properties": given})
        if contact is None:
            assert answer.status_code == 404, answer.text
        elif self.model.failure(given, contact, set()) is not None:
            assert answer.status_code == 400, answer.text
        else:
            assert answer.status_code == 200, answer.text
            self.model.write(contact, given)
            self.assert_shows(answer.json(), contact, given)

    @rule(place=places)
    def archive(self, place: int) -> None:
        id_ = self.id_at(place)
        assert self.client.delete(f"{PATH}/{id_}").status_code == 204
        self.model.archive(id_)

    @rule(kept=places, gone=places)
    def merge(self, kept: int, gone: int) -> None:
        one, other = self.id_at(kept), self.id_at(gone)
        body = {"primaryObjectId": one, "objectIdToMerge": other}
        answer = self.client.post(f"{PATH}/merge", json=body)
        first, second = self.model.by_id(one), self.model.by_id(other)
        if first is None or second is None or first is second:
            assert answer.status_code in (400, 404), answer.text
            return
        self.model.merge(first, second)
        assert answer.status_code == 200, answer.text
        assert answer.json()["id"] == one

    @rule(email=emails)
    def forget_by_email(self, email: str) -> None:
        body = {"objectId": email, "idProperty": "email"}
        assert self.client.post(f"{PATH}/gdpr-delete", json=body).status_code == 204
        if (contact := self.model.by_email(email)) is not None:
            self.model.forget(contact)

    @rule(place=places)
    def forget(self, place: int) -> None:
        id_ = self.id_at(place)
        contact = self.model.reached(id_) or self.model.archived.get(id_)
        answer = self.client.post(f"{PATH}/gdpr-delete", json={"objectId": id_})
        assert answer.status_code == (404 if contact is None else 204), answer.text
        if contact is not None:
            self.model.forget(contact)

    # -- in batches ---------------------------------------------------------------------------

    @rule(many=st.lists(everything, min_size=1, max_size=4), traced=traced)
    def create_many(self, many: list[Given], traced: bool) -> None:
        inputs: list[Input] = [(None, None, self.named(given)) for given in many]
        self.batch("create", inputs, lambda _: None, traced=traced)

    @rule(
        many=st.lists(st.tuples(emails, values.filter(lambda one: "email" not in one)), max_size=4),
        traced=traced,
    )
    def upsert_by_email(self, many: list[tuple[str, Given]], traced: bool) -> None:
        self.upsert("email", many, traced)

    @rule(many=st.lists(st.tuples(codes, everything), max_size=3), traced=traced)
    def upsert_by_code(self, many: list[tuple[str, Given]], traced: bool) -> None:
        self.upsert("code", [(key, _without(given, "code")) for key, given in many], traced)

    def upsert(self, name: str, many: list[tuple[str, Given]], traced: bool) -> None:
        inputs: list[Input] = []
        for key, given in many:
            new = self.model.find(key, name) is None
            inputs.append((key, name, self.named({**given, name: key} if new else given)))
        meant = [key.lower() if name == "email" else key for key, _ in many]
        found = [self.model.find(key, name) for key, _ in many]
        same = [one.id for one in found if one is not None]
        if len({*meant}) < len(meant) or len({*same}) < len(same):
            self.refused_as_duplicates("upsert", inputs)
        else:
            self.batch("upsert", inputs, lambda at: found[at], traced=traced)

    @rule(many=st.lists(st.tuples(places, everything), max_size=4), traced=traced)
    def update_many(self, many: list[tuple[int, Given]], traced: bool) -> None:
        self.updates(None, [(self.id_at(place), given) for place, given in many], traced)

    @rule(many=st.lists(st.tuples(codes, everything), max_size=3), traced=traced)
    def update_many_by_code(self, many: list[tuple[str, Given]], traced: bool) -> None:
        self.updates("code", [(key, _without(given, "code")) for key, given in many], traced)

    def updates(self, name: str | None, many: list[tuple[str, Given]], traced: bool) -> None:
        """Unknown ids are one error, merged ones are left out in silence (§2.3, §2.5.1)."""
        inputs: list[Input] = [(key, name, given) for key, given in many]
        keys = [key for key, _ in many]
        if len({*keys}) < len(keys):
            self.refused_as_duplicates("update", inputs)
            return
        matches = [self.model.find(key, name) for key in keys]
        there = [one for one, match in zip(inputs, matches, strict=True) if match is not None]
        found = [match for match in matches if match is not None]
        missing = {
            key
            for key, match in zip(keys, matches, strict=True)
            if match is None and (name is not None or key not in self.model.merged)
        }
        # Trace ids do nothing for an update, of which the reference promises nothing (§2.5.1).
        self.batch(
            "update", inputs, lambda at: found[at], traced=traced, there=there, missing=missing
        )

    def batch(
        self,
        verb: str,
        inputs: list[Input],
        found: Callable[[int], Contact | None],
        *,
        traced: bool,
        there: list[Input] | None = None,
        missing: set[str] = frozenset(),  # type: ignore[assignment]
    ) -> None:
        """Send a batch; each input is in the results or in the errors, as the model says."""
        there = inputs if there is None else there
        failures: list[Failure | None] = []
        claimed: set[tuple[str, str]] = set()
        for at, (_, _, given) in enumerate(there):
            failures.append(self.model.failure(given, found(at), claimed))
            if failures[-1] is None:
                claimed |= set(unique_values(given, found(at)))
        answer = self.send(verb, inputs, traced=traced)
        failed = [one for one in failures if one is not None]
        if failed and not (traced and verb != "update"):
            allowed = {409 if one == "exists" and verb == "create" else 400 for one in failed}
            assert answer.status_code in allowed, answer.text
            return
        body = answer.json()
        good = [at for at, one in enumerate(failures) if one is None]
        assert len(body["results"]) == len(good), answer.text
        status = 207 if failed or missing else 201 if verb == "create" else 200
        assert answer.status_code == status, answer.text
        self.assert_errors(body, [str(at) for at, one in enumerate(failures) if one], missing)
        for at in good:
            self.take(verb, there[at], found(at), body["results"])

    def take(
        self, verb: str, one: Input, contact: Contact | None, results: list[dict[str, Any]]
    ) -> None:
        """Let the model do what an input did, and find it among the results."""
        given = one[2]
        if contact is None:
            (result,) = (
                it for it in results if it["properties"].get("firstname") == given["firstname"]
            )
            contact = self.model.create(result["id"], given)
            self.know(contact)
        else:
            (result,) = (it for it in results if it["id"] == contact.id)
            self.model.write(contact, given)
        if verb == "upsert":
            assert result["new"] == (contact.id == self.ids[-1] and contact.id not in self.before)
        self.assert_shows(result, contact, given)

    def refused_as_duplicates(self, verb: str, inputs: list[Input]) -> None:
        for with_traces in (False, True):
            answer = self.send(verb, inputs, traced=with_traces)
            assert answer.status_code == 400, answer.text
            assert answer.json()["message"].startswith("Duplicate IDs found in batch input: [")

    def send(self, verb: str, inputs: Sequence[Input], *, traced: bool) -> httpx.Response:
        self.before = {*self.model.live, *self.model.archived}
        sent = []
        for at, (key, name, given) in enumerate(inputs):
            one: dict[str, Any] = {"properties": given}
            one |= {} if key is None else {"id": key}
            one |= {} if name is None else {"idProperty": name}
            sent.append(one | ({"objectWriteTraceId": str(at)} if traced else {}))
        return self.client.post(f"{PATH}/batch/{verb}", json={"inputs": sent})

    # -- definitions, and the account's end -----------------------------------------------------

    @rule(given=good_values)
    def define_while_calls_come(self, given: Given) -> None:
        """A new property is unknown until its lag is over (§3.4), and gone once archived."""
        shape = {"name": "late", "label": "L", "type": "string", "fieldType": "text"}
        path = "/crm/v3/properties/contacts"
        made = self.client.post(path, json=shape | {"groupName": "contactinformation"})
        assert made.status_code == 201, made.text
        for visible in (False, True):
            answer = self.client.post(
                PATH, json={"properties": self.named({**given, "late": "1", "code": None})}
            )
            if visible:
                assert answer.status_code == 201, answer.text
                new = _without(given, "code") | {"firstname": f"n{self.made}"}
                self.know(self.model.create(answer.json()["id"], new))
            else:
                assert answer.status_code == 400, answer.text
                assert answer.json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
            self.server.clock.advance(1)
        assert self.client.delete(f"{path}/late").status_code == 204
        late = self.client.post(PATH, json={"properties": self.named({"late": "2"})})
        assert late.status_code == 400, late.text

    @rule()
    def restart(self) -> None:
        """The account goes on from its file as if nothing had been."""
        self.state.unlink(missing_ok=True)
        asyncio.run(StateFile(self.state).save(self.server.simulator))
        self.server.reset()
        StateFile(self.state).restore(self.server.simulator)

    # -- what can be read -----------------------------------------------------------------------

    @invariant()
    def every_read_is_as_the_model_says(self) -> None:
        model = self.model
        self.assert_read(None, [*self.ids, NEVER], model.by_id)
        self.assert_read("email", [*ADDRESSES, "z@x.com"], model.by_email)
        self.assert_read("code", CODES, model.by_code)

    @invariant()
    def pages_hold_the_live_ones_and_the_archived_ones(self) -> None:
        for archived, there in (("false", self.model.live), ("true", self.model.archived)):
            query = {"limit": "100", "archived": archived, "properties": ",".join(NAMES)}
            results = self.client.get(PATH, params=query).json()["results"]
            assert [one["id"] for one in results] == sorted(there, key=int)[:100]
            for one in results:
                assert known(one["properties"]) == there[one["id"]].shown()

    @invariant()
    def merged_ids_lead_to_whom_they_were_merged_into(self) -> None:
        for old in self.model.merged:
            survivor = self.model.reached(old)
            answer = self.client.get(f"{PATH}/{old}")
            assert answer.status_code == (404 if survivor is None else 200), answer.text
            assert survivor is None or answer.json()["id"] == survivor.id

    @invariant()
    def nothing_ever_failed_within(self) -> None:
        assert not [one for one in self.server.log if one.status >= 500]

    # -- helpers ------------------------------------------------------------------------------

    def named(self, given: Given) -> dict[str, Any]:
        """The same with a first name that no other contact has, to tell results by."""
        self.made += 1
        return {**given, "firstname": f"n{self.made}"}

    def know(self, contact: Contact) -> None:
        self.ids.append(contact.id)

    def id_at(self, place: int) -> str:
        """A live contact's id, one of the latest that were ever given, or one that never was."""
        known = [*list(self.model.live)[-8:], *self.ids[-3:], NEVER]
        return known[place % len(known)]


def _without(given: Given, name: str) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key != name}


def test_contacts_are_as_the_model_says(
    server: SimulatorServer, hubspot: httpx.Client, tmp_path: Path
) -> None:
    run_state_machine_as_test(
        lambda: ContactsMachine(server, hubspot, tmp_path),
        settings=MACHINE_RUNS,
    )
