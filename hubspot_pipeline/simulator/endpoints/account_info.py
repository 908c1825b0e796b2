"""Who the account is and how much of its daily quota is used (hubspot-api §7.6)."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.answers import Answer
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.clock import NANOSECONDS, iso
from hubspot_pipeline.simulator.limits import RateLimits


def details(account: Account, call: Call) -> Answer:
    """The account's Hub ID, kind, time zone, currency and place."""
    settings = account.settings
    here = datetime.fromtimestamp(call.now // NANOSECONDS, UTC)
    offset = here.astimezone(ZoneInfo(settings.time_zone)).utcoffset()
    seconds = int(offset.total_seconds()) if offset else 0
    sign = "-" if seconds < 0 else "+"
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return Answer(
        200,
        {
            "portalId": settings.portal_id,
            "accountType": settings.account_type,
            "timeZone": settings.time_zone,
            "companyCurrency": settings.currency,
            "additionalCurrencies": [],
            "utcOffset": f"{sign}{hours:02d}:{minutes:02d}",
            "utcOffsetMilliseconds": seconds * 1_000,
            "uiDomain": account.ui_domain,
            "dataHostingLocation": settings.hublet,
        },
    )


def me(account: Account, _call: Call) -> Answer:
    """The undocumented ``/integrations/v1/me``, which some integrators ask for the Hub ID."""
    return Answer(200, {"portalId": account.settings.portal_id})


def daily_usage(limits: RateLimits, name: str) -> Callable[[Account, Call], Answer]:
    """The handler of the daily quota's use, under a name; all private apps share it (§8.1)."""

    def handle(_account: Account, call: Call) -> Answer:
        limit, used, resets_at = limits.daily_usage(call.now)
        result = {
            "name": name,
            "usageLimit": limit,
            "currentUsage": used,
            "collectedAt": iso(call.now),
            "fetchStatus": "SUCCESS",
            "resetsAt": iso(resets_at),
        }
        return Answer(200, {"results": [result]})

    return handle
