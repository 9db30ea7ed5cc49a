from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.absolute import figures_text, main, parse_sizes


def measured(part: str, seconds: list[float], **more: Any) -> dict[str, Any]:
    return {
        "part": part,
        "network": "cnn",
        "members": 1,
        "images": 60_000,
        "round": 0,
        "epoch_seconds": [seconds],
        "process_seconds": 100.0,
        "memory_together_bytes": 300 * 2**20,
        "accuracy": [0.991],
        "validation_accuracy": [0.98, 0.991, 0.985],
        **more,
    }


@pytest.fixture
def text_of(machine: dict[str, object]) -> Callable[..., str]:
    def text(*measurements: dict[str, Any]) -> str:
        return figures_text({"machine": machine, "settings": {"device": "cpu"}, "measurements": list(measurements)})

    return text


def test_throughput_counts_epochs_of_all_images_without_the_first(text_of: Callable[..., str]) -> None:
    half = measured("throughput", [9.0, 2.0, 3.0], members=10, images=30_000)
    assert "| cnn | 10 | 30,000 | 2 | 2 .. 2 | 300 |" in text_of(half)


def test_the_target_is_reached_after_the_first_epoch_that_is_there(text_of: Callable[..., str]) -> None:
    later = measured("target", [12.0, 12.0, 12.0], round=1, validation_accuracy=[0.98, 0.985, 0.99])
    text = text_of(measured("target", [10.0, 11.0, 12.0]), later)
    assert "| cnn | 2.5 | 28.5 | 21.0 .. 36.0 | 100.0 | 0.9905 | 0.9910 |" in text
    assert "Medians of 2 rounds." in text


def test_a_target_that_is_not_reached_is_said_to_be(text_of: Callable[..., str]) -> None:
    text = text_of(measured("target", [10.0, 11.0], validation_accuracy=[0.97, 0.98]))
    assert "| cnn | not within 5 | 21.0 |" in text


def test_what_was_left_out_has_its_reason(text_of: Callable[..., str]) -> None:
    assert "- cnn x 1 (target): left out, it failed." in text_of(measured("target", [], error="it failed"))


@pytest.mark.parametrize("text", ["linear", "linear:", "linear:0", "linear:x", "lstm:3", ""])
def test_sizes_are_networks_and_numbers(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="--sizes takes a network"):
        parse_sizes(text)
    if text:
        with pytest.raises(SystemExit):
            main(["--sizes", text])
        assert repr(text) in capsys.readouterr().err
