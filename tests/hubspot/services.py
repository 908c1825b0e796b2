"""Servers that tests use if they are there: Redis and Postgres, named by the environment."""

import os
import socket
from typing import NoReturn
from urllib.parse import urlsplit

import pytest


def reachable_url(service: str) -> str:
    """The test server's URL; skips where there is none, and fails where there must be one."""
    variable = f"HUBSPOT_PIPELINE_TEST_{service.upper()}"
    url = os.environ.get(variable)
    if not url:
        _do_without(f"{variable} is not set")
    address = urlsplit(url)
    default_port = {"redis": 6379, "postgres": 5432}[service]
    try:
        socket.create_connection(
            (address.hostname or "localhost", address.port or default_port), 2
        ).close()
    except OSError as error:
        _do_without(f"{variable} cannot be reached: {error}")
    return url


def _do_without(reason: str) -> NoReturn:
    if os.environ.get("CI_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{reason}, and CI_REQUIRE_SERVICES=1 says it must")
    pytest.skip(reason)
