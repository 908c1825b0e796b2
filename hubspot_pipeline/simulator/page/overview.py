"""The overview: what the account holds, how fast it is called, and what went wrong."""

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.limits import BUCKETS
from hubspot_pipeline.simulator.page.charts import Chart, chart
from hubspot_pipeline.simulator.page.traffic import (
    SHOWN_SECONDS,
    Recent,
    Traffic,
)
from hubspot_pipeline.simulator.page.views import PREFIX, View, kinds_in_use

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.app import Simulator

LATEST_CALLS = 14
_NAMES = {
    "burst": "Burst",
    "search": "Search",
    "associations": "Associations",
    "events": "Events",
    "token": "Tokens",
}
_LARGE, _SMALL = (760, (150, 84)), (390, (64, 44))


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that leads somewhere."""

    label: str
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class Meter:
    """How near the calls came to a limit.

    Attributes:
        name: The limit's, as people call it.
        span: Over which time it counts.
        used: The most that a window held, or this day's calls.
        limit: 0 if there is none.
        note: Whose it is, or when it resets.
    """

    name: str
    span: str
    used: int
    limit: int
    note: str

    @property
    def share(self) -> int:
        """The used part, in percent; at most 100."""
        return min(100, round(100 * self.used / self.limit)) if self.limit else 0

    @property
    def over(self) -> bool:
        """Whether more came than the limit takes."""
        return bool(self.limit) and self.used > self.limit


def overview(simulator: "Simulator", _request: Request) -> View:
    """The whole page."""
    return View("overview.html", "Overview", _figures(simulator))


def live(simulator: "Simulator", _request: Request) -> View:
    """The part of the page that its script draws anew."""
    return View("_live.html", "Overview", _figures(simulator))


def _figures(simulator: "Simulator") -> dict[str, Any]:
    now = simulator.clock.now()
    counts = simulator.settings.behaviour.rejected_calls_count
    recent = Recent(simulator.log.arrivals, now, refused_calls_count=counts)
    oauth_apps = [str(app.app_id) for app in simulator.settings.oauth_apps]
    limits = simulator.limits.limits
    traffic = {bucket: recent.of(bucket, limits, oauth_apps) for bucket in BUCKETS}
    return {
        "tiles": _tiles(simulator),
        "burst": chart(traffic["burst"], *_LARGE),
        "others": _other_charts(traffic),
        "meters": [*map(_meter, traffic.values()), _daily(simulator, now)],
        "minutes": SHOWN_SECONDS // 60,
        "idle_seconds": recent.idle_seconds,
        "recent_calls": recent.calls,
        "statuses": [
            (status, kind, count, round(100 * count / recent.calls))
            for (status, kind), count in recent.statuses()
        ],
        "latest": list(islice(reversed(simulator.log.arrivals), LATEST_CALLS)),
        "faults": simulator.faults.listed,
    }


def _tiles(simulator: "Simulator") -> list[Tile]:
    account = simulator.account
    tiles = [
        Tile(kind.labels[1], count, f"{PREFIX}/objects/{kind.name}")
        for kind, count in kinds_in_use(simulator)
    ]
    return [
        *tiles,
        Tile("Associations", len(account.associations), f"{PREFIX}/objects"),
        Tile("Lists", len(account.lists.live()), f"{PREFIX}/lists"),
        Tile("Events", account.events.counts.total(), f"{PREFIX}/events"),
        Tile("Calls", simulator.log.total, f"{PREFIX}/calls"),
    ]


def _other_charts(traffic: dict[str, Traffic]) -> list[tuple[str, Chart]]:
    """The charts of the other limits that have calls to show."""
    return [
        (_NAMES[bucket], chart(one, *_SMALL))
        for bucket, one in traffic.items()
        if bucket != "burst" and one.calls
    ]


def _meter(traffic: Traffic) -> Meter:
    note = f"app {traffic.app}" if traffic.app else ""
    span = f"peak in any {traffic.window_seconds} s"
    return Meter(_NAMES[traffic.bucket], span, traffic.peak, traffic.limit, note)


def _daily(simulator: "Simulator", now: int) -> Meter:
    limit, used, resets_at = simulator.limits.daily_usage(now)
    return Meter("Daily", "private apps, today", used, limit, f"resets {iso(resets_at)[11:16]} UTC")
