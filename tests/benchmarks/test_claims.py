from typing import Any

import pytest

from benchmarks.claims import claims_of, claims_text
from benchmarks.summary import lines_of


def _measured(peer: str, members: int, steady: float, training: float, process: float, turn: int) -> dict[str, Any]:
    arm = {"optimizer": "adam", "learning_rate": 0.001, "seed": 0}
    one_fit = peer in ("classlab", "jax-population")
    fits = [[10 * steady, steady * members]] if one_fit else [[10 * steady, steady]] * members
    return {
        "workload": "linear",
        "peer": peer,
        "members": members,
        "round": turn,
        "arms": [arm] * members,
        "accuracy": [0.92 if one_fit else 0.91] * members,
        "epoch_seconds": fits,
        "training_seconds": training,
        "process_seconds": process,
        "peak_memory_bytes": 2**20,
    }


ROUNDS = [
    one
    for turn, slower in ((0, 1.0), (1, 2.0))
    for one in (
        _measured("classlab", 7, 0.1, 2.0, 4.0, turn),
        _measured("torch-loop", 7, 1.5, 3.0, 5.0, turn),
        _measured("keras-tensorflow", 1, 8.0 * slower, 10.0, 20.0, turn),
        _measured("sklearn-sgd", 3, 0.01, 1.0, 2.0, turn),
        _measured("jax-population", 7, 0.07, 1.0, 2.0, turn),
    )
]


def test_ratios_stand_beside_their_aims_with_the_spread_over_rounds() -> None:
    best, course, process, by_hand, compiled = claims_of(lines_of(ROUNDS))
    assert (best.mark, best.aim, best.ratio) == ("torch-loop", 10, pytest.approx(15))  # SGDClassifier is no mark
    assert (course.ratio, course.ratios) == (pytest.approx(120), pytest.approx((80, 160)))
    assert process.ratio == pytest.approx((10 + 7 * 10) / 4)  # start-up once, training calls seven times
    assert (by_hand.mark, by_hand.ratio) == ("jax-population", pytest.approx(0.7))
    assert compiled.what == "with first epoch"
    assert best.accuracy == pytest.approx(1.0)


def test_the_cnn_is_held_to_its_aims_alone_and_with_others() -> None:
    cnn = [{**one, "workload": "cnn"} for one in (ROUNDS[1], _measured("classlab", 1, 1.0, 1.0, 2.0, 0), ROUNDS[0])]
    assert [(claim.members, claim.ratio) for claim in claims_of(lines_of(cnn))] == [
        (1, pytest.approx(1.5)),
        (7, pytest.approx(15)),
    ]


def test_the_table_says_what_was_not_reached() -> None:
    text = claims_text(lines_of(ROUNDS))
    assert "| steady | 0.8 | 0.70 (not reached) | 0.70 .. 0.70 | +0.00 |" in text
    assert claims_text([]) == ""
