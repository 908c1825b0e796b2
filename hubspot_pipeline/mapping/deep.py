"""Calls of functions that walk a value level by level, where it is nested absurdly deep."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_FRAMES = 60_000
"""Of Python's, two or three a level: as deep as V8's own stack lets JavaScript go, and more."""
_STACK_BYTES = 512 << 20
"""Address space, of which only what is reached is ever used."""
_one_at_a_time = threading.Lock()


def deeply(function: Callable[[Any], Any], value: Any) -> Any:
    """Return what the function makes of a value, however deep the value is nested.

    Python stops at a thousand frames, which some hundred levels use up. Such a value, and only
    such a one, is looked at again in a thread of its own with a larger stack.

    Raises:
        RecursionError: It is nested more than about twenty thousand levels.
    """
    try:
        return function(value)
    except RecursionError:
        with _one_at_a_time:
            return _call_on_a_large_stack(function, value)


def _call_on_a_large_stack(function: Callable[[Any], Any], value: Any) -> Any:
    frames, stack_bytes = sys.getrecursionlimit(), threading.stack_size(_STACK_BYTES)
    sys.setrecursionlimit(_FRAMES)
    try:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(function, value).result()
    finally:
        threading.stack_size(stack_bytes)
        sys.setrecursionlimit(frames)
