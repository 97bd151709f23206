"""Which item of a list became which item of another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Key = Callable[[Any], Hashable]


def whole(item: Hashable) -> Hashable:
    """The key of items that must be equal."""
    return item


def match(old: Sequence[T], new: Sequence[T], keys: Iterable[Key]) -> list[tuple[int, int]]:
    """Pair items whose keys are equal, the first key first, each item once; in linear time.

    Returns:
        the place of each pair in the old list and in the new one, in the order of the new list.
    """
    places: dict[int, int] = {}
    gone: Iterable[int] = range(len(old))
    for key in keys:
        waiting: dict[Hashable, deque[int]] = {}
        for i in gone:
            waiting.setdefault(key(old[i]), deque()).append(i)
        for j in range(len(new)):
            if j not in places and (candidates := waiting.get(key(new[j]))):
                places[j] = candidates.popleft()
        gone = sorted(i for candidates in waiting.values() for i in candidates)
    return [(places[j], j) for j in sorted(places)]


def unmatched(size: int, matched: Iterable[int]) -> list[int]:
    """The places of a list that no match has."""
    return sorted(set(range(size)).difference(matched))
