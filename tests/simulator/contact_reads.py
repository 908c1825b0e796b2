"""What reads and answers show of contacts, held to the plain model of them."""

from collections.abc import Callable
from typing import Any

import httpx

from .plain_contacts import NAMES, Contact, Given

PATH = "/crm/v3/objects/contacts"


class ContactReads:
    """Assertions for whoever has a client."""

    client: httpx.Client

    def assert_read(
        self, name: str | None, keys: list[str], find: Callable[[str], Contact | None]
    ) -> None:
        """A batch read: each key is in the results, or in the one error (§2.5.1)."""
        results: list[dict[str, Any]] = []
        missing: set[str] = set()
        for at in range(0, len(keys), 100):
            inputs = [{"id": key} for key in keys[at : at + 100]]
            body = {"inputs": inputs, "properties": [*NAMES], "idProperty": name}
            answer = self.client.post(f"{PATH}/batch/read", json=body).json()
            results += answer["results"]
            for error in answer.get("errors", ()):
                missing |= set(error["context"]["ids"])
        there = {found.id: found for key in keys if (found := find(key)) is not None}
        assert {one["id"]: known(one["properties"]) for one in results} == {
            id_: one.shown() for id_, one in there.items()
        }
        assert missing == {key for key in keys if find(key) is None}

    def assert_shows(self, result: dict[str, Any], contact: Contact, given: Given) -> None:
        """An answer to a write has what was written, as it then is (§2.2)."""
        for name, value in given.items():
            if value is not None:
                assert result["properties"][name] == contact.values.get(name), (name, result)

    def assert_errors(self, body: dict[str, Any], traces: list[str], missing: set[str]) -> None:
        named: list[str] = []
        gone: set[str] = set()
        for error in body.get("errors", ()):
            if error["category"] == "OBJECT_NOT_FOUND":
                gone |= set(error["context"]["ids"])
            else:
                named += error["context"]["objectWriteTraceId"]
        assert (sorted(named), gone) == (sorted(traces), missing)
        assert body.get("numErrors", 0) == len(body.get("errors", ()))


def known(properties: dict[str, Any]) -> dict[str, Any]:
    """The properties that the model knows."""
    return {name: properties[name] for name in NAMES}
