"""Records the steps of one discovery as its threads take them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from autoconfig.discovery.errors import MissedError
from autoconfig.discovery.results import Outcome, Step, Trust

OnStep = Callable[[Step], None]


@dataclass(eq=False)
class OpenStep:
    """A step that is being taken; whoever takes it notes what it learns."""

    source: str
    query: str
    started: float = field(default_factory=monotonic)
    detail: str = ""
    size: int = 0
    trust: Trust | None = None

    def ended(self, outcome: Outcome) -> Step:
        return Step(
            source=self.source,
            query=self.query,
            outcome=outcome,
            detail=self.detail,
            size=self.size,
            elapsed=monotonic() - self.started,
            trust=self.trust if outcome is Outcome.FOUND else None,
        )


class Trace:
    """The steps in the order in which they ended. `on_step` is told of each, on the thread that took it."""

    def __init__(self, on_step: OnStep | None = None) -> None:
        self._on_step = on_step
        self._lock = threading.Lock()
        self._open: dict[OpenStep, None] = {}
        self._steps: list[Step] = []
        self._closed = False

    @contextmanager
    def step(self, source: str, query: str) -> Iterator[OpenStep]:
        """Take a step: it is found when the block ends, and what `MissedError` says when that is raised through it."""
        step = OpenStep(source, query)
        with self._lock:
            self._open[step] = None
        try:
            yield step
        except MissedError as missed:
            step.detail = str(missed)
            self._end(step, missed.outcome)
            raise
        self._end(step, Outcome.FOUND)

    def _end(self, step: OpenStep, outcome: Outcome) -> None:
        with self._lock:
            if self._closed:
                return
            self._open.pop(step)
            ended = step.ended(outcome)
            self._steps.append(ended)
        if self._on_step is not None:
            self._on_step(ended)

    def close(self, outcome: Outcome) -> tuple[Step, ...]:
        """Every step; those still being taken end with `outcome`, and what comes later is not recorded."""
        with self._lock:
            self._closed = True
            unfinished = [step.ended(outcome) for step in self._open]
        if self._on_step is not None:
            for step in unfinished:
                self._on_step(step)
        return (*self._steps, *unfinished)
