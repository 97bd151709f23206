"""The runner: best first, nobody waited for who cannot win any more, nothing left running."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from time import monotonic, sleep

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoconfig.discovery.deadline import Deadline
from autoconfig.discovery.runner import Task, as_finished, best_first
from tests.support.threads import left_behind

Answer = tuple[int, str]
TICK = 0.01


def grade(answer: Answer) -> int:
    return answer[0]


def answers(answer: Answer | None, after: float = 0.0) -> Callable[[Deadline], Answer | None]:
    def run(deadline: Deadline) -> Answer | None:
        wake = threading.Event()
        with deadline.stopping(wake.set):
            wake.wait(after)
        return answer

    return run


def never(deadline: Deadline) -> None:
    wake = threading.Event()
    with deadline.stopping(wake.set):
        wake.wait(60)


@given(
    tasks=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.booleans(), st.integers(0, 5)), min_size=1, max_size=8
    )
)
@settings(max_examples=60)
def test_the_first_is_the_best_of_all_that_answer_whatever_the_delays(tasks: list[tuple[int, int, bool, int]]) -> None:
    rows = [(min(best, own), own, f"{number}") for number, (best, own, _, _) in enumerate(tasks)]
    made = [
        Task(answers((own, name) if found else None, delay * TICK), best)
        for (best, own, name), (_, _, found, delay) in zip(rows, tasks, strict=True)
    ]
    results = best_first(made, grade, Deadline(30))
    expected = sorted(
        (own, number) for number, ((_, own, _), (_, _, found, _)) in enumerate(zip(rows, tasks, strict=True)) if found
    )
    assert [int(name) for _, name in results[:1]] == [number for _, number in expected[:1]]
    assert results == sorted(results, key=lambda result: (result[0], int(result[1])))


def test_a_result_does_not_wait_for_lower_priorities() -> None:
    start = monotonic()
    assert best_first([Task(answers((0, "a")), 0), Task(never, 0)], grade, Deadline(30)) == [(0, "a")]
    assert monotonic() - start < 5


def test_a_result_does_not_wait_for_a_higher_priority_that_can_only_be_of_a_lower_grade() -> None:
    start = monotonic()
    assert best_first([Task(never, 2), Task(answers((1, "b")), 0)], grade, Deadline(30)) == [(1, "b")]
    assert monotonic() - start < 5


def test_a_result_waits_for_a_higher_priority_that_can_still_win() -> None:
    tasks = [Task(answers((0, "slow"), 0.2), 0), Task(answers((0, "fast")), 0)]
    assert best_first(tasks, grade, Deadline(30)) == [(0, "slow"), (0, "fast")]


def test_every_result_is_waited_for_on_request() -> None:
    tasks = [Task(answers((0, "first")), 0), Task(answers((0, "last"), 0.1), 0)]
    assert best_first(tasks, grade, Deadline(30), wait_for_all=True) == [(0, "first"), (0, "last")]


def test_the_deadline_ends_the_wait_and_keeps_what_was_found() -> None:
    start = monotonic()
    assert best_first([Task(never, 0), Task(answers((1, "b")), 0)], grade, Deadline(0.2)) == [(1, "b")]
    assert 0.15 < monotonic() - start < 5


def test_losers_are_cancelled() -> None:
    cancelled = threading.Event()

    def loser(deadline: Deadline) -> None:
        with deadline.stopping(cancelled.set):
            cancelled.wait(60)

    best_first([Task(answers((0, "a")), 0), Task(loser, 0)], grade, Deadline(30))
    assert cancelled.wait(5)


def test_no_thread_is_left_behind() -> None:
    for _ in range(20):
        best_first([Task(answers((0, "a")), 0), *[Task(never, 0)] * 5], grade, Deadline(30))
    assert not left_behind(5)


def test_cancelling_the_whole_ends_a_part_of_it_at_once() -> None:
    deadline = Deadline(30)
    threading.Timer(0.1, deadline.cancel).start()
    start = monotonic()
    assert list(as_finished([never, never], deadline)) == []
    assert monotonic() - start < 5


def test_an_error_in_a_task_is_raised_to_the_caller() -> None:
    def broken(deadline: Deadline) -> None:
        raise LookupError("a bug")

    with pytest.raises(LookupError, match="a bug"):
        best_first([Task(broken, 0), Task(never, 0)], lambda _: 0, Deadline(30))


def test_what_is_to_be_stopped_is_stopped_at_once_when_it_is_too_late() -> None:
    deadline = Deadline(30)
    deadline.cancel()
    stopped = threading.Event()
    with deadline.stopping(stopped.set):
        assert stopped.is_set()
    assert deadline.remaining == 0.0


def test_what_has_ended_is_not_stopped() -> None:
    deadline = Deadline(30)
    stopped = threading.Event()
    with deadline.stopping(stopped.set):
        pass
    deadline.cancel()
    assert not stopped.is_set()


def test_a_part_lasts_no_longer_than_the_whole() -> None:
    with Deadline(0.1).part() as part:
        assert part.remaining <= 0.1
        sleep(0.15)
        assert part.is_over


def test_tasks_run_at_the_same_time() -> None:
    meet = threading.Barrier(4, timeout=5)
    runs = [partial(lambda _, number: (meet.wait(), number)[1], number=number) for number in range(4)]
    assert sorted(number for number, _ in as_finished(runs, Deadline(30))) == [0, 1, 2, 3]
