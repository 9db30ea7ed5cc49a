from typing import Any

import pytest

from benchmarks.summary import as_markdown, best_loop, lines_of


def _measured(peer: str, epoch_seconds: list[list[float]], process: float, **more: Any) -> dict[str, Any]:
    members = more.pop("members", len(epoch_seconds))
    turn = more.pop("turn", 0)
    arm = {"optimizer": "adam", "learning_rate": 0.001, "seed": 0}
    other = {"optimizer": "sgd", "learning_rate": 0.1, "seed": 0}
    return {
        "workload": "linear",
        "peer": peer,
        "members": members,
        "round": turn,
        "training_seconds": process / 2,
        "arms": [other] * (members - 1) + [arm],
        "epoch_seconds": epoch_seconds,
        "accuracy": [0.5] * (members - 1) + [0.9],
        "process_seconds": process,
        "peak_memory_bytes": 3 * 2**20,
        **more,
    }


UNITS = ["AVX2", "AVX-512", "AMX"]
ROUNDS = [
    _measured("torch-loop", [[9.0, 1.0, 3.0], [9.0, 2.0, 2.0]], 30.0),
    _measured("torch-loop", [[9.0, 4.0, 4.0], [9.0, 4.0, 4.0]], 50.0, turn=1),
    _measured("torch-loop", [[9.0, 3.0, 3.0], [9.0, 3.0, 3.0]], 40.0, turn=2),
    _measured("keras-jax", [[90.0, 6.0, 6.0]], 110.0),
    _measured("classlab", [[2.0, 1.0, 1.0]], 8.0, members=2),
    {"workload": "linear", "peer": "keras-torch", "members": 1, "round": 0, "error": "keras is not installed"},
]


def test_arms_trained_one_after_another_and_a_population_are_both_divided_by_their_members() -> None:
    loop, jax, ours = lines_of(ROUNDS)
    assert (loop.peer, loop.members) == ("torch-loop", 2)
    assert loop.steady == {0: 2.0, 1: 4.0, 2: 3.0}
    assert loop.overall[2] == pytest.approx(5.0)  # (9 + 3 + 3) / 3
    assert (jax.steady[0], jax.overall[0]) == (6.0, 34.0)
    assert (ours.steady[0], ours.overall[0]) == (0.5, pytest.approx(4 / 6))


def test_a_process_of_more_arms_repeats_the_training_and_not_the_start() -> None:
    loop = lines_of(ROUNDS)[0]
    assert loop.process_for(2) == loop.process
    assert loop.process_for(6)[0] == 30.0 + 4 * (9.0 + 2.0 + 2.0)  # as the second arm, which need not compile again


def test_one_arm_or_one_population_stands_for_further_ones_by_its_share_of_the_time() -> None:
    _, jax, ours = lines_of(ROUNDS)
    assert jax.process_for(3)[0] == 110.0 + 2 * 55.0
    assert ours.process_for(4)[0] == 8.0 + 2 * 2.0


def test_memory_is_that_of_all_processes_together_where_it_was_looked_at() -> None:
    alone, several = (_measured("torch-loop", [[2.0]], 3.0, tree_memory_bytes=n * 2**20) for n in (0, 9))
    assert [lines_of([one])[0].memory for one in (alone, several)] == [3.0, 9.0]


def test_the_accuracy_is_that_of_the_arm_that_every_tool_trains() -> None:
    assert {line.accuracy for line in lines_of(ROUNDS)} == {0.9}


def test_the_best_loop_is_never_classlab_itself() -> None:
    best = best_loop(lines_of(ROUNDS))
    assert best is not None
    assert best.peer == "torch-loop"


def test_one_epoch_counts_as_it_is_because_there_is_no_other() -> None:
    (line,) = lines_of([_measured("torch-loop", [[2.0]], 3.0)])
    assert line.steady[0] == 2.0


def test_the_table_shows_ratios_to_the_best_loop_and_names_what_was_left_out() -> None:
    course = _measured("keras-tensorflow", [[30.0, 9.0, 9.0]], 60.0)
    text = as_markdown([*ROUNDS, course], settings={"images": {"linear": 60_000}, "epochs": {"linear": 3}}, units=UNITS)
    row = next(line for line in text.splitlines() if line.startswith("| classlab"))
    assert row == (
        "| classlab | 2 | 0.500 | 0.500 .. 0.500 | 0.667 | 6.00 | 18.00 "
        "| 8.0 | 8.0 .. 8.0 | 5.00 | 11.25 | 3 | 0.9000 | 0.7000 | float32, AVX-512 |"
    )
    assert "### (a) seven linear arms: 60,000 training images, 3 epochs, batch 128, 1 to 3 rounds" in text
    assert "- Keras `fit`, torch on linear: left out, keras is not installed." in text
