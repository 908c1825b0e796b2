"""What arrived at the simulator, call by call, and the questions that tests ask of it."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass

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


class ArrivalLog:
    """Every call that reached the simulator, in the order of arrival."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self._number = 0

    def __len__(self) -> int:
        return len(self.arrivals)

    def __iter__(self) -> Iterator[Arrival]:
        return iter(tuple(self.arrivals))

    def add(self, at: int, method: str, path: str) -> Arrival:
        """Record that a call arrived."""
        self._number += 1
        arrival = Arrival(self._number, at, method, path)
        self.arrivals.append(arrival)
        return arrival

    def clear(self) -> None:
        """Forget all calls."""
        self.arrivals.clear()

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
        length = round(seconds * NANOSECONDS)
        window: deque[int] = deque()
        peak = 0
        for arrival in self:
            if (bucket is not None and arrival.bucket != bucket) or (
                app is not None and arrival.app != app
            ):
                continue
            if arrival.over_limit and not over_limit:
                continue
            window.append(arrival.at)
            while window[0] <= arrival.at - length:
                window.popleft()
            peak = max(peak, len(window))
        return peak

    def calls_by_route(self) -> Counter[str]:
        """How many calls each route got."""
        return Counter(arrival.route for arrival in self)

    def calls_by_app(self) -> Counter[str]:
        """How many calls each app made."""
        return Counter(arrival.app for arrival in self)

    def calls_by_status(self) -> Counter[int]:
        """How many calls were answered with each status (0: cut off)."""
        return Counter(arrival.status for arrival in self)

    def arrivals_of(self, trace_id: str) -> list[Arrival]:
        """The calls that carried an input with this trace id."""
        return [arrival for arrival in self if trace_id in arrival.trace_ids]

    def repeated_trace_ids(self) -> dict[str, list[Arrival]]:
        """Trace ids that came in more than one call, with those calls."""
        seen: defaultdict[str, list[Arrival]] = defaultdict(list)
        for arrival in self:
            for trace_id in arrival.trace_ids:
                seen[trace_id].append(arrival)
        return {trace_id: calls for trace_id, calls in seen.items() if len(calls) > 1}

    def repeated_inputs(self) -> dict[tuple[str, str], list[Arrival]]:
        """Inputs (route and key) that came in more than one call, with those calls."""
        seen: defaultdict[tuple[str, str], list[Arrival]] = defaultdict(list)
        for arrival in self:
            for key in arrival.keys:
                seen[arrival.route, key].append(arrival)
        return {key: calls for key, calls in seen.items() if len(calls) > 1}
