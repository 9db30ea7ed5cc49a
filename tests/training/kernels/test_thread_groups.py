from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classlab.training.kernels.thread_groups import fused_slots
from classlab.training.loop.randomness import SeedGroups

MIB = 2**20


def fused(seeds, **options):
    return [(slots.start, slots.stop) for slots in fused_slots(SeedGroups(tuple(seeds)), **options)]


@pytest.mark.parametrize(
    ("seeds", "threads", "expected"),
    [
        ((0,), 4, [(0, 1)]),
        ((0, 0, 0, 0), 1, [(0, 4)]),
        ((0, 0, 0, 0), 2, [(0, 2), (2, 4)]),
        ((0, 0, 1, 1), 2, [(0, 2), (2, 4)]),
        ((0, 1, 1, 1, 2), 2, [(0, 1), (1, 4), (4, 5)]),
        ((0, 0, 1, 1, 2, 2), 2, [(0, 2), (2, 4), (4, 5), (5, 6)]),
        ((0, 0, 1, 1, 2, 2), 4, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6)]),
    ],
)
def test_fused_members_are_of_one_seed_with_work_for_all_threads(seeds, threads, expected):
    assert fused(seeds, threads=threads) == expected


@pytest.mark.parametrize(("members", "expected"), [(1, [1]), (2, [1, 1]), (4, [2, 2]), (5, [1, 1, 1, 2]), (8, [2] * 4)])
def test_a_group_holds_no_more_than_stays_near_a_core(members, expected):
    slots = fused((0,) * members, threads=2, member_bytes=MIB)
    assert sorted(stop - start for start, stop in slots) == expected


def test_a_member_that_is_too_large_is_a_group_of_its_own():
    assert fused((0, 0, 0), threads=1, member_bytes=9 * MIB) == [(0, 1), (1, 2), (2, 3)]


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=9),
    threads=st.integers(1, 16),
    member_bytes=st.sampled_from([0, 1000, MIB // 7, MIB, 5 * MIB]),
)
def test_everyone_has_one_slot_and_nobody_is_fused_with_another_seed(sizes, threads, member_bytes):
    seeds = [seed for seed, size in enumerate(sizes) for _ in range(size)]
    slots = fused(seeds, threads=threads, member_bytes=member_bytes)
    assert slots[0][0] == 0
    assert slots[-1][1] == len(seeds)
    assert all(first[1] == second[0] for first, second in pairwise(slots))
    for start, stop in slots:
        assert len(set(seeds[start:stop])) == 1
        assert stop - start == 1 or (stop - start) * member_bytes <= 2 * MIB


@given(spans=st.integers(1, 12), threads=st.sampled_from([1, 2, 4, 8, 16]))
def test_equal_seeds_keep_all_threads_busy_to_the_end(spans, threads):
    """Whoever is free takes the next group: nobody has more to do than an equal share."""
    slots = fused([seed for seed in range(spans) for _ in range(48)], threads=threads)
    busy = [0] * threads
    for start, stop in slots:
        busy[busy.index(min(busy))] += stop - start
    assert max(busy) == spans * 48 / threads
