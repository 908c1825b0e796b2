"""What becomes of a call that faults strike: which answer it gets, when, and after what effect."""

from collections.abc import Callable
from typing import Any, Protocol

from starlette.types import Receive

from hubspot_pipeline.simulator.answers import Answer, Headers, Refusal
from hubspot_pipeline.simulator.authentication import Authentication, no_credentials
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.clock import NANOSECONDS, Clock
from hubspot_pipeline.simulator.faults import Fault, Struck
from hubspot_pipeline.simulator.hostile import hostile_answer
from hubspot_pipeline.simulator.limits import body_of_429
from hubspot_pipeline.simulator.locks import MESSAGE as LOCKED

LONGEST_SECONDS = 100
"""What takes longer is answered with 524 by then (hubspot-api §8.5)."""
MIGRATION_SECONDS = 86_400

_GATEWAY_TITLES = {
    413: "Request Entity Too Large",
    414: "Request-URI Too Large",
    502: "Bad gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway time-out",
    521: "Web server is down",
    522: "Connection timed out",
    523: "Origin is unreachable",
    524: "A timeout occurred",
    525: "SSL handshake failed",
    526: "Invalid SSL certificate",
}
_MESSAGES = {
    423: LOCKED,
    477: "Migration in progress: this account is being moved to another data center.",
    500: "internal error",
}


class Connection(Protocol):
    """The caller's connection, which a fault can cut."""

    def reset(self) -> None:
        """Cut it at once, without an answer."""

    def close(self) -> None:
        """Close it after what was already sent."""


class Strikes:
    """Carries out the calls that faults strike."""

    def __init__(
        self,
        clock: Clock,
        authentication: Authentication,
        portal_id: int,
        refused: Callable[[Refusal], Answer],
    ) -> None:
        self._clock = clock
        self._authentication = authentication
        self._portal_id = portal_id
        self._refused = refused

    async def answer(
        self,
        call: Call,
        struck: Struck,
        carry_out: Callable[[], Answer],
        connection: Connection,
        receive: Receive,
    ) -> Answer:
        """The answer to a call that faults strike, before it takes effect or after."""
        call.arrival.fault = struck.words
        for fault in struck.before:
            answer = await self._suffer(fault, call, connection, receive)
            if answer is not None:
                return self._made_hostile(answer, struck)
        if struck.repeated:
            carry_out()
        answer = carry_out()
        for fault in struck.after:
            if fault.kind == "truncate":
                answer.truncated = True
            elif fault.kind == "duplicate":
                _list_twice(answer)
            else:
                answer = await self._suffer(fault, call, connection, receive) or answer
        return self._made_hostile(answer, struck)

    async def _suffer(
        self, fault: Fault, call: Call, connection: Connection, receive: Receive
    ) -> Answer | None:
        """The answer instead of the call's own, once it is due; None if that one stands."""
        if fault.kind == "latency":
            seconds = min(fault.seconds, LONGEST_SECONDS)
            await self._clock.sleep_until(call.now + round(seconds * NANOSECONDS))
            return gateway_page(524) if fault.seconds > LONGEST_SECONDS else None
        if fault.kind == "status":
            return self._status(fault, call)
        if fault.kind == "reset":
            connection.reset()
        elif fault.kind == "timeout":
            await receive()  # returns once the caller is gone
        else:
            return self._without_token(fault, call)
        return Answer(0)

    def _status(self, fault: Fault, call: Call) -> Answer:
        headers: Headers = []
        wait = fault.retry_after
        if fault.status == 477 and wait is None:
            wait = MIGRATION_SECONDS
        if wait is not None:
            headers.append(("Retry-After", str(wait)))
        if fault.status in range(502, 528):
            answer = gateway_page(fault.status, headers)
        else:
            answer = self._refused(Refusal(fault.status, self._body(fault, call), headers))
        if fault.empty:
            answer.body = None
        return answer

    def _body(self, fault: Fault, call: Call) -> dict[str, Any]:
        if fault.status == 401:
            return no_credentials().body
        if fault.status == 429:
            return body_of_429(fault.variant, call.caller, self._portal_id)
        message = _MESSAGES.get(fault.status, f"simulated fault {fault.status}")
        return {"status": "error", "message": message}

    def _without_token(self, fault: Fault, call: Call) -> Answer | None:
        """The 401 of a caller whose token has just been revoked, or has just expired."""
        authorization = call.headers.get("authorization", "")
        token = authorization.partition(" ")[2]
        if fault.kind == "revoke":
            self._authentication.revoke(token)
        else:
            self._authentication.expire(token, call.now)
        try:
            self._authentication.identify(authorization, call.now)
        except Refusal as refusal:
            return self._refused(refusal)
        return None

    def _made_hostile(self, answer: Answer, struck: Struck) -> Answer:
        return answer if struck.hostile is None else hostile_answer(answer, struck.hostile)


def _list_twice(answer: Answer) -> None:
    if isinstance(answer.body, dict) and isinstance(answer.body.get("results"), list):
        answer.body = answer.body | {"results": answer.body["results"] * 2}


def gateway_page(status: int, headers: Headers | None = None) -> Answer:
    """A page of the gateway in front of HubSpot, which knows none of HubSpot's headers (§8.5)."""
    title = _GATEWAY_TITLES.get(status, "Error")
    page = (
        f"<!DOCTYPE html>\n<html lang=en-US>\n<head><title>api.hubapi.com | {status}: {title}"
        f"</title></head>\n<body><h1>Error code {status}</h1><p>{title}</p></body>\n</html>\n"
    )
    typed = [*(headers or []), ("Content-Type", "text/html")]
    return Answer(status, page, typed, from_gateway=True)
