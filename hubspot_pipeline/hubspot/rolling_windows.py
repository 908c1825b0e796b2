"""Places in rolling windows: pure functions from what is taken to the next free place."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

BURST_FACTOR = 10
"""Free places are handed out at most this much faster than the limit's own rate.

A hundred calls leaving in the same instant queue up on the way and reach HubSpot spread out by
chance, so the next hundred, one window later, may overtake them there. A second's spread costs
nothing where ten seconds follow, and keeps the order."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `maximum` calls in any `window_seconds`; a maximum of 0 or None is no limit."""

    name: str
    maximum: int | None
    window_seconds: float


@dataclass(frozen=True, slots=True)
class Window:
    """What an account's processes know together about one limit.

    Attributes:
        taken: When calls took, or will take, their places; ascending, seconds since the epoch.
        paused_until: No place before this time.
        told: The maximum that HubSpot last told, if it ever did.
    """

    taken: tuple[float, ...] = ()
    paused_until: float = 0.0
    told: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """All windows of an account, by limit name, and the latest time at which they were seen."""

    seen: float = 0.0
    windows: Mapping[str, Window] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str) -> "State":
        """The state that `to_json` wrote; an empty text is an account never seen."""
        if not text:
            return cls()
        document = orjson.loads(text)
        windows = {
            name: Window(tuple(window["taken"]), window["paused_until"], window["told"])
            for name, window in document["windows"].items()
        }
        return cls(document["seen"], windows)

    def to_json(self) -> str:
        """One line of JSON, the same for equal states."""
        return orjson.dumps(self).decode()


def reserve(
    state: State, limits: Sequence[Limit], now: float, held: float | None = None
) -> tuple[float, State]:
    """The earliest place that is free in all the limits, taken in all of them.

    A place that comes after `now` is only reserved: sleep until then and reserve again with the
    place as `held`. That confirms it at the time it is really used, or moves it, if a pause, a
    lowered limit or a stepped clock has come in between.

    Args:
        state: What was known when last looked at.
        limits: The limits in which one call needs a place.
        now: Seconds since the epoch.
        held: A place taken earlier for this call, given back first.

    Returns:
        The place's time, and the state in which it is taken.
    """
    windows = dict(_follow_clock(state, now).windows)
    for limit in limits:
        window = windows.get(limit.name, Window())
        recent = [at for at in window.taken if at + limit.window_seconds > now]
        if held in recent:
            recent.remove(held)
        windows[limit.name] = replace(window, taken=tuple(recent))
    is_due = held is not None and held <= now
    at = _first_fit(limits, windows, now, spread=not is_due)
    for limit in limits:
        taken = list(windows[limit.name].taken)
        insort(taken, at)
        windows[limit.name] = replace(windows[limit.name], taken=tuple(taken))
    return at, State(now, windows)


def pause(state: State, names: Iterable[str], now: float, seconds: float) -> State:
    """No place in the named limits for so many seconds; a longer pause stays as it is."""
    state = _follow_clock(state, now)
    windows = dict(state.windows)
    for name in names:
        window = windows.get(name, Window())
        windows[name] = replace(window, paused_until=max(window.paused_until, now + seconds))
    return replace(state, windows=windows)


def tell(state: State, name: str, now: float, maximum: int) -> State:
    """HubSpot says that the limit is `maximum`."""
    state = _follow_clock(state, now)
    window = state.windows.get(name, Window())
    return replace(state, windows={**state.windows, name: replace(window, told=maximum)})


@dataclass(frozen=True, slots=True)
class _Rule:
    """At most `maximum` of the places `taken` in any `seconds`."""

    taken: Sequence[float]
    maximum: int
    seconds: float


def _first_fit(
    limits: Sequence[Limit], windows: Mapping[str, Window], now: float, *, spread: bool
) -> float:
    """The first moment from now on that suits all the limits.

    Places that come free one by one are as far apart as they were a window ago; those that lie
    idle are spread out, except for a call that has already waited for its turn.
    """
    start = max(now, *(windows[limit.name].paused_until for limit in limits))
    rules = [_rolling_rule(limit, windows[limit.name]) for limit in limits]
    at = _first_moment(rules, start)
    is_idle = at == start and (spread or start > now)
    return _first_moment([*rules, *map(_spread, rules)], at) if is_idle else at


def _rolling_rule(limit: Limit, window: Window) -> _Rule:
    maximum = limit.maximum or 0
    if window.told is not None:
        maximum = min(maximum, window.told)
    return _Rule(window.taken, maximum, limit.window_seconds)


def _spread(rule: _Rule) -> _Rule:
    return _Rule(rule.taken, 1, rule.seconds / rule.maximum / BURST_FACTOR)


def _first_moment(rules: Sequence[_Rule], start: float) -> float:
    """The first moment from `start` on that breaks none of the rules."""
    at = start
    for rule in rules:
        at = _first_moment_of(rule, at)
    return at if at == start else _first_moment(rules, at)


def _first_moment_of(rule: _Rule, start: float) -> float:
    """The first moment from `start` on at which the rule has room for one more place.

    There is none wherever `maximum` neighbours and the new place would lie within less than
    `seconds`. Those stretches are in ascending order, so one pass leaves them all behind. Sums
    are compared, never differences: rounding must not undo what was just decided.
    """
    at, seconds = start, rule.seconds
    first = bisect_right(rule.taken, at, key=lambda taken: taken + seconds)
    for index in range(first, len(rule.taken) - rule.maximum + 1):
        oldest, newest = rule.taken[index], rule.taken[index + rule.maximum - 1]
        if max(newest, at) < min(oldest, at) + seconds:
            at = oldest + seconds
    return at


def _follow_clock(state: State, now: float) -> State:
    """The state as of `now`; a clock that was set back takes the times it gave along."""
    step = state.seen - now
    if step <= 0:
        return replace(state, seen=now)
    windows = {
        name: replace(
            window,
            taken=tuple(at - step for at in window.taken),
            paused_until=window.paused_until - step,
        )
        for name, window in state.windows.items()
    }
    return State(now, windows)
