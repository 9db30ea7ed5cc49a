from typing import Any

import pytest

from benchmarks.arithmetic import step_operations
from benchmarks.roofline import shapes
from benchmarks.roofline_text import LARGE, figures_text, peak, step_seconds

SETTINGS = {"images": 1280, "cnn_images": 128, "epochs": 2, "threads": 2, "size": 2048, "seconds": 0.1}


def _machine(threads: int, gflops: float) -> dict[str, Any]:
    products = {name: {"seconds": 1e-4, "least": 1e-4, "gflops": 50.0} for name in shapes(2048)}
    copies = {"256 MiB, in memory": {"seconds": 0.1, "gbytes": 10.0}}
    products[LARGE]["gflops"] = gflops
    return {"what": "machine", "threads": threads, "products": products, "copies": copies}


def _engine(network: str, members: int, step: float) -> dict[str, Any]:
    arm = {"optimizer": "adam", "learning_rate": 0.001, "seed": 0, "activation": "relu"}
    steps = 1 if network == "cnn" else 10
    fit = [99.0, steps * step]
    return {"what": "engine", "network": network, "members": members, "epoch_seconds": [fit], "arms": [arm] * members}


def test_steps_are_counted_from_images_and_the_first_epoch_is_left_out() -> None:
    assert step_seconds(_engine("cnn", 1, 0.5), SETTINGS) == pytest.approx(0.5)
    assert step_seconds(_engine("linear", 7, 0.002), SETTINGS) == pytest.approx(0.002)


def test_the_peak_is_the_quickest_large_product() -> None:
    assert peak([_machine(1, 60.0), _machine(2, 110.0), _machine(2, 120.0)]) == 120.0


@pytest.mark.parametrize(("times", "said"), [(2.0, "| 2.00 |"), (3.0, "| 3.00 (aim 2.5 not reached) |")])
def test_a_perceptrons_step_is_set_beside_its_products_at_the_peak(
    machine: dict[str, object], times: float, said: str
) -> None:
    least = 4 * step_operations("mlp") / 100e9
    measurements = [_machine(1, 60.0), _machine(2, 100.0), _engine("mlp", 4, times * least)]
    text = figures_text({"machine": machine, "settings": SETTINGS, "measurements": measurements})
    row = next(line for line in text.splitlines() if line.startswith("| mlp"))
    assert said in row
    assert f"| {100 / times:.1f} | {1 / times:.0%} |" in row
    alone = 8 * 1e-4 * 4 / 2  # eight products, four members, two threads
    assert f"| {1e3 * alone:.3f} | {times * least / alone:.2f} |" in row


def test_what_was_left_out_is_named(machine: dict[str, object]) -> None:
    error = {"what": "engine", "network": "cnn", "members": 1, "error": "there was no time left for it"}
    text = figures_text({"machine": machine, "settings": SETTINGS, "measurements": [error]})
    assert text.endswith("- cnn: left out, there was no time left for it.")
