"""The time that a piece of work has, shared by its threads, and what is to be stopped when that time is over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic


class Deadline:
    """A moment by which work must end, or earlier if it is cancelled. Safe to share between threads."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds
        self._lock = threading.Lock()
        self._stops: dict[object, Callable[[], None]] = {}
        self._cancelled = False

    @property
    def remaining(self) -> float:
        """Seconds, 0 when it is over."""
        return 0.0 if self._cancelled else max(0.0, self._end - monotonic())

    @property
    def is_over(self) -> bool:
        return self.remaining == 0.0

    @property
    def has_passed(self) -> bool:
        """Whether the moment has come, be the work cancelled or not."""
        return monotonic() >= self._end

    def cancel(self) -> None:
        """Call everything that `stopping` was given. What asks for the remaining time from now on, gets none."""
        with self._lock:
            self._cancelled = True
            stops = tuple(self._stops.values())
            self._stops.clear()
        for stop in stops:
            stop()

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Have `stop` called if the work is cancelled while the block runs, or at once if it already was.

        It is called on the cancelling thread, perhaps a moment after the block has ended: it must not fail then.
        """
        key = object()
        with self._lock:
            cancelled = self._cancelled
            if not cancelled:
                self._stops[key] = stop
        if cancelled:
            stop()
        try:
            yield
        finally:
            with self._lock:
                self._stops.pop(key, None)

    @contextmanager
    def part(self, seconds: float = threading.TIMEOUT_MAX) -> Iterator[Deadline]:
        """A deadline for a part of the work: it ends with the block, and no later than the whole."""
        part = Deadline(min(seconds, self.remaining))
        with self.stopping(part.cancel):
            try:
                yield part
            finally:
                part.cancel()
