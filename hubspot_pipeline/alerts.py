"""Alerts: what a destination's webhook is told of a run that failed, or delivered too little.

An alert holds counts, names and a reason. No value of a row is in it, unless the reason quotes
words of HubSpot's that have one, and never a private one. The webhook's URL lets anybody call it,
so it is a secret: no message or log shows it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import httpx
import stamina

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hubspot_pipeline.destination import Alerts, Destination

Warn = Callable[[str], None]
"""Told why a webhook did not take an alert."""

ATTEMPTS = 4
TIMEOUT_SECONDS = 10.0
TOTAL_SECONDS = 45.0
"""A run that is over waits so long at the most for a webhook that does not answer."""

LONGEST_REASON = 1_000


@dataclass(frozen=True, slots=True)
class Alert:
    """What there is to tell.

    Attributes:
        what: ``failed``: the partition is to be run again. ``degraded``: it is done, but more rows
            than allowed were rejected or failed.
        destination: The destination.
        mapping: The mapping; None where the run failed before it came to one.
        partition: The partition; None where it is not known.
        reason: Why, in words.
        run_id: Dagster's id of the run.
        counts: Rows read, filtered, and by verdict, as far as they are known.
    """

    what: Literal["failed", "degraded"]
    destination: str
    mapping: str | None
    partition: str | None
    reason: str
    run_id: str
    counts: Mapping[str, int] = field(default_factory=dict)

    def body(self, dagster_url: str | None) -> dict[str, Any]:
        """Return the alert as the webhook gets it; ``text`` says all of it in a sentence."""
        name = f"{self.destination}/{self.mapping}" if self.mapping else self.destination
        reason = self.reason
        if len(reason) > LONGEST_REASON:
            reason = f"{reason[: LONGEST_REASON - 1]}…"
        return {
            "text": f"{name} {self.partition or ''} {self.what}: {reason}".replace("  ", " "),
            "what": self.what,
            "destination": self.destination,
            "mapping": self.mapping,
            "partition": self.partition,
            "reason": reason,
            "counts": dict(self.counts),
            "run_id": self.run_id,
            "run_url": f"{dagster_url.rstrip('/')}/runs/{self.run_id}" if dagster_url else None,
        }


def tell_if_degraded(
    destination: Destination,
    mapping: str,
    partition: str,
    run_id: str,
    verdicts: Mapping[str, int],
    warn: Warn,
) -> None:
    """Tell the webhook of a partition that is done, with more bad rows than its destination allows.

    Args:
        destination: The destination; without a webhook nothing is told.
        mapping: Its mapping.
        partition: The partition.
        run_id: Dagster's id of the run.
        verdicts: Rows by verdict.
        warn: See ``tell``.
    """
    alerts = destination.alerts
    reason = alerts and _why_degraded(alerts, verdicts)
    if alerts and reason:
        name = destination.name
        tell(alerts, Alert("degraded", name, mapping, partition, reason, run_id, verdicts), warn)


def _why_degraded(alerts: Alerts, verdicts: Mapping[str, int]) -> str | None:
    rows = sum(verdicts.values())
    too_many = [
        f"{verdicts[verdict]:,} of {rows:,} rows are {verdict}, more than {percent:g}%"
        for verdict, percent in (
            ("rejected", alerts.most_rejected_percent),
            ("failed", alerts.most_failed_percent),
        )
        if verdicts.get(verdict, 0) * 100 > percent * rows
    ]
    return f"{'; '.join(too_many)}." if too_many else None


def tell(alerts: Alerts, alert: Alert, warn: Warn) -> None:
    """Call the webhook, a few times if need be.

    Args:
        alerts: Where it is.
        alert: What to tell it.
        warn: Told why the webhook did not take it. This is never an error: the run is what it is.
    """
    url = os.environ.get(alerts.webhook)
    if not url:
        warn(f"No alert was sent: the environment variable {alerts.webhook} is not set.")
        return
    try:
        with _unlogged(), httpx.Client(timeout=TIMEOUT_SECONDS) as client:
            for attempt in stamina.retry_context(
                on=_TryAgain, attempts=ATTEMPTS, timeout=TOTAL_SECONDS, wait_initial=0.5
            ):
                with attempt:
                    _post(client, url, alert.body(alerts.dagster_url))
    except _NotTaken as error:
        warn(f"No alert was sent: the webhook of {alerts.webhook} {error}.")
    except Exception as error:  # noqa: BLE001  # whatever it is, it must not fail a run that is over
        what = f"the webhook of {alerts.webhook} cannot be called ({type(error).__name__})"
        warn(f"No alert was sent: {what}.")


class _NotTaken(Exception):  # noqa: N818  # completes a sentence of which the webhook is the subject
    """The webhook did not take an alert; says why, without the URL."""


class _TryAgain(_NotTaken):
    """It may, at another try."""


def _post(client: httpx.Client, url: str, body: dict[str, Any]) -> None:
    try:
        answer = client.post(url, json=body)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise _NotTaken("is not the URL of a web page") from None
    except httpx.HTTPError as error:  # its message may quote the URL
        raise _TryAgain(f"does not answer ({type(error).__name__})") from None
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        raise _TryAgain(f"answers HTTP {answer.status_code}")
    if not answer.is_success:
        raise _NotTaken(f"answers HTTP {answer.status_code}")


@contextlib.contextmanager
def _unlogged() -> Iterator[None]:
    """Keep this thread's calls out of the logs of the HTTP library: they name URLs."""
    here = threading.get_ident()

    def is_elsewhere(record: logging.LogRecord) -> bool:
        return record.thread != here

    loggers = [logging.getLogger(name) for name in _HTTP_LOGGERS]
    for logger in loggers:
        logger.addFilter(is_elsewhere)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(is_elsewhere)


_HTTP_LOGGERS = (
    "httpx",
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
)
"""Each by its name, as a logger's filter does not see what the loggers below it take."""
