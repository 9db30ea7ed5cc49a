from pathlib import Path
from typing import Any

import pytest

from benchmarks.growth import figures_text, sizes_of
from benchmarks.growth_figure import draw
from benchmarks.workloads import WORKLOADS


def _population(members: int, seconds: float, *, turn: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "network": "linear",
        "way": "rates",
        "members": members,
        "round": turn,
        "epoch_seconds": [[99.0, seconds]],
        "process_seconds": 3.0,
        "memory_together_bytes": (100 + members) * 2**20,
        "best_accuracy": 0.9,
        **more,
    }


MEASURED = [
    _population(256, 25.6),
    _population(1, 0.8),
    _population(1, 1.2, turn=1),
    {**_population(1000, 1.0), "error": "there was no time left for it"},
]


def test_seconds_are_per_member_without_the_first_epoch() -> None:
    single, many = sizes_of(MEASURED)
    assert (single.members, single.seconds) == (1, (0.8, 1.2))
    assert (many.members, many.seconds) == (256, (pytest.approx(0.1),))


def test_the_table_says_what_a_further_member_costs_and_whether_the_aim_is_reached(machine: dict[str, object]) -> None:
    document = {"machine": machine, "settings": {"images": 640, "epochs": 2}, "measurements": MEASURED}
    text = figures_text(document)
    row = "| linear, learning rates, one seed | 256 | 0.1000 | 0.1000 .. 0.1000 | 10.0 | 3.0 | 356 | 1.00 | 0.9000 |"
    assert row in text
    assert "1/10.0 of the single member's cost each; the aim, at most 1/6, is reached." in text
    assert "- linear, learning rates, one seed, 1000 members: left out, there was no time left for it." in text


def test_the_same_figures_draw_the_same_picture(tmp_path: Path) -> None:
    paths = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for path in paths:
        assert draw(sizes_of(MEASURED), path) == f"drew {path}."
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert b"seconds per member and epoch" in paths[0].read_bytes()
    assert b"linear, rates" in paths[0].read_bytes()


def test_a_search_has_different_rates_about_the_reference() -> None:
    arms = WORKLOADS["linear"].rates(5)
    assert [arm.learning_rate for arm in arms] == pytest.approx([1e-4, 10**-3.5, 1e-3, 10**-2.5, 1e-2])
    assert {arm.seed for arm in arms} == {0}
    assert WORKLOADS["linear"].rates(1)[0].learning_rate == 0.001
