"""What arrived of late, second by second: by answer, and by what each limit's window held."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from hubspot_pipeline.simulator.clock import NANOSECONDS
from hubspot_pipeline.simulator.evidence import Arrival
from hubspot_pipeline.simulator.limits import BUCKETS, limit_of
from hubspot_pipeline.simulator.settings import Limits

SHOWN_SECONDS = 180
ANSWERS = {
    "ok": "2xx",
    "mixed": "207",
    "refused": "4xx",
    "limited": "429",
    "failed": "5xx or cut",
    "open": "no answer",
}
"""The kinds of answer that are told apart, in the order in which they are stacked."""


def kind_of(arrival: Arrival) -> str:
    """Which of `ANSWERS` a call got."""
    return _kind(arrival.status, struck=bool(arrival.fault))


def _kind(status: int, *, struck: bool) -> str:
    """A call without an answer was cut by the fault that struck it, or may still get one."""
    if not status:
        return "failed" if struck else "open"
    if status in (207, 429):
        return "mixed" if status == 207 else "limited"
    if 200 <= status < 400:
        return "ok"
    return "refused" if 400 <= status < 500 else "failed"


@dataclass(frozen=True, slots=True)
class Traffic:
    """One limit's calls over the seconds that are shown.

    Attributes:
        bucket: The limit: burst, search, associations, events or token.
        first_second: The first second shown, since 1970; `SHOWN_SECONDS` follow.
        answers: How many calls of each second got which kind of answer.
        window_seconds: How long the limit's rolling window is.
        limit: How many calls a window may hold; 0 if there is no limit.
        app: The app whose windows these are, as each has its own; empty where all share one.
        held: The most that the window held at any instant of each second.
    """

    bucket: str
    first_second: int
    answers: Sequence[Counter[str]]
    window_seconds: int
    limit: int
    app: str
    held: Sequence[int]

    @property
    def calls(self) -> int:
        """How many calls there were."""
        return sum(counts.total() for counts in self.answers)

    @property
    def peak(self) -> int:
        """The most that any window held."""
        return max(self.held)


class Recent:
    """The calls of the last minutes: until now, or until the last call if that is long ago.

    Attributes:
        idle_seconds: How long ago the last call arrived; 0 if there was none.
        first_second: The first second shown, since 1970.
        calls: How many calls there were.
    """

    def __init__(
        self, arrivals: Sequence[Arrival], now: int, *, refused_calls_count: bool = True
    ) -> None:
        shown = SHOWN_SECONDS * NANOSECONDS
        last = arrivals[-1].at if arrivals else now
        self.idle_seconds = (now - last) // NANOSECONDS
        end = now if now - last < shown else last
        self.first_second = end // NANOSECONDS + 1 - SHOWN_SECONDS
        start = self.first_second * NANOSECONDS
        first = bisect_left(arrivals, start, key=_instant)
        self.calls = len(arrivals) - first
        self._answers = Counter(
            (one.at // NANOSECONDS, one.bucket, one.status, bool(one.fault))
            for one in arrivals[first:]
        )
        longest = max(one.seconds for one in BUCKETS.values()) * NANOSECONDS
        earlier = bisect_left(arrivals, start - longest, key=_instant)
        self._instants: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for one in arrivals[earlier:]:
            if refused_calls_count or not one.over_limit:
                self._instants[one.bucket, one.app].append(one.at)

    def statuses(self) -> list[tuple[tuple[int, str], int]]:
        """Every status with its kind and how often it was answered, the most frequent first."""
        found: Counter[tuple[int, str]] = Counter()
        for (_, _, status, struck), count in self._answers.items():
            found[status, _kind(status, struck=struck)] += count
        return found.most_common()

    def of(self, bucket: str, limits: Limits, oauth_apps: Sequence[str]) -> Traffic:
        """The calls of one limit, with the windows of the app that came nearest to it."""
        answers: list[Counter[str]] = [Counter() for _ in range(SHOWN_SECONDS)]
        for (second, counted_in, status, struck), count in self._answers.items():
            if counted_in == bucket:
                kind = _kind(status, struck=struck)
                answers[second - self.first_second][kind] += count
        seconds = BUCKETS[bucket].seconds
        found = [
            (self._held(times, seconds), app, limit_of(bucket, limits, oauth=app in oauth_apps))
            for app, times in self._windows(bucket).items()
        ]
        held, app, limit = max(
            found,
            key=lambda one: max(one[0]) / (one[2] or 1_000_000),
            default=([0] * SHOWN_SECONDS, "", limit_of(bucket, limits, oauth=False)),
        )
        return Traffic(bucket, self.first_second, answers, seconds, limit, app, held)

    def _windows(self, bucket: str) -> dict[str, list[int]]:
        """When the calls of a limit arrived, by app; of all apps together where they share it.

        A call with a refused token has no app, and took no place in any window.
        """
        by_app = {app: times for (name, app), times in self._instants.items() if name == bucket}
        if BUCKETS[bucket].shared:
            return {"": sorted(chain.from_iterable(by_app.values()))} if by_app else {}
        return {app: times for app, times in by_app.items() if app}

    def _held(self, times: list[int], window_seconds: int) -> list[int]:
        """The most that a rolling window held in each second, exactly.

        It grows only as a call arrives, so its peaks are there, or at the second's beginning.
        """
        length = window_seconds * NANOSECONDS
        held = []
        oldest, at = 0, bisect_left(times, self.first_second * NANOSECONDS)
        for second in range(self.first_second, self.first_second + SHOWN_SECONDS):
            begins = second * NANOSECONDS
            oldest = bisect_left(times, begins - length + 1, oldest)
            most = at - oldest
            for number in range(at, bisect_left(times, begins + NANOSECONDS, at)):
                gone = times[number] - length
                while times[oldest] <= gone:
                    oldest += 1
                at = number + 1
                most = max(most, at - oldest)
            held.append(most)
        return held


def _instant(arrival: Arrival) -> int:
    return arrival.at
