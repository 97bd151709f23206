"""Which item of a list became which of another."""

from __future__ import annotations

from operator import itemgetter

from hypothesis import given
from hypothesis import strategies as st

from autoconfig.diff.matching import match, unmatched, whole

KEYS = (whole, itemgetter(0), itemgetter(1))
ITEMS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)))


def test_the_first_key_counts_most() -> None:
    old, new = [(1, 2), (1, 1), (2, 3)], [(3, 3), (1, 3), (1, 1)]
    assert match(old, new, KEYS) == [(2, 0), (0, 1), (1, 2)]


def test_of_equal_candidates_the_first_is_taken() -> None:
    old, new = [(1, 0), (2, 0), (1, 0)], [(3, 0), (4, 0), (5, 0)]
    assert match(old, new, KEYS) == [(0, 0), (1, 1), (2, 2)]


@given(ITEMS, ITEMS)
def test_each_item_is_matched_once_and_what_is_left_has_nothing_in_common(
    old: list[tuple[int, int]], new: list[tuple[int, int]]
) -> None:
    matches = match(old, new, KEYS)
    gone, fresh = unmatched(len(old), (i for i, _ in matches)), unmatched(len(new), (j for _, j in matches))
    assert sorted([i for i, _ in matches] + gone) == list(range(len(old)))
    assert [j for _, j in matches] == sorted({j for _, j in matches})
    assert sorted([j for _, j in matches] + fresh) == list(range(len(new)))
    assert not any(key(old[i]) == key(new[j]) for key in KEYS for i in gone for j in fresh)
