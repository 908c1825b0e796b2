"""Where everything of a chart goes: calls per second above, the rolling window below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hubspot_pipeline.simulator.page.traffic import ANSWERS, SHOWN_SECONDS, Traffic

_LEFT, _RIGHT, _TOP = 40, 12, 14
_GAP, _FOOT = 34, 24
_TICK_UNITS = 70
_HEADROOM, _FAR = 1.18, 8


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of answer within a second's bar."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One second: its parts from the bottom up, and what it says when pointed at."""

    x: float
    parts: list[Part]
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled place on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the two plots, in units of the drawing.

    Attributes:
        top: Where it begins, and `bottom` where its axis is.
        marks: The labelled heights.
        limit: The height of the limit's line; None if there is no limit.
    """

    top: float
    bottom: float
    marks: list[Mark]
    limit: float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """All that the template draws, in units of the drawing."""

    traffic: Traffic
    width: int
    height: int
    left: int
    right: int
    calls: Panel
    window: Panel
    bar_width: float
    bars: list[Bar]
    times: list[Mark]
    outline: str
    words: str


def chart(traffic: Traffic, width: int, heights: tuple[int, int]) -> Chart:
    """Lay a chart out; `heights` are those of the two plots."""
    right = width - _RIGHT
    step = (right - _LEFT) / SHOWN_SECONDS
    per_second = traffic.limit / traffic.window_seconds
    most = max(counts.total() for counts in traffic.answers)
    calls, calls_scale = _panel(_TOP, heights[0], most, per_second)
    below = calls.bottom + _GAP
    window, window_scale = _panel(below, heights[1], traffic.peak, traffic.limit)
    return Chart(
        traffic=traffic,
        width=width,
        height=round(window.bottom + _FOOT),
        left=_LEFT,
        right=right,
        calls=calls,
        window=window,
        bar_width=round(step * 0.8, 2),
        bars=_bars(traffic, step, calls.bottom, calls_scale),
        times=_times(traffic.first_second, step),
        outline=_outline(traffic.held, step, window.bottom, window_scale),
        words=_words(traffic, most),
    )


def _panel(top: float, height: int, most: float, limit: float) -> tuple[Panel, float]:
    """A plot that holds values up to `most`, and how high one unit is.

    A limit that is far above all values is left out: they would not be seen beside it.
    """
    shows_limit = bool(limit) and (limit <= most * _FAR or not most)
    if shows_limit:
        upper = max(most, limit) * _HEADROOM
        values: tuple[float, ...] = (0, limit)
    else:
        upper = _round_up(most)
        values = (0, upper / 2, upper)
    scale = height / upper
    bottom = top + height
    marks = [Mark(round(bottom - value * scale, 2), f"{value:,g}") for value in values]
    return Panel(top, bottom, marks, marks[1].at if shows_limit else None), scale


def _round_up(value: float) -> float:
    """The next number of the form 1, 2, 4, 6 or 8 times a power of ten, and at least 4."""
    power = 1.0
    while True:
        for digit in (1, 2, 4, 6, 8):
            if digit * power >= max(value, 4):
                return digit * power
        power *= 10


def _bars(traffic: Traffic, step: float, bottom: float, scale: float) -> list[Bar]:
    bars = []
    for second, counts in enumerate(traffic.answers):
        if not counts:
            continue
        parts, level = [], bottom
        for kind in ANSWERS:
            if counts[kind]:
                level -= counts[kind] * scale
                parts.append(Part(kind, round(level, 2), round(counts[kind] * scale, 2)))
        answers = ", ".join(f"{counts[kind]} {ANSWERS[kind]}" for kind in ANSWERS if counts[kind])
        words = f"{_clock(traffic.first_second + second)}: {answers}"
        bars.append(Bar(round(_LEFT + second * step, 2), parts, words))
    return bars


def _outline(held: Sequence[int], step: float, bottom: float, scale: float) -> str:
    """The window's fill as the points of a polygon, in steps of a second."""
    points = [(float(_LEFT), bottom)]
    for second, count in enumerate(held):
        level = bottom - count * scale
        points += [(_LEFT + second * step, level), (_LEFT + (second + 1) * step, level)]
    points.append((_LEFT + len(held) * step, bottom))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _times(first_second: int, step: float) -> list[Mark]:
    """Round times, far enough apart to be read."""
    apart = 30 if 30 * step >= _TICK_UNITS else 60
    return [
        Mark(round(_LEFT + (second - first_second) * step, 2), _clock(second))
        for second in range(first_second, first_second + SHOWN_SECONDS)
        if second % apart == 0
    ]


def _words(traffic: Traffic, most: int) -> str:
    """The chart in a sentence, for those who do not see it."""
    limit = f"of {traffic.limit:,}" if traffic.limit else "without a limit"
    return (
        f"{traffic.calls:,} calls in {SHOWN_SECONDS // 60} minutes, at most {most:,} in a second; "
        f"at most {traffic.peak:,} in any {traffic.window_seconds} s, {limit}."
    )


def _clock(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%H:%M:%S}"
