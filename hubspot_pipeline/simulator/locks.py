"""Object types that HubSpot locks while too much is written to them (hubspot-api §8.5)."""

from collections import deque

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.answers import Answer, Refusal
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.clock import NANOSECONDS
from hubspot_pipeline.simulator.routing import Match
from hubspot_pipeline.simulator.settings import Behaviour

LOCK_SECONDS = 2
MESSAGE = "The resource is locked. Locks last for 2 seconds."
WRITES = frozenset(
    f"objects.{operation}"
    for operation in ("create", "update", "batch.create", "batch.update", "batch.upsert")
)


class Locks:
    """The locks of an account's object types, by how many records a rolling second wrote."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._written: dict[str, deque[tuple[int, int]]] = {}
        self._locked_until: dict[str, int] = {}

    def carry_out(self, match: Match, account: Account, call: Call) -> Answer:
        """Carry out a call, unless its object type is locked.

        Raises:
            Refusal: It is locked; the answer is 423 (the body is UNCONFIRMED).
        """
        handler = match.route.handler
        most = self._behaviour.locked_above_writes_per_second
        if most is None or match.route.name not in WRITES:
            return handler(account, call)
        kind = account.types.find(match.parameters["object_type"]).id
        if self._locked(kind, call.now, most):
            raise Refusal(423, {"status": "error", "message": MESSAGE})
        answer = handler(account, call)
        if answer.status < 300:
            results = answer.body.get("results")
            count = 1 if results is None else len(results)
            self._written.setdefault(kind, deque()).append((call.now, count))
        return answer

    def _locked(self, kind: str, now: int, most: int) -> bool:
        """Whether it is locked now, or this second's writes lock it now."""
        if now < self._locked_until.get(kind, 0):
            return True
        written = self._written.get(kind, deque())
        while written and written[0][0] <= now - NANOSECONDS:
            written.popleft()
        if sum(count for _, count in written) <= most:
            return False
        self._locked_until[kind] = now + LOCK_SECONDS * NANOSECONDS
        return True
