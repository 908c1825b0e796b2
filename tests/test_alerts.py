"""The webhook gets each alert once, through its troubles, and its URL stays a secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import stamina

from hubspot_pipeline.alerts import ATTEMPTS, Alert, tell, tell_if_degraded
from hubspot_pipeline.destination import Alerts, Destination, DestinationError, destination_from
from tests.webhook import PATH, Webhook, webhook

FAILED = Alert("failed", "shop", "contacts", "2026-01-02", "No calls are left.", "run-1", {"a": 1})


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with webhook() as hook, stamina.set_testing(True, attempts=100, cap=True):
        monkeypatch.setenv("SHOP_WEBHOOK", hook.url)
        yield hook


def told(alert: Alert = FAILED, **options: Any) -> list[str]:
    """Tell an alert, and return the warnings."""
    warnings: list[str] = []
    tell(Alerts(webhook="SHOP_WEBHOOK", **options), alert, warnings.append)
    return warnings


def shop(**alerts: Any) -> Destination:
    attributes = {
        "portal": "1",
        "alerts": {"webhook": "SHOP_WEBHOOK", **alerts},
        "mappings": {"contacts": {"action": "upsertContact"}},
    }
    return destination_from(attributes, name="shop", where="a test")


def test_an_alert_says_what_where_and_why(hook: Webhook) -> None:
    assert told(dagster_url="https://dagster.example.com/") == []
    assert hook.got == [
        {
            "text": "shop/contacts 2026-01-02 failed: No calls are left.",
            "what": "failed",
            "destination": "shop",
            "mapping": "contacts",
            "partition": "2026-01-02",
            "reason": "No calls are left.",
            "counts": {"a": 1},
            "run_id": "run-1",
            "run_url": "https://dagster.example.com/runs/run-1",
        }
    ]


def test_a_run_that_came_to_no_mapping_is_told_of_without_one(hook: Webhook) -> None:
    assert told(Alert("failed", "shop", None, None, "Its worker is gone.", "run-1")) == []
    assert hook.got[0]["text"] == "shop failed: Its worker is gone."
    assert hook.got[0]["run_url"] is None


def test_a_long_reason_is_cut(hook: Webhook) -> None:
    told(Alert("failed", "shop", None, None, "x" * 5_000, "run-1"))
    assert len(hook.got[0]["reason"]) == 1_000


@pytest.mark.parametrize("trouble", [429, 500, 503])
def test_a_webhook_in_trouble_is_called_again(hook: Webhook, trouble: int) -> None:
    hook.answers = [trouble, trouble]
    assert told() == []
    assert len(hook.got) == 3


def test_a_webhook_that_stays_in_trouble_is_warned_of_after_a_few_calls(hook: Webhook) -> None:
    hook.answers = [500] * 50
    assert told() == ["No alert was sent: the webhook of SHOP_WEBHOOK answers HTTP 500."]
    assert len(hook.got) == ATTEMPTS


@pytest.mark.parametrize("refusal", [302, 400, 404])
def test_a_webhook_that_refuses_is_not_asked_again(hook: Webhook, refusal: int) -> None:
    hook.answers = [refusal]
    assert told() == [f"No alert was sent: the webhook of SHOP_WEBHOOK answers HTTP {refusal}."]
    assert len(hook.got) == 1


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:1" + PATH, "does not answer (ConnectError)"),
        ("127.0.0.1" + PATH, "is not the URL of a web page"),
        ("http://[" + PATH, "does not answer (ConnectError)"),
        ("\n" + PATH, "is not the URL of a web page"),
        ("ftp://127.0.0.1" + PATH, "is not the URL of a web page"),
        ("http://" + "a" * 64 + PATH, "cannot be called (UnicodeError)"),
        ("", "is not set"),
    ],
)
def test_a_url_that_leads_nowhere_is_warned_of_and_never_shown(
    url: str, why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SHOP_WEBHOOK", url)
    with stamina.set_testing(True, attempts=2, cap=True):
        [warning] = told()
    assert why in warning
    assert "SHOP_WEBHOOK" in warning
    assert PATH not in warning + caplog.text


def test_what_keeps_the_call_from_being_made_is_warned_of(
    hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "nonsense://proxy.example.com")
    assert told() == [
        "No alert was sent: the webhook of SHOP_WEBHOOK cannot be called (ValueError)."
    ]
    assert hook.got == []


def test_no_log_shows_the_url(hook: Webhook, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hook.answers = [500, 200, 404]
    told()
    told()
    assert len(hook.got) == 3
    assert PATH not in caplog.text


@pytest.mark.parametrize(
    ("verdicts", "reason"),
    [
        ({"delivered": 95, "rejected": 5}, None),
        ({"delivered": 94, "rejected": 6}, "6 of 100 rows are rejected, more than 5%."),
        ({"delivered": 94, "failed": 6}, "6 of 100 rows are failed, more than 5%."),
        (
            {"rejected": 200, "failed": 200},
            "200 of 400 rows are rejected, more than 5%; 200 of 400 rows are failed, more than 5%.",
        ),
        ({}, None),
    ],
)
def test_a_run_is_degraded_when_more_rows_than_allowed_are_bad(
    hook: Webhook, verdicts: dict[str, int], reason: str | None
) -> None:
    warnings: list[str] = []
    tell_if_degraded(shop(), "contacts", "2026-01-02", "run-1", verdicts, warnings.append)
    assert [alert["reason"] for alert in hook.got] == ([reason] if reason else [])
    assert all(alert["what"] == "degraded" for alert in hook.got)
    assert warnings == []


def test_a_destination_says_what_it_allows(hook: Webhook) -> None:
    bad = {"delivered": 90, "failed": 10}
    lenient = shop(most_failed_percent=10)
    tell_if_degraded(lenient, "contacts", "2026-01-02", "run-1", bad, pytest.fail)
    assert hook.got == []
    with pytest.raises(DestinationError, match="most_failed_percent"):
        shop(most_failed_percent=101)


def test_a_url_in_place_of_its_variables_name_is_refused_and_not_shown() -> None:
    with pytest.raises(DestinationError, match=r"alerts\.webhook: ") as caught:
        shop(webhook="https://hooks.example.com/s3cret")
    assert "s3cret" not in str(caught.value)
