"""Faults that tests and people switch on, and whom they strike: all repeatable from a seed."""

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, get_args

from hubspot_pipeline.simulator.calls import Caller
from hubspot_pipeline.simulator.clock import NANOSECONDS, Clock

Kind = Literal[
    "status", "timeout", "reset", "latency", "truncate", "duplicate", "repeat", "revoke",
    "expire", "hostile",
]  # fmt: skip
Variant = Literal["burst", "daily", "secondly", "token"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_ON_THE_ANSWER = ("truncate", "duplicate")
"""Kinds that change the answer to a call that took effect."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with some calls (hubspot-api §8.5, §12).

    Attributes:
        kind: What goes wrong:
            ``status``: this status instead of the answer.
            ``timeout``: no answer, ever; it ends when the caller hangs up.
            ``reset``: the connection is cut.
            ``latency``: the answer takes `seconds`; beyond 100 s it is a 524, at 100 s (§8.5).
            ``truncate``: half of the answer, then the connection ends.
            ``duplicate``: the answer lists its results twice.
            ``repeat``: the call is carried out twice, as by a proxy that tries again, and the
            second answer is given.
            ``revoke``: the caller's token is revoked: 401, now and from here on.
            ``expire``: the caller's OAuth access token expires; private apps are spared.
            ``hostile``: optional fields and headers are missing, the names of headers come in
            another case, results in another order.
        route: Which routes, as a pattern over their names: ``objects.batch.*``.
        status: The status of a ``status`` fault; 502 to 527 come as HTML pages (§8.5).
        variant: Which of the four bodies a 429 has (§8.4).
        empty: A ``status`` fault has no body at all.
        after_commit: The call takes effect before the fault strikes; for ``status``,
            ``timeout``, ``reset`` and ``latency``.
        rate: The share of the matching calls that it strikes.
        seed: From which it draws which calls those are, in the order of their arrival; the
            account's seed has a part in it.
        skip: How many matching calls it spares at first.
        count: How many calls it strikes at most; None: no end.
        after_seconds: How long after it was switched on it begins, by the simulator's clock.
        for_seconds: How long it then goes on; None: no end.
        seconds: How long after its arrival a ``latency`` fault holds a call, by the simulator's
            clock.
        retry_after: Seconds in the ``Retry-After`` of a ``status`` fault; 477 has one anyway.
    """

    kind: Kind
    route: str = "*"
    status: int = 503
    variant: Variant = "burst"
    empty: bool = False
    after_commit: bool = False
    rate: float = 1.0
    seed: int = 0
    skip: int = 0
    count: int | None = None
    after_seconds: float = 0.0
    for_seconds: float | None = None
    seconds: float = 0.0
    retry_after: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}: it is one of {', '.join(KINDS)}")
        if not 0 <= self.rate <= 1:
            raise ValueError(f"a fault's rate is between 0 and 1, not {self.rate}")
        if self.variant not in get_args(Variant):
            raise ValueError(f"no 429 {self.variant!r}: it is one of {get_args(Variant)}")
        if not 400 <= self.status < 600:
            raise ValueError(f"a fault's status is between 400 and 599, not {self.status}")

    @property
    def words(self) -> str:
        """The fault in a few words, for the arrival log."""
        when = "after" if self.after_commit else "before"
        what = {"status": str(self.status), "latency": f"{self.seconds:g} s"}.get(self.kind, "")
        timed = self.kind in ("status", "timeout", "reset", "latency")
        return " ".join(filter(None, (self.kind, what, f"{when} commit" if timed else "")))


@dataclass(slots=True)
class Struck:
    """All that goes wrong with one call.

    Attributes:
        before: What strikes before the call takes effect.
        after: What strikes once it has.
        repeated: The call is carried out twice.
        hostile: From which the hostile changes of its answer are drawn, if there are any.
    """

    before: list[Fault] = field(default_factory=list)
    after: list[Fault] = field(default_factory=list)
    repeated: bool = False
    hostile: random.Random | None = None

    @property
    def words(self) -> str:
        """The faults in a few words, for the arrival log."""
        listed = [fault.words for fault in self.before]
        if self.repeated:
            listed.append("repeat")
        listed += [fault.words for fault in self.after]
        return ", ".join([*listed, "hostile"] if self.hostile else listed)


class Faults:
    """The faults that are switched on, and whom they strike next."""

    def __init__(self, clock: Clock, seed: int = 0) -> None:
        self._clock = clock
        self._seed = seed
        self._active: list[_Active] = []

    def __len__(self) -> int:
        return len(self._active)

    @property
    def listed(self) -> list[Fault]:
        """The faults that are switched on."""
        return [active.fault for active in self._active]

    def add(self, *faults: Fault) -> None:
        """Switch faults on."""
        now, first = self._clock.now(), len(self._active)
        added = [
            _Active(fault, now, f"{self._seed}:{fault.seed}:{place}")
            for place, fault in enumerate(faults, first)
        ]
        self._active = [*self._active, *added]

    def clear(self) -> None:
        """Switch all faults off."""
        self._active = []

    def strike(self, route: str, caller: Caller, now: int) -> Struck | None:
        """What goes wrong with a call that arrives now; None if nothing does."""
        struck: Struck | None = None
        for active in self._active:
            if not active.strikes(route, caller, now):
                continue
            struck = struck or Struck()
            fault = active.fault
            if fault.kind == "hostile":
                struck.hostile = random.Random(active.chance.getrandbits(64))  # noqa: S311 - repeatable, not secret
            elif fault.kind == "repeat":
                struck.repeated = True
            elif fault.after_commit or fault.kind in _ON_THE_ANSWER:
                struck.after.append(fault)
            else:
                struck.before.append(fault)
        return struck


class _Active:
    """A fault with its own chance and its count."""

    def __init__(self, fault: Fault, since: int, seed: str) -> None:
        self.fault = fault
        self.chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._begins = since + round(fault.after_seconds * NANOSECONDS)
        self._ends: int | None = None
        if fault.for_seconds is not None:
            self._ends = self._begins + round(fault.for_seconds * NANOSECONDS)
        self._matched = 0
        self._struck = 0

    def strikes(self, route: str, caller: Caller, now: int) -> bool:
        fault = self.fault
        if now < self._begins or (self._ends is not None and now >= self._ends):
            return False
        if not fnmatchcase(route, fault.route) or not self._concerns(caller):
            return False
        self._matched += 1
        if self._matched <= fault.skip:
            return False
        if fault.count is not None and self._struck >= fault.count:
            return False
        if fault.rate < 1 and self.chance.random() >= fault.rate:
            return False
        self._struck += 1
        return True

    def _concerns(self, caller: Caller) -> bool:
        if self.fault.kind == "expire":
            return caller.oauth
        return self.fault.kind != "revoke" or caller.app_id != 0
