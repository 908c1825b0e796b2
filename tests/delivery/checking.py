"""A short way of saying which writes are checked, and against which account."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import httpx
import orjson
import pyarrow as pa

from hubspot_pipeline.delivery.check import Checked, check
from hubspot_pipeline.hubspot.authentication import PrivateApp
from hubspot_pipeline.hubspot.client import ConnectionSettings, HubSpotClient, connect
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN
from hubspot_pipeline.writes import ASSOCIATIONS, LISTS, EventWrites, RecordWrites, Writes
from tests.hubspot.helpers import NotingLimiter

T = TypeVar("T")
Row = Mapping[str, str | None]


def texts(values: Sequence[str | None]) -> pa.ChunkedArray:
    """A text column."""
    return pa.chunked_array([pa.array(values, pa.string())])


def columns(rows: Sequence[Row]) -> pa.Table:
    """A text column a name."""
    names = sorted({name for row in rows for name in row})
    return pa.table({name: texts([row.get(name) for row in rows]) for name in names})


def input_rows(count: int) -> pa.Table:
    """The input rows of writes that come one a row."""
    return pa.table(
        {
            "position": pa.array(range(count), pa.int64()),
            "file": pa.array(["events.jsonl"] * count, pa.string()),
            "row": pa.array(range(1, count + 1), pa.int64()),
            "message_id": pa.array([f"m{at}" for at in range(count)], pa.string()),
            "event_time": pa.array(range(count), pa.timestamp("us", "UTC")),
            "user_id": pa.nulls(count, pa.string()),
            "write": pa.array(range(count), pa.int64()),
            "carries": pa.array([True] * count, pa.bool_()),
        }
    )


def record_writes(
    rows: Sequence[Row],
    *,
    object_type: str = "contacts",
    id_property: str = "email",
    ids: Sequence[str] | None = None,
    search: Sequence[Row] | None = None,
    associations: Sequence[Mapping[str, Any]] = (),
    lists: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> RecordWrites:
    """One write a row; each row is its properties."""
    count = len(rows)
    keys = texts(ids or [f"id{at:06d}@example.com" for at in range(count)])
    linked = [
        {"other_side": "skip", "remove": False, "replaces_labels": False, **each}
        for each in associations
    ]
    return RecordWrites(
        object_type,
        id_property,
        keys,
        keys,
        texts(["upsert"] * count),
        columns(rows),
        input_rows(count),
        search=None if search is None else columns(search),
        associations=pa.Table.from_pylist(linked, schema=ASSOCIATIONS),
        lists=pa.Table.from_pylist(list(lists), schema=LISTS),
        **more,
    )


def event_writes(
    rows: Sequence[Row],
    names: Sequence[str],
    *,
    object_types: Sequence[str | None] | None = None,
    identifiers: Sequence[Row] | None = None,
    occurred_at: Sequence[str | None] | None = None,
) -> EventWrites:
    """One occurrence a row; each row is its properties."""
    count = len(rows)
    keys = texts([f"m{at:06d}" for at in range(count)])
    who = identifiers or [{"email": "ada@example.com"}] * count
    return EventWrites(
        keys,
        keys,
        texts(names),
        texts(object_types or [None] * count),
        pa.table({name: texts([each.get(name) for each in who]) for name in _IDENTIFIERS}),
        texts(occurred_at or [None] * count),
        columns(rows),
        input_rows(count),
    )


_IDENTIFIERS = ("object_id", "email", "utk")


def with_client(simulator: SimulatorServer, work: Callable[[HubSpotClient], Awaitable[T]]) -> T:
    """Do something with a client of the account."""

    async def run() -> T:
        settings = ConnectionSettings(PrivateApp(PRIVATE_APP_TOKEN), base_url=simulator.url)
        async with connect(settings, NotingLimiter()) as client:
            return await work(client)

    return asyncio.run(run())


def checked(simulator: SimulatorServer, writes: Writes) -> Checked:
    """Hold writes to the account."""
    return with_client(simulator, lambda client: check(client, writes))


def problems(done: Checked) -> list[tuple[int, str, str]]:
    """Each rejected row's position, field and reason."""
    rows = done.rejected.to_pylist()
    return [(row["position"], row["error_field"], row["error_reason"]) for row in rows]


def kept(done: Checked) -> list[dict[str, str]]:
    """The properties of the good writes, without nulls."""
    properties = done.writes.properties
    rows = properties.to_pylist() if properties.num_columns else [{}] * len(done.writes.keys)
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def by_hand(simulator: SimulatorServer, path: str, body: Any) -> Any:
    """What a POST outside of the pipeline answers."""
    headers = {"Authorization": f"Bearer {PRIVATE_APP_TOKEN}"}
    answer = httpx.post(f"{simulator.url}{path}", json=body, headers=headers)
    answer.raise_for_status()
    return answer.json()


def as_json(value: Any) -> str:
    """JSON text."""
    return orjson.dumps(value).decode()
