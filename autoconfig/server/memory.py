"""What is remembered for a while: a bounded dictionary whose entries end, safe between threads."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """Values by text, the least recently stored leaving first.

    Args:
        size: values that are kept at most.
        clock: seconds that only go up.
    """

    def __init__(self, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._clock = clock
        self._entries: OrderedDict[str, tuple[float, Value]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str, default: Value) -> Value:
        """The value of a key, or the default if there is none any more."""
        with self._lock:
            expiry, value = self._entries.get(key, (0.0, default))
        return value if expiry > self._clock() else default

    def put(self, key: str, value: Value, seconds: float) -> None:
        """Keep a value for so many seconds at most."""
        with self._lock:
            self._entries[key] = (self._clock() + seconds, value)
            self._entries.move_to_end(key)
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)
