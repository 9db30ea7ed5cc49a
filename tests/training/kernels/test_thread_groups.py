from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classlab.training.kernels.thread_groups import team_seats
from classlab.training.loop.randomness import SeedGroups

MIB = 2**20


def teams(seeds, **options):
    return [(seats.start, seats.stop) for seats in team_seats(SeedGroups(tuple(seeds)), **options)]


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
def test_teams_are_members_of_one_seed_with_work_for_all_threads(seeds, threads, expected):
    assert teams(seeds, threads=threads) == expected


@pytest.mark.parametrize(("members", "expected"), [(1, [1]), (2, [1, 1]), (4, [2, 2]), (5, [1, 1, 1, 2]), (8, [2] * 4)])
def test_a_team_holds_no_more_than_stays_near_a_core(members, expected):
    seats = teams((0,) * members, threads=2, member_bytes=MIB)
    assert sorted(stop - start for start, stop in seats) == expected


def test_a_member_that_is_too_large_is_a_team_of_its_own():
    assert teams((0, 0, 0), threads=1, member_bytes=9 * MIB) == [(0, 1), (1, 2), (2, 3)]


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=9),
    threads=st.integers(1, 16),
    member_bytes=st.sampled_from([0, 1000, MIB // 7, MIB, 5 * MIB]),
)
def test_everyone_has_one_seat_and_nobody_sits_with_another_seed(sizes, threads, member_bytes):
    seeds = [seed for seed, size in enumerate(sizes) for _ in range(size)]
    seats = teams(seeds, threads=threads, member_bytes=member_bytes)
    assert seats[0][0] == 0
    assert seats[-1][1] == len(seeds)
    assert all(first[1] == second[0] for first, second in pairwise(seats))
    for start, stop in seats:
        assert len(set(seeds[start:stop])) == 1
        assert stop - start == 1 or (stop - start) * member_bytes <= 2 * MIB


@given(spans=st.integers(1, 12), threads=st.sampled_from([1, 2, 4, 8, 16]))
def test_equal_seeds_keep_all_threads_busy_to_the_end(spans, threads):
    """Whoever is free takes the next team: nobody has more to do than an equal share."""
    seats = teams([seed for seed in range(spans) for _ in range(48)], threads=threads)
    busy = [0] * threads
    for start, stop in seats:
        busy[busy.index(min(busy))] += stop - start
    assert max(busy) == spans * 48 / threads
