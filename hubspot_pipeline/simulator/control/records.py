"""The account as it is: records with all they hold, their writes, and what hangs on them."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.histories import writes_of
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.answers import Refusal
from hubspot_pipeline.simulator.control.speech import BadRequest, Paths, answered, body_of, nothing

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.app import Simulator


class AccountReads:
    """The endpoints about the account and its records."""

    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator
        record = "/account/{object_type}/{object_id}"
        self.paths: Paths = {
            "/account/reset": {"POST": self.reset},
            "/account/seed": {"POST": self.seed},
            record: {"GET": self.record},
            f"{record}/writes": {"GET": self.writes},
            f"{record}/associations": {"GET": self.associations},
            f"{record}/lists": {"GET": self.lists},
            f"{record}/events": {"GET": self.events},
        }

    async def reset(self, _request: Request) -> Response:
        """The account as it was at the start; tokens, limits, arrivals and faults anew as well."""
        self._simulator.begin_again()
        return nothing()

    async def seed(self, request: Request) -> Response:
        """Add made-up contacts: ``{"contacts": 1000}``."""
        body = await body_of(request)
        count = body.get("contacts") if isinstance(body, dict) else None
        if type(count) is not int:
            raise BadRequest('say how many contacts: {"contacts": 1000}')
        self._account.seed_contacts(count)
        return answered({"contacts": len(self._account.contacts)})

    async def record(self, request: Request) -> Response:
        """A record with all it holds, by id or, of a contact, by e-mail."""
        records, record = self._named(request)
        shown = self._account.visible_values(records, record)
        return answered({"id": record.id, "writes": record.writes, "properties": shown})

    async def writes(self, request: Request) -> Response:
        """Every write that a record took, in the order in which they came."""
        _, record = self._named(request)
        return answered({"id": record.id, "writes": [asdict(one) for one in writes_of(record)]})

    async def associations(self, request: Request) -> Response:
        """What a record is associated with: object type → record id → association types."""
        records, record = self._named(request)
        associations = self._account.associations
        shown: dict[str, Any] = {}
        for kind in associations.kinds(records.kind, record.id):
            others = associations.of(records.kind, record.id, kind)
            shown[kind.name] = {
                other_id: [asdict(one) for one in types] for other_id, types in others.items()
            }
        return answered({"id": record.id, "associations": shown})

    async def lists(self, request: Request) -> Response:
        """The lists that a record is in."""
        records, record = self._named(request)
        found = self._account.lists.of_record(records.kind, record.id)
        named = [{"listId": one.id, "name": one.name} for one in found]
        return answered({"id": record.id, "lists": named})

    async def events(self, request: Request) -> Response:
        """The events that a record had."""
        records, record = self._named(request)
        self._account.settle(self._simulator.clock.now())
        found = self._account.events.occurrences_of(records.kind, record.id)
        return answered({"id": record.id, "events": [asdict(one) for one in found]})

    @property
    def _account(self) -> Account:
        return self._simulator.account

    def _named(self, request: Request) -> tuple[Records, Record]:
        key = request.path_params["object_id"]
        try:
            records = self._account.records(request.path_params["object_type"])
        except Refusal as refusal:
            raise BadRequest(refusal.body["message"]) from None
        record = records.find_or_survivor(key, None)
        if record is None and records.has_emails:
            record = records.find(key, "email")
        if record is None:
            raise NotHere(f"no {records.kind.singular} {key}")
        return records, record


class NotHere(Exception):  # noqa: N818 - an answer, not a program's error
    """A record that is not there."""


async def not_here(_request: Request, error: Exception) -> Response:
    """The answer about what is not there."""
    return answered({"error": str(error)}, 404)
