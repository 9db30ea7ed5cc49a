"""Ratios on the networks that people bring: against the best of each side, paired by round, for one or several runs."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.network_claims import claims_text, network_claims
from benchmarks.summary import lines_of


def measured(
    workload: str, peer: str, fits: list[list[float]], start: float, turn: int = 0, **more: Any
) -> dict[str, Any]:
    """What a worker reports that spends `start` seconds beside its training."""
    members = more.pop("members", len(fits))
    training = sum(sum(fit) for fit in fits)
    return {
        "workload": workload,
        "peer": peer,
        "members": members,
        "round": turn,
        "arms": [{"optimizer": "adam", "learning_rate": 0.001, "seed": 0}] * members,
        "accuracy": [more.pop("accuracy", 0.8)] * members,
        "epoch_seconds": fits,
        "training_seconds": training,
        "evaluation_seconds": more.pop("evaluation", 0.0),
        "process_seconds": start + training,
        "peak_memory_bytes": 2**20,
        **more,
    }


ONE_RUN = [
    measured("vgg", "classlab-auto", [[2.0, 1.0]], 2.0, accuracy=0.81, arithmetic="bfloat16"),
    measured("vgg", "classlab-auto", [[2.0, 2.0]], 2.0, turn=1, arithmetic="bfloat16"),
    measured("vgg", "classlab", [[0.1, 0.1]], 0.1),
    measured("vgg", "torch-loop", [[3.0, 3.0]], 4.0),
    measured("vgg", "torch-loop", [[3.0, 3.0]], 4.0, turn=1),
    measured("vgg", "torch-loop-bfloat16-compiled", [[50.0, 2.0]], 4.0),
    measured("vgg", "lightning", [[0.2, 0.2]], 0.2),
    measured("vgg", "keras-tensorflow", [[9.0, 8.0]], 8.0),
    measured("vgg", "keras-tensorflow-tuned", [[9.0, 4.0]], 8.0, accuracy=0.79),
    measured("vgg", "keras-jax", [[0.2, 0.2]], 0.2),
]
SWEEP = [
    measured("vgg-sweep", "classlab-auto", [[20.0, 16.0]], 4.0, members=12),
    measured("vgg-sweep", "torch-loop-compiled", [[50.0, 3.0], [4.0, 3.0]], 4.0),
]


def found(measurements: list[dict[str, Any]]) -> dict[tuple[int, str, str], Any]:
    """Claims by runs, figure and side."""
    return {(claim.members, claim.figure, claim.side): claim for claim in network_claims(lines_of(measurements))}


def test_the_best_of_each_side_is_the_mark_for_each_figure():
    claims = found(ONE_RUN)
    assert {key: claim.theirs.peer for key, claim in claims.items()} == {
        (1, "epoch", "PyTorch loop"): "torch-loop-bfloat16-compiled",
        (1, "epoch", "Keras on TensorFlow"): "keras-tensorflow-tuned",
        (1, "process", "PyTorch loop"): "torch-loop",
        (1, "process", "Keras on TensorFlow"): "keras-tensorflow-tuned",
    }
    assert {claim.ours.peer for claim in claims.values()} == {"classlab-auto"}


def test_rounds_are_paired_and_give_the_spread():
    claim = found(ONE_RUN)[1, "process", "PyTorch loop"]
    assert claim.ratios == (pytest.approx(10 / 5), pytest.approx(10 / 6))
    assert claim.ratio == pytest.approx((2 + 10 / 6) / 2)
    assert found(ONE_RUN)[1, "epoch", "Keras on TensorFlow"].accuracy == pytest.approx(100 * (0.805 - 0.79))


def test_what_was_compiled_for_the_first_run_need_not_be_compiled_for_the_next():
    claim = found([*SWEEP, *ONE_RUN])[12, "process", "PyTorch loop"]
    # Compiled: 64 s for two runs and 7 for each of ten more. Plain, where one run was compared: 10, and eleven times 6.
    assert (claim.theirs.peer, claim.ratio) == ("torch-loop", pytest.approx((10 + 11 * 6) / 40))
    claim = found(SWEEP)[12, "process", "PyTorch loop"]
    assert claim.ratio == pytest.approx((64 + 10 * 7) / 40)


def test_further_runs_are_evaluated_as_well():
    ours, theirs = ONE_RUN[0], measured("vgg", "torch-loop", [[3.0, 3.0]], 4.0, evaluation=2.0)
    claim = found([{**ours, "workload": "vgg-five", "members": 5}, theirs])[5, "process", "PyTorch loop"]
    assert claim.ratio == pytest.approx((10 + 4 * (6 + 2)) / 5)


def test_files_stand_side_by_side_and_say_what_they_were_held_to(machine):
    native, narrow = (
        {
            "machine": {**machine, "units": units, "isa": isa},
            "settings": {},
            "measurements": measurements,
        }
        for isa, units, measurements in (
            ("native", ["AVX2", "AVX-512", "AMX"], ONE_RUN),
            ("avx2", ["AVX2"], [one for one in ONE_RUN if one["peer"] != "torch-loop"]),
        )
    )
    text = claims_text([native, narrow])
    assert (
        "| network | runs | figure | PyTorch loop, up to AMX | Keras on TensorFlow, up to AMX | PyTorch loop, AVX2 | "
        "Keras on TensorFlow, AVX2 |" in text
    )
    assert "batch normalization, dropout | 1 | process | 1.83 | 4.20 | 11.20 | 4.20 |" in text
    assert "on a processor (AVX2), " in text
    assert "All tools were held to AVX2, on a processor that has more." in text
    assert "| bfloat16, AMX | plain PyTorch loop (float32, AVX-512) | 1.83 | 1.67 .. 2.00 | 2 |" in text


def test_nothing_is_claimed_where_one_side_was_not_measured():
    assert network_claims(lines_of(ONE_RUN[:3])) == []
    assert network_claims(lines_of(ONE_RUN[3:])) == []
