"""Trainings beside other programs: who is measured, what a slow-down is, and that no neighbor stays behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks import beside_others
from benchmarks.beside_others import Case, cases, figures_text, neighbors, slow_down
from benchmarks.tree_memory import family


def test_every_route_is_measured_with_one_run_and_several_and_beside_a_plain_loop_of_one():
    found = cases(["mlp", "own-layer"], [1, 4])
    assert [case[1:] for case in found if case.network == "mlp"] == [
        ("classlab", 1),
        ("classlab", 4),
        ("torch-loop", 1),
    ]
    assert len(found) == 6


def rounds(*seconds: tuple[float, float | str]) -> list[dict[str, dict[str, object]]]:
    """Quiet seconds and those beside others, or why there are none."""
    return [
        {
            "quiet": {"training_seconds": quiet},
            "busy": {"error": beside} if isinstance(beside, str) else {"training_seconds": beside},
        }
        for quiet, beside in seconds
    ]


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (rounds((1.0, 2.0), (2.0, 6.0), (1.0, 9.0)), "3.00 (2.00 .. 9.00)"),
        (
            rounds((1.0, 2.0), (1.0, "it took longer than 30 s")),
            "2.00 (2.00 .. 2.00); given up after 10 times in 1 of 2",
        ),
        (rounds((1.0, "it took longer than 30 s")), "given up after 10 times in 1 of 1 rounds"),
        (rounds((1.0, "it failed: no memory")), ""),
        ([{"busy": {"training_seconds": 1.0}}], ""),
    ],
)
def test_a_slow_down_is_paired_by_round_and_says_what_was_given_up(measured, expected):
    found = slow_down(measured, "busy")
    assert found.startswith(expected)
    assert bool(found) == bool(expected)


def test_the_table_has_a_row_for_every_case(machine):
    common = {**Case("vgg", "classlab", 4)._asdict(), "round": 0}
    measurements = [
        {**common, "condition": condition, "training_seconds": seconds}
        for condition, seconds in (("quiet", 2.0), ("busy", 5.0), ("training", 8.0))
    ]
    document = {
        "machine": machine,
        "settings": {"images": 640, "epochs": 2, "threads": 2},
        "measurements": measurements,
    }
    row = "| engine, a brought network | vgg | classlab | 4 | 2.00 | 2.50 (2.50 .. 2.50) | 4.00 (4.00 .. 4.00) | 1 |"
    assert row in figures_text(document)


@pytest.mark.skipif(not Path("/proc").exists(), reason="the system does not list its processes")
@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("quiet", 0),
        ("busy", 2),
        pytest.param("training", 2, marks=pytest.mark.needs("torch")),
    ],
)
def test_neighbors_compute_while_they_are_wanted_and_end_afterwards(condition, count):
    before = set(family(os.getpid()))
    with neighbors(condition, threads=1):
        beside = set(family(os.getpid())) - before
        assert len(beside) == count
    assert not beside & set(family(os.getpid()))


def test_a_case_is_not_measured_beside_others_before_it_was_quietly():
    deadline = beside_others.Deadline(None)
    result = beside_others._measure(None, Case("mlp", "classlab", 1), "busy", None, deadline)  # type: ignore[arg-type]
    assert result == {"error": "its quiet time is not known", "again": True}
