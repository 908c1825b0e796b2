"""What arrived at the simulator, call by call, and the questions that tests ask of it."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import unquote

from hubspot_pipeline.simulator.clock import NANOSECONDS


@dataclass(slots=True)
class Arrival:
    """One call, as it arrived and as it was answered.

    Attributes:
        number: Its place in the order of arrival, from 1.
        at: When it arrived, in nanoseconds since 1970 by the simulator's clock.
        method: GET, POST, …
        path: As sent, percent-encoding and all, without the query.
        route: The name in the table of routes; empty where no route fits.
        version: ``v1``, ``v3``, ``2026-03``, …
        app: The app whose token came with it; empty if the token was refused.
        bucket: The limit it counts in: burst, search, associations, events or token.
        status: The answer's status; 0 if the connection was cut instead.
        over_limit: Whether it was refused with 429 because a limit was reached.
        fault: The fault that struck it, in words; empty if none did.
        trace_ids: Its inputs' objectWriteTraceIds, in order; empty where there are none.
        keys: Its inputs' ids (or e-mails, for a batch create), in order.
    """

    number: int
    at: int
    method: str
    path: str
    route: str = ""
    version: str = ""
    app: str = ""
    bucket: str = ""
    status: int = 0
    over_limit: bool = False
    fault: str = ""
    trace_ids: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether the caller got an answer with a success in it."""
        return 200 <= self.status < 300

    def is_about(self, key: str) -> bool:
        """Whether an input has this id or e-mail address, or the path names it."""
        return key in self.keys or key in unquote(self.path).split("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which calls a question is about; what is None does not choose.

    Attributes:
        route: A pattern over the names of routes: ``objects.batch.*``.
        status: The answer's status.
        app: The app's id.
        bucket: The limit that they count in.
        since: When the first may have arrived, in nanoseconds since 1970.
        until: Before when the last must have arrived.
        key: An input's id or e-mail address, or the id in the path.
        trace_id: An input's objectWriteTraceId.
        faulty: Whether a fault struck.
    """

    route: str | None = None
    status: int | None = None
    app: str | None = None
    bucket: str | None = None
    since: int | None = None
    until: int | None = None
    key: str | None = None
    trace_id: str | None = None
    faulty: bool | None = None

    def fits(self, arrival: Arrival) -> bool:
        """Whether a call is one of them."""
        same = all(
            wanted is None or wanted == found
            for wanted, found in (
                (self.status, arrival.status),
                (self.app, arrival.app),
                (self.bucket, arrival.bucket),
                (self.faulty, bool(arrival.fault)),
            )
        )
        return (
            same
            and (self.route is None or fnmatchcase(arrival.route, self.route))
            and (self.since is None or arrival.at >= self.since)
            and (self.until is None or arrival.at < self.until)
            and (self.key is None or arrival.is_about(self.key))
            and (self.trace_id is None or self.trace_id in arrival.trace_ids)
        )


class ArrivalLog:
    """Every call that reached the simulator, in the order of arrival.

    `keep` bounds it for long runs: that many of the latest calls are sure to be there, at most
    twice as many are, and all answers are about those that are. It counts on from `after`.
    """

    def __init__(self, keep: int | None = None, *, after: int = 0) -> None:
        self.arrivals: list[Arrival] = []
        self._keep = keep
        self._number = after

    def __len__(self) -> int:
        return len(self.arrivals)

    def __iter__(self) -> Iterator[Arrival]:
        return iter(tuple(self.arrivals))

    @property
    def total(self) -> int:
        """How many calls ever arrived, forgotten ones included."""
        return self._number

    def add(self, at: int, method: str, path: str) -> Arrival:
        """Record that a call arrived."""
        self._number += 1
        arrival = Arrival(self._number, at, method, path)
        self.arrivals.append(arrival)
        if self._keep is not None and len(self.arrivals) > 2 * self._keep:
            self.arrivals = self.arrivals[-self._keep :]
        return arrival

    def clear(self) -> None:
        """Forget all calls."""
        self.arrivals.clear()

    def select(self, wanted: Wanted) -> list[Arrival]:
        """The calls that fit, in the order of arrival."""
        return [arrival for arrival in self if wanted.fits(arrival)]

    def peaks(self, seconds: float) -> dict[tuple[str, str], int]:
        """The most calls in any rolling window of this length, by bucket and app, exactly."""
        instants: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for arrival in self:
            instants[arrival.bucket, arrival.app].append(arrival.at)
        return {key: _most_within(seconds, found) for key, found in instants.items()}

    def per_second(self, bucket: str | None, seconds: int, *, until: int) -> list[int]:
        """How many calls arrived in each of the whole seconds up to that of `until`, oldest first.

        `bucket=None` counts all buckets; `until` is in nanoseconds since 1970.
        """
        counts = [0] * seconds
        last = until // NANOSECONDS
        for arrival in reversed(self.arrivals):
            ago = last - arrival.at // NANOSECONDS
            if ago >= seconds:
                break
            if ago >= 0 and (bucket is None or arrival.bucket == bucket):
                counts[seconds - 1 - ago] += 1
        return counts

    def error_share(self) -> float:
        """The share of calls that were answered with an error, or with nothing.

        HubSpot asks of certified apps that it stay below 0.05 (hubspot-api §8.1).
        """
        failed = sum(not arrival.answered for arrival in self)
        return failed / len(self.arrivals) if self.arrivals else 0.0

    def peak_in_window(
        self,
        seconds: float,
        *,
        bucket: str | None = "burst",
        app: str | None = None,
        over_limit: bool = True,
    ) -> int:
        """The most calls in any rolling window of this length, exactly.

        A window holds arrivals less than `seconds` apart. `bucket=None` counts all buckets,
        `app=None` all apps; `over_limit=False` leaves out calls refused for the limit.
        """
        return _most_within(
            seconds,
            (
                arrival.at
                for arrival in self
                if (bucket is None or arrival.bucket == bucket)
                and (app is None or arrival.app == app)
                and (over_limit or not arrival.over_limit)
            ),
        )

    def calls_by_route(self) -> Counter[str]:
        """How many calls each route got."""
        return Counter(arrival.route for arrival in self)

    def calls_by_app(self) -> Counter[str]:
        """How many calls each app made."""
        return Counter(arrival.app for arrival in self)

    def calls_by_status(self) -> Counter[int]:
        """How many calls were answered with each status (0: cut off)."""
        return Counter(arrival.status for arrival in self)

    def repeated_trace_ids(self) -> dict[str, list[Arrival]]:
        """Trace ids that came in more than one call, with those calls."""
        seen: defaultdict[str, list[Arrival]] = defaultdict(list)
        for arrival in self:
            for trace_id in dict.fromkeys(arrival.trace_ids):
                seen[trace_id].append(arrival)
        return {trace_id: calls for trace_id, calls in seen.items() if len(calls) > 1}

    def repeated_inputs(self) -> dict[tuple[str, str], list[Arrival]]:
        """Inputs (route and key) that came in more than one call, with those calls."""
        seen: defaultdict[tuple[str, str], list[Arrival]] = defaultdict(list)
        for arrival in self:
            for key in filter(None, dict.fromkeys(arrival.keys)):
                seen[arrival.route, key].append(arrival)
        return {key: calls for key, calls in seen.items() if len(calls) > 1}


def _most_within(seconds: float, instants: Iterable[int]) -> int:
    """The most of these instants (nanoseconds, ascending) that lie less than `seconds` apart."""
    length = round(seconds * NANOSECONDS)
    window: deque[int] = deque()
    most = 0
    for at in instants:
        window.append(at)
        while window[0] <= at - length:
            window.popleft()
        most = max(most, len(window))
    return most
