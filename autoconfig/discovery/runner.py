"""Runs tasks at once and gives their results best first, waiting only for what could still be better.

Each task has a thread of its own. The losers are cancelled by their `Deadline` and not waited for: the threads are
daemons, which end when the sockets that they wait on are shut.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

from autoconfig.discovery.deadline import Deadline

Result = TypeVar("Result")


@dataclass(frozen=True)
class Task(Generic[Result]):
    """Something to run, which gives a result or None, and the best grade that its result can have: 0 is the best."""

    run: Callable[[Deadline], Result | None]
    best_grade: int


def best_first(
    tasks: Sequence[Task[Result]],
    grade: Callable[[Result], int],
    deadline: Deadline,
    *,
    wait_for_all: bool = False,
) -> list[Result]:
    """Run every task at once and give what they found, ordered by grade and then by the order of the tasks.

    Returns as soon as no running task can give a better first result, or at the deadline; `wait_for_all` waits for
    every task until then. An exception of a task is raised here.
    """
    found: dict[tuple[int, int], Result] = {}
    running = {(task.best_grade, number) for number, task in enumerate(tasks)}
    with closing(as_finished([task.run for task in tasks], deadline)) as finished:
        for number, result in finished:
            running.remove((tasks[number].best_grade, number))
            if result is not None:
                found[grade(result), number] = result
            if found and not wait_for_all and all(min(found) < best for best in running):
                break
    return [found[rank] for rank in sorted(found)]


def as_finished(
    runs: Iterable[Callable[[Deadline], Result]], deadline: Deadline, *, at_once: int = sys.maxsize
) -> Generator[tuple[int, Result], None, None]:
    """Run functions at once; give the number and result of each as it finishes, until the deadline.

    No more than `at_once` run at a time: the next one is taken from `runs` when a result is asked for. Closing the
    iterator cancels those that run. An exception of a function is raised here.
    """
    finished: SimpleQueue[tuple[int, Future[Result]] | None] = SimpleQueue()
    waiting = enumerate(runs)
    running = 0
    with deadline.part() as part, deadline.stopping(lambda: finished.put(None)):
        while True:
            for number, run in islice(waiting, at_once - running):
                running += 1
                Thread(target=_run, args=(run, number, part, finished), name="autoconfig", daemon=True).start()
            if not running:
                return
            try:
                item = finished.get(timeout=part.remaining)
            except Empty:
                return
            if item is None:
                return
            running -= 1
            yield item[0], item[1].result()


def _run(
    run: Callable[[Deadline], Result],
    number: int,
    deadline: Deadline,
    finished: SimpleQueue[tuple[int, Future[Result]] | None],
) -> None:
    future: Future[Result] = Future()
    try:
        future.set_result(run(deadline))
    except Exception as error:
        future.set_exception(error)
    finished.put((number, future))
