"""Properties of reservation: whatever happens, no window overflows and no place is wasted."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspot_pipeline.hubspot.rolling_windows import (
    Limit,
    State,
    Window,
    _first_moment,
    _Rule,
    pause,
    reserve,
    see_others,
    see_refusal,
    tell,
)
from hubspot_pipeline.hubspot.standstill import Day

START = 1_760_000_000.0
LIMITS = {
    limit.name: limit
    for limit in (Limit("burst", 5, 10.0), Limit("search", 2, 1.0), Limit("events", 3, 1.5))
}

names = st.sets(st.sampled_from(sorted(LIMITS)), min_size=1).map(sorted)
seconds = st.floats(0, 12, allow_nan=False)


@dataclass
class Account:
    """Callers of one account, and every place that they have really used."""

    now: float = START
    state: State = field(default_factory=State)
    waiting: list[tuple[list[str], float]] = field(default_factory=list)
    used: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in LIMITS})
    maximum: dict[str, int] = field(
        default_factory=lambda: {limit.name: limit.maximum or 0 for limit in LIMITS.values()}
    )
    paused_until: dict[str, float] = field(default_factory=dict)

    def ask(self, wanted: list[str], held: float | None = None) -> None:
        limits = [LIMITS[name] for name in wanted]
        at, self.state = reserve(self.state, limits, self.now, held)
        assert all(at in self.state.windows[name].taken for name in wanted)
        if at > self.now:
            self.waiting.append((wanted, at))
            return
        for name in wanted:
            self.used[name].append(at)
            window = LIMITS[name].window_seconds
            inside = sum(at < earlier + window for earlier in self.used[name])
            assert inside <= self.maximum[name]
            assert at >= self.paused_until.get(name, 0)

    def wake(self, choice: int) -> None:
        if self.waiting:
            wanted, at = self.waiting.pop(choice % len(self.waiting))
            self.now = max(self.now, at)
            self.ask(wanted, at)

    def leave(self, choice: int) -> None:
        if self.waiting:
            self.waiting.pop(choice % len(self.waiting))

    def pause(self, wanted: list[str], length: float) -> None:
        self.state = pause(self.state, wanted, self.now, length)
        for name in wanted:
            self.paused_until[name] = max(self.paused_until.get(name, 0), self.now + length)

    def tell(self, name: str, maximum: int) -> None:
        self.state = tell(self.state, name, self.now, maximum)
        self.maximum[name] = min(maximum, LIMITS[name].maximum or 0)

    def see(self, name: str, others: int) -> None:
        self.state = see_others(self.state, LIMITS[name], self.now, others)

    def refuse(self, name: str) -> None:
        self.state = see_refusal(self.state, LIMITS[name], self.now)

    def wait(self, length: float) -> None:
        self.now += length


asks = st.tuples(st.just("ask"), names)
wakes = st.tuples(st.just("wake"), st.integers(0, 9))
leaves = st.tuples(st.just("leave"), st.integers(0, 9))
waits = st.tuples(st.just("wait"), seconds)
pauses = st.tuples(st.just("pause"), names, seconds)
tells = st.tuples(st.just("tell"), st.sampled_from(sorted(LIMITS)), st.integers(1, 8))
sees = st.tuples(st.just("see"), st.sampled_from(sorted(LIMITS)), st.integers(0, 6))
refusals = st.tuples(st.just("refuse"), st.sampled_from(sorted(LIMITS)))
kinds = (asks, asks, wakes, wakes, leaves, waits, pauses, tells, sees, refusals)
steps = st.lists(st.one_of(*kinds), max_size=80)


@given(steps)
@settings(deadline=None)
def test_no_rolling_window_ever_holds_more_calls_than_its_limit(
    steps: list[tuple[object, ...]],
) -> None:
    account = Account()
    for name, *arguments in steps:
        getattr(account, str(name))(*arguments)
    while account.waiting:
        account.wake(0)


@given(steps, names)
@settings(deadline=None)
def test_a_place_is_taken_in_all_its_limits_and_in_no_other(
    steps: list[tuple[object, ...]], wanted: list[str]
) -> None:
    account = Account()
    for name, *arguments in steps:
        getattr(account, str(name))(*arguments)
    at, after = reserve(account.state, [LIMITS[name] for name in wanted], account.now)
    for name, limit in LIMITS.items():
        before = account.state.windows.get(name, Window()).taken
        if name not in wanted:
            assert after.windows.get(name, Window()).taken == before
            continue
        counting = [place for place in before if place + limit.window_seconds > account.now]
        assert list(after.windows[name].taken) == sorted([*counting, at])


rules = st.builds(
    lambda taken, maximum, length: _Rule(sorted(taken), maximum, length),
    st.lists(st.floats(0, 30), max_size=15),
    st.integers(1, 6),
    st.floats(0.1, 10),
)


@given(st.lists(rules, min_size=1, max_size=3), st.floats(0, 30))
@settings(deadline=None)
def test_the_first_moment_found_is_the_first_there_is(rules: list[_Rule], start: float) -> None:
    def fits(rule: _Rule, at: float) -> bool:
        """Whether the place breaks no window of the rule that was whole without it."""
        places = sorted([*rule.taken, at])
        spans = zip(places, places[rule.maximum :], strict=False)
        return not any(first <= at <= last and last < first + rule.seconds for first, last in spans)

    candidates = [start, *(taken + rule.seconds for rule in rules for taken in rule.taken)]
    possible = [at for at in candidates if at >= start and all(fits(rule, at) for rule in rules)]
    assert _first_moment(rules, start) == min(possible)


@given(steps, st.floats(0.001, 1e6))
@settings(deadline=None)
def test_a_clock_that_is_set_back_makes_nobody_wait_longer_than_before(
    steps: list[tuple[object, ...]], step: float
) -> None:
    account = Account()
    for name, *arguments in steps:
        getattr(account, str(name))(*arguments)
    limits = list(LIMITS.values())
    account.state = tell(account.state, "burst", account.now, 8)
    in_time, _ = reserve(account.state, limits, account.now)
    set_back, _ = reserve(account.state, limits, account.now - step)
    wait, wait_after = in_time - account.now, set_back - (account.now - step)
    assert wait_after == pytest.approx(wait, abs=1e-3)


def test_a_state_survives_its_way_through_text() -> None:
    _, state = reserve(State(), list(LIMITS.values()), START + 0.1234567)
    state = tell(pause(state, ["burst"], START, 1.5), "search", START, 1)
    state = see_others(state, LIMITS["burst"], START, 2)
    state = replace(state, day=Day(7, START, START + 5, "US/Eastern"), closed_until=START + 9)
    assert State.from_json(state.to_json()) == state


def test_an_account_never_seen_has_an_empty_text() -> None:
    assert State.from_json("") == State()


def test_a_state_that_an_earlier_version_wrote_can_be_read() -> None:
    text = '{"seen":1.5,"windows":{"burst":{"taken":[1.0],"paused_until":2.0,"told":null}}}'
    assert State.from_json(text) == State(1.5, {"burst": Window((1.0,), 2.0, None)})


def test_idle_places_are_handed_out_at_ten_times_the_limit_s_rate() -> None:
    state, limit, places = State(), Limit("burst", 100, 10.0), []
    for _ in range(100):
        at, state = reserve(state, [limit], START)
        places.append(at - START)
    assert places == pytest.approx([number / 100 for number in range(100)])


def test_the_next_window_repeats_the_one_before() -> None:
    state, limit = State(), Limit("burst", 4, 10.0)
    for second in (0, 1, 5, 6):
        _, state = reserve(state, [limit], START + second)
    places = []
    for _ in range(4):
        at, state = reserve(state, [limit], START + 6.5)
        places.append(at - START)
    assert places == [10, 11, 15, 16]


def test_a_confirmed_place_counts_from_when_it_is_really_used() -> None:
    state, limit = State(), Limit("burst", 1, 10.0)
    _, state = reserve(state, [limit], START)
    place, state = reserve(state, [limit], START)
    used, state = reserve(state, [limit], place + 0.3, place)
    assert used == place + 0.3
    assert state.windows["burst"].taken == (used,)


def test_a_place_is_confirmed_a_little_late_though_the_next_is_close() -> None:
    state, limit = State(), Limit("burst", 100, 10.0)
    _, state = reserve(state, [limit], START)
    mine, state = reserve(state, [limit], START)
    _, state = reserve(state, [limit], START)
    confirmed, _ = reserve(state, [limit], mine + 0.004, mine)
    assert confirmed == mine + 0.004


def test_idle_places_that_wait_out_a_pause_are_spread_behind_it() -> None:
    state, limit = pause(State(), ["burst"], START, 5), Limit("burst", 100, 10.0)
    first, state = reserve(state, [limit], START)
    second, _ = reserve(state, [limit], START, START - 1)
    assert [first - START, second - START] == pytest.approx([5, 5.01])


def test_an_idle_place_that_the_next_in_line_inherits_stays_where_it_is() -> None:
    state, limit = State(), Limit("burst", 100, 10.0)
    _, state = reserve(state, [limit], START)
    place, state = reserve(state, [limit], START)
    inherited, _ = reserve(state, [limit], START + 0.002, place)
    assert inherited == place > START + 0.002


def test_a_place_waited_for_too_briefly_is_kept() -> None:
    state, limit = State(), Limit("burst", 3, 10.0)
    for _ in range(3):
        _, state = reserve(state, [limit], START)
    place, state = reserve(state, [limit], START + 1)
    _, state = reserve(state, [limit], START + 1)
    again, _ = reserve(state, [limit], place - 0.001, place)
    assert again == place
