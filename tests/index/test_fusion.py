"""Fusion of two rankings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.fusion import DENSE_WEIGHT, fuse

rankings = st.dictionaries(st.integers(1, 30), st.floats(-1, 50, allow_nan=False), max_size=15).map(
    lambda found: sorted(found.items(), key=lambda item: -item[1])
)


@given(dense=rankings, lexical=rankings, method=st.sampled_from(["scores", "ranks"]), weight=st.floats(0, 1))
def test_every_hit_is_kept_once_best_first(dense, lexical, method, weight) -> None:
    fused = fuse(dense, lexical, method, weight)
    assert {number for number, _ in fused} == {number for number, _ in [*dense, *lexical]}
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True) and len(scores) == len(dict(fused))


def test_found_by_both_beats_found_by_one() -> None:
    assert fuse([(1, 0.9), (2, 0.8), (4, 0.1)], [(3, 0.9), (2, 0.8), (5, 0.1)])[0][0] == 2
    assert fuse([(1, 0.9), (2, 0.8)], [(3, 0.9), (2, 0.8)], "ranks")[0][0] == 2


def test_a_weak_match_of_words_does_not_outweigh_a_strong_one_of_meaning() -> None:
    assert fuse([(1, 0.7), (2, 0.2)], [(2, 0.15)])[0][0] == 1


def test_reciprocal_ranks_by_hand() -> None:
    fused = dict(fuse([(7, 0.5), (8, 0.4)], [(8, 3.0)], "ranks", 0.5))
    assert fused[8] == 0.5 * 61 / 62 + 0.5
    assert fused[7] == 0.5


def test_one_side_alone_keeps_its_order() -> None:
    assert [number for number, _ in fuse([], [(3, 9.0), (1, 2.0)])] == [3, 1]
    assert fuse([], []) == []


def test_the_weight_unless_said_is_the_one_that_searching_uses() -> None:
    assert dict(fuse([(1, 1.0)], [(2, 1.0)])) == {1: DENSE_WEIGHT, 2: 1 - DENSE_WEIGHT}
