"""Places in rolling windows: pure functions from what is taken to the next free place."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil

import orjson

from hubspot_pipeline.hubspot.standstill import Day

BURST_FACTOR = 10
"""Free places are handed out at most this much faster than the limit's own rate.

A hundred calls leaving in the same instant queue up on the way and reach HubSpot spread out by
chance, so the next hundred, one window later, may overtake them there. A second's spread costs
nothing where ten seconds follow, and keeps the order."""

OTHERS_REMEMBERED_SECONDS = 20.0
"""How long room is kept for calls of others, at least, after an answer that told of so many."""

OVERTAKING_SECONDS = 0.1
"""Calls that leave within this time may reach HubSpot in another order."""

UNSURE_SHARE = 0.05
"""Of a limit's calls so many may reach HubSpot so late that they count in the next window."""

LEAST_SHARE = 0.1
"""What is left of a limit when others use all of it: two that make room for each other both go on,
and answers go on telling how many calls others make."""


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
        others: The most calls of others that one window held since `others_since`.
        others_before: The same of the time before that.
        others_since: When the present one of these two times began.
    """

    taken: tuple[float, ...] = ()
    paused_until: float = 0.0
    told: int | None = None
    others: int = 0
    others_before: int = 0
    others_since: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """A call's place.

    Attributes:
        at: When it was taken, in seconds since the epoch.
        taken: How many places each of its limits' windows held then, this one included.
    """

    at: float
    taken: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class State:
    """What an account's processes know together.

    Attributes:
        seen: The latest time at which they looked.
        windows: What is known of each limit, by its name.
        day: The calls of today that are left, if any answer told.
        closed_until: Nobody may call before this time.
    """

    seen: float = 0.0
    windows: Mapping[str, Window] = field(default_factory=dict)
    day: Day | None = None
    closed_until: float = 0.0

    @classmethod
    def from_json(cls, text: str) -> "State":
        """The state that `to_json` wrote; an empty text is an account never seen."""
        if not text:
            return cls()
        document = orjson.loads(text)
        windows = {
            name: Window(**{**window, "taken": tuple(window["taken"])})
            for name, window in document["windows"].items()
        }
        day = Day(**document["day"]) if document.get("day") else None
        return cls(document["seen"], windows, day, document.get("closed_until", 0.0))

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
    state = _follow_clock(state, now)
    windows = dict(state.windows)
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
    return at, replace(state, windows=windows)


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


def place_of(state: State, limits: Sequence[Limit], at: float) -> Place:
    """The place that was just taken at this time."""
    return Place(
        at, {limit.name: bisect_right(state.windows[limit.name].taken, at) for limit in limits}
    )


def calls_of_others(window: Window, limit: Limit, now: float, place: Place, counted: int) -> int:
    """How many of the calls that HubSpot counted when this one came are not ours; 0 if unsure.

    Ours are those with a place in the window until then, and those that may have overtaken it. On
    a machine that is short of CPU any number may have: so others are first believed in when ours,
    however they came, cannot be all; and after that as long as they are remembered.
    """
    ours = place.taken[limit.name]
    later = bisect_right(window.taken, now) - bisect_right(window.taken, place.at)
    unsure = ceil(_maximum(limit, window) * UNSURE_SHARE)
    if counted - ours - later <= unsure and not _others(window, limit, now):
        return 0
    overtaking = bisect_right(window.taken, place.at + OVERTAKING_SECONDS)
    return max(0, counted - ours - overtaking + bisect_right(window.taken, place.at))


def see_others(state: State, limit: Limit, now: float, others: int) -> State:
    """Others made so many of a window's calls; the most of late counts (hubspot-api §8.3)."""
    state = _follow_clock(state, now)
    window = state.windows.get(limit.name, Window())
    if now >= window.others_since + _remembered_seconds(limit):
        before = _others(window, limit, now)
        window = replace(window, others=others, others_before=before, others_since=now)
    else:
        window = replace(window, others=max(others, window.others))
    return replace(state, windows={**state.windows, limit.name: window})


def is_news(window: Window, limit: Limit, now: float, others: int) -> bool:
    """Whether `see_others` would change anything of what is known."""
    if now < window.others_since + _remembered_seconds(limit):
        return others > window.others
    return others > 0 or _others(window, limit, now) > 0


def see_refusal(state: State, limit: Limit, now: float) -> State:
    """HubSpot counts more calls than the limit allows: what ours do not fill, others do.

    Of several refusals at once only the first one tells, before ours are kept off the limit.
    """
    state = _follow_clock(state, now)
    window = state.windows.get(limit.name, Window())
    if window.paused_until > now:
        return state
    ours = bisect_right(window.taken, now) - bisect_right(
        window.taken, now, key=lambda taken: taken + limit.window_seconds
    )
    return see_others(state, limit, now, max(0, _maximum(limit, window) - ours))


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
    rules = [_rolling_rule(limit, windows[limit.name], now) for limit in limits]
    at = _first_moment(rules, start)
    is_idle = at == start and (spread or start > now)
    return _first_moment([*rules, *map(_spread, rules)], at) if is_idle else at


def _rolling_rule(limit: Limit, window: Window, now: float) -> _Rule:
    maximum = _maximum(limit, window)
    others = _others(window, limit, now)
    if others:
        # They may make a few more calls the next time than they were ever seen to make.
        whole = window.told or maximum
        kept_free = others + ceil(others / 10)
        maximum = min(maximum, max(whole - kept_free, ceil(whole * LEAST_SHARE)))
    return _Rule(window.taken, maximum, limit.window_seconds)


def _maximum(limit: Limit, window: Window) -> int:
    """The most calls in a window, whoever makes them."""
    maximum = limit.maximum or 0
    return maximum if window.told is None else min(maximum, window.told)


def _others(window: Window, limit: Limit, now: float) -> int:
    """How many calls of others a window is likely to hold: the most that were lately seen."""
    times = (now - window.others_since) // _remembered_seconds(limit)
    seen = (window.others, window.others_before)
    return max(seen) if times < 1 else window.others if times < 2 else 0


def _remembered_seconds(limit: Limit) -> float:
    return max(limit.window_seconds, OTHERS_REMEMBERED_SECONDS)


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
            others_since=window.others_since - step,
        )
        for name, window in state.windows.items()
    }
    return replace(state, seen=now, windows=windows)
