"""Faults that tests and people switch on: by route, rate, count and seed, all repeatable."""

import random
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Literal

from hubspot_pipeline.simulator.answers import Answer, Headers

Kind = Literal["status", "reset", "latency", "truncate", "hostile"]
KINDS: tuple[Kind, ...] = ("status", "reset", "latency", "truncate", "hostile")

_HTML_STATUSES = range(502, 528)
_TITLES = {
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
    423: "The resource is locked. Locks last for 2 seconds.",
    429: "You have reached your ten_secondly_rolling limit.",
    477: "Migration in progress: this account is being moved to another data center.",
    500: "internal error",
}
MIGRATION_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with some calls.

    Attributes:
        kind: A status instead of the answer, a cut connection, a slow answer, half an answer, or
            ``hostile``: optional fields of the answer are missing (hubspot-api §12).
        route: Which routes, as a pattern over their names: ``objects.batch.*``.
        status: The status of a ``status`` fault; 502 to 527 come as HTML pages (§8.5).
        after_commit: The call takes effect before the fault strikes.
        rate: The share of the matching calls that it strikes.
        seed: From which it draws which calls those are, in the order of their arrival.
        skip: How many matching calls it spares at first.
        count: How many calls it strikes at most; None: no end.
        seconds: How long after its arrival a ``latency`` fault holds a call, by the simulator's
            clock.
        retry_after: Seconds in the ``Retry-After`` of a ``status`` fault; 477 has one anyway.
    """

    kind: Kind
    route: str = "*"
    status: int = 503
    after_commit: bool = False
    rate: float = 1.0
    seed: int = 0
    skip: int = 0
    count: int | None = None
    seconds: float = 0.0
    retry_after: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}: it is one of {', '.join(KINDS)}")
        if not 0 <= self.rate <= 1:
            raise ValueError(f"a fault's rate is between 0 and 1, not {self.rate}")

    @property
    def words(self) -> str:
        """The fault in a few words, for the arrival log."""
        when = "after" if self.after_commit else "before"
        what = {"status": str(self.status), "latency": f"{self.seconds:g} s"}.get(self.kind, "")
        commit = "" if self.kind in ("truncate", "hostile") else f"{when} commit"
        return " ".join(filter(None, (self.kind, what, commit)))

    def answer(self) -> Answer:
        """The answer of a ``status`` fault."""
        headers: Headers = []
        wait = self.retry_after
        if self.status == 477 and wait is None:
            wait = MIGRATION_SECONDS
        if wait is not None:
            headers.append(("Retry-After", str(wait)))
        if self.status in _HTML_STATUSES:
            return Answer(
                self.status, _page(self.status), [*headers, ("Content-Type", "text/html")]
            )
        body: dict[str, Any] = {"status": "error"}
        body["message"] = _MESSAGES.get(self.status, f"simulated fault {self.status}")
        if self.status == 429:
            body |= {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}
        return Answer(self.status, body, headers)


@dataclass(slots=True)
class Struck:
    """All that goes wrong with one call."""

    before: list[Fault] = field(default_factory=list)
    after: list[Fault] = field(default_factory=list)
    hostile: random.Random | None = None

    @property
    def words(self) -> str:
        """The faults in a few words, for the arrival log."""
        listed = [fault.words for fault in (*self.before, *self.after)]
        return ", ".join([*listed, "hostile"] if self.hostile else listed)


class Faults:
    """The faults that are switched on, and whom they strike next."""

    def __init__(self) -> None:
        self._active: list[_Active] = []

    def __len__(self) -> int:
        return len(self._active)

    @property
    def listed(self) -> list[Fault]:
        """The faults that are switched on."""
        return [active.fault for active in self._active]

    def add(self, *faults: Fault) -> None:
        """Switch faults on."""
        self._active = [*self._active, *map(_Active, faults)]

    def clear(self) -> None:
        """Switch all faults off."""
        self._active = []

    def strike(self, route: str) -> Struck | None:
        """What goes wrong with the next call of a route; None if nothing does."""
        struck: Struck | None = None
        for active in self._active:
            if active.strikes(route):
                struck = struck or Struck()
                if active.fault.kind == "hostile":
                    struck.hostile = active.random
                elif active.fault.after_commit or active.fault.kind == "truncate":
                    struck.after.append(active.fault)
                else:
                    struck.before.append(active.fault)
        return struck


class _Active:
    """A fault with its own chance and its count."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.random = random.Random(fault.seed)  # noqa: S311 - repeatable, not secret
        self._matched = 0
        self._struck = 0

    def strikes(self, route: str) -> bool:
        fault = self.fault
        if not fnmatchcase(route, fault.route):
            return False
        self._matched += 1
        if self._matched <= fault.skip:
            return False
        if fault.count is not None and self._struck >= fault.count:
            return False
        if fault.rate < 1 and self.random.random() >= fault.rate:
            return False
        self._struck += 1
        return True


_OPTIONAL = {
    "": frozenset(
        [
            "numErrors",
            "startedAt",
            "completedAt",
            "links",
            "category",
            "subCategory",
            "correlationId",
            "context",
            "errors",
            "policyName",
            "errorType",
            "groupName",
            "requestId",
            "identityProfile",
        ]
    ),
    "results": frozenset(["url", "warnings"]),
    "errors": frozenset(["category", "subCategory", "context", "code", "status"]),
}
_NEEDED_PROPERTIES = ("hs_object_id",)


def without_optional_fields(answer: Answer, chance: random.Random) -> Answer:
    """The answer with optional fields missing at random: nothing but the required ones is sure.

    The errors of a batch stay (only their parts go): without them nothing could be true.
    """
    if not isinstance(answer.body, dict):
        return answer
    body = dict(answer.body)
    batch = "results" in body
    for name in answer.body:
        if name in _OPTIONAL[""] and not (batch and name == "errors") and chance.random() < 0.5:
            del body[name]
    for part in ("results", "errors"):
        if isinstance(body.get(part), list):
            body[part] = [_thinned(item, part, chance) for item in body[part]]
    headers = [pair for pair in answer.headers if chance.random() < 0.5]
    return replace(answer, body=body, headers=headers)


def _thinned(item: Any, part: str, chance: random.Random) -> Any:
    if not isinstance(item, dict):
        return item
    thinned = {
        name: value
        for name, value in item.items()
        if name not in _OPTIONAL[part] or chance.random() < 0.5
    }
    if part == "results" and isinstance(item.get("properties"), dict):
        thinned["properties"] = {
            name: value
            for name, value in item["properties"].items()
            if name in _NEEDED_PROPERTIES or chance.random() < 0.5
        }
    return thinned


def _page(status: int) -> str:
    title = _TITLES.get(status, "Error")
    return (
        f"<!DOCTYPE html>\n<html lang=en-US>\n<head><title>api.hubapi.com | {status}: {title}"
        f"</title></head>\n<body><h1>Error code {status}</h1><p>{title}</p></body>\n</html>\n"
    )
