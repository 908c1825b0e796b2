"""Tasks that ask for the same thing at the same time share one piece of work."""

from __future__ import annotations

import asyncio

import pytest

from hubspot_pipeline.hubspot.single_flight import SingleFlight


async def test_an_error_reaches_everyone_who_waited_and_is_then_forgotten() -> None:
    flight, starts = SingleFlight(), []

    async def fail() -> None:
        starts.append(1)
        raise ValueError("no")

    got = await asyncio.gather(*(flight.do("key", fail) for _ in range(5)), return_exceptions=True)
    assert [str(each) for each in got] == ["no"] * 5
    assert len(starts) == 1
    with pytest.raises(ValueError, match="no"):
        await flight.do("key", fail)
    assert len(starts) == 2


async def test_different_keys_do_not_wait_for_each_other() -> None:
    flight, ready = SingleFlight(), asyncio.Event()

    async def wait() -> str:
        await ready.wait()
        return "waited"

    async def release() -> str:
        ready.set()
        return "released"

    assert list(await asyncio.gather(flight.do("a", wait), flight.do("b", release))) == [
        "waited",
        "released",
    ]


async def test_closing_cancels_what_is_under_way() -> None:
    flight, started = SingleFlight(), asyncio.Event()

    async def never() -> None:
        started.set()
        await asyncio.Event().wait()

    waiting = asyncio.create_task(flight.do("key", never))
    await started.wait()
    await flight.close()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
