"""No secret is in any byte that a run leaves behind, whatever goes wrong with it."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import stamina
import yaml
from typer.testing import CliRunner

from hubspot_pipeline import sending
from hubspot_pipeline.cli import app
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PrivateApp as SimulatedApp
from hubspot_pipeline.simulator.settings import SimulatorSettings
from tests.leftovers import found, texts_in
from tests.webhook import webhook

if TYPE_CHECKING:
    from tests.cli.conftest import Project

pytestmark = pytest.mark.slow

DAY = "2026-01-02"
TOKEN = "pat-na1-s3cret-access-token"
SECRETS = {
    "HUBSPOT_ACCESS_TOKEN": TOKEN,
    "CLIENT_SECRET": "s3cret-client",
    "REFRESH_TOKEN": "s3cret-refresh",
}
WORDS = ("s3cret", "pat-na1")
OAUTH = {
    "client_id": "CLIENT_ID",
    "client_secret": "CLIENT_SECRET",
    "refresh_token": "REFRESH_TOKEN",
}


@pytest.fixture
def shop(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project with one day's export, its secrets in the environment, and a secret webhook."""
    for name, value in (SECRETS | {"CLIENT_ID": "client-id"}).items():
        monkeypatch.setenv(name, value)
    lines = [
        {"type": "identify", "timestamp": f"{DAY}T10:00:00Z", "traits": {"email": f"a{at}@x.com"}}
        for at in range(3)
    ]
    project.write(f"data/events/{DAY}/e.jsonl", "".join(json.dumps(each) + "\n" for each in lines))
    with webhook() as hook, stamina.set_testing(True, attempts=3, cap=True):
        monkeypatch.setenv("WEBHOOK", hook.url)
        yield project


def deliver(
    shop: Project, caplog: pytest.LogCaptureFixture, *verbs: str, **attributes: Any
) -> dict[str, str]:
    """Deliver the day as the command line does, and return all that is left of it."""
    sys.modules.pop("hubspot_pipeline.definitions", None)
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    options = {
        "portal": "12345678",
        "mappings": {"contacts": {"action": "upsertContact"}},
        "alerts": {"webhook": "WEBHOOK"},
        **attributes,
    }
    component = "hubspot_pipeline.orchestration.component.HubSpotDestination"
    shop.add_destination("shop", yaml.safe_dump({"type": component, "attributes": options}))
    target = ("--destination", "shop", "--partition", DAY)
    said = []
    for verb in (*verbs, "run"):
        result = CliRunner().invoke(app, [verb, *target])
        said += [result.output, *traceback.format_exception(result.exception)]
    log = [f"{each.getMessage()} {vars(each)!r}" for each in caplog.records]
    return texts_in(shop.folder, besides=("defs/",)) | {
        "what the screen shows": "\n".join(said),
        "the log": "\n".join(log),
    }


@contextlib.contextmanager
def account(*faults: Fault, token: str = TOKEN) -> Iterator[SimulatorServer]:
    apps = (SimulatedApp(token=token),)
    with SimulatorServer(SimulatorSettings(private_apps=apps)) as server:
        server.faults.add(*faults)
        yield server


@contextlib.contextmanager
def echo(status: int) -> Iterator[str]:
    """Serve what answers every call with all that it holds, headers and body, as an error does."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            told = f"{self.path} {self.headers} {body}"
            answer = json.dumps({"message": told, "category": told, "correlationId": told}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815  # as the server wants it

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def revoked() -> Iterator[SimulatorServer]:
    with account(Fault("revoke", route="objects.*")) as server:
        yield server


@contextlib.contextmanager
def of_another() -> Iterator[SimulatorServer]:
    with account(token="pat-of-another-app") as server:
        yield server


@pytest.mark.parametrize("portal", [account, revoked, of_another], ids=lambda each: each.__name__)
def test_runs_leave_no_secret_behind(
    shop: Project,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    portal: Callable[[], contextlib.AbstractContextManager[SimulatorServer]],
) -> None:
    with portal() as server:
        monkeypatch.setenv("HUBSPOT_BASE_URL", server.url)
        left = deliver(shop, caplog, *(["plan"] if portal is account else []))
    assert any(name.startswith("dagster_home/history") for name in left)
    assert found(left, WORDS) == []


def test_not_even_answers_that_repeat_the_call_let_a_secret_out(
    shop: Project, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for status, options in ((401, {}), (400, {"authentication": OAUTH})):
        with echo(status) as url:
            monkeypatch.setenv("HUBSPOT_BASE_URL", url)
            left = deliver(shop, caplog, **options)
        assert found(left, ["Authorization", "grant_type"])
        assert found(left, WORDS) == []


def test_a_defect_of_ours_lets_no_secret_out_with_its_traceback(
    shop: Project, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(sending, "check", broken)
    with account() as server:
        monkeypatch.setenv("HUBSPOT_BASE_URL", server.url)
        left = deliver(shop, caplog)
    assert found(left, ["a defect"])
    assert found(left, WORDS) == []


def test_a_journal_that_is_not_there_does_not_show_its_password(
    shop: Project, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with account() as server:
        monkeypatch.setenv("HUBSPOT_BASE_URL", server.url)
        left = deliver(shop, caplog, journal="postgresql+psycopg://me:s3cret@127.0.0.1:9/x")
    assert found(left, ["The delivery journal cannot be used"])
    assert found(left, WORDS) == []
