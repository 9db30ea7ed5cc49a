import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from classlab.cli import model
from classlab.cli.parser import Parser
from classlab.errors import SpecError


def run(*words: str) -> int:
    top = Parser(prog="classlab")
    model.add_parser(top.add_subparsers())
    options = top.parse_args(["model", *words])
    return int(options.run(options))


def test_the_table_is_the_one_people_know_from_keras(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("cnn-small", "--dropout", "0.25") == 0
    assert capsys.readouterr().out == (
        'Model: "cnn-small" on images of 28x28x1\n'
        "─────────────────────────────────────────────────────────\n"
        "Layer (type)                  Output Shape        Param #\n"
        "─────────────────────────────────────────────────────────\n"
        "conv2d (Conv2D)               (None, 24, 24, 16)      416\n"
        "conv2d_1 (Conv2D)             (None, 22, 22, 16)    2,320\n"
        "max_pooling2d (MaxPooling2D)  (None, 11, 11, 16)        0\n"
        "dropout (Dropout)             (None, 11, 11, 16)        0\n"
        "flatten (Flatten)             (None, 1936)              0\n"
        "dense (Dense)                 (None, 10)           19,370\n"
        "─────────────────────────────────────────────────────────\n"
        "Total params: 22,106 (86.35 KB)\n"
        "Trainable params: 22,106 (86.35 KB)\n"
        "Non-trainable params: 0 (0.00 B)\n"
    )


@pytest.mark.parametrize(
    ("words", "shape", "parameters"),
    [
        (("linear",), [28, 28, 1], 7850),
        (("linear", "--input-shape", "8x6"), [8, 6, 1], 490),
        (("linear", "--input-shape", "8x6x3", "--classes", "4"), [8, 6, 3], 580),
        (("mlp", "--units", "32,16", "--activation", "tanh"), [28, 28, 1], 25120 + 528 + 170),
        (("linear", "--data", "digits"), [8, 8, 1], 650),
        (("linear", "--data", "digits", "--classes", "3"), [8, 8, 1], 195),
    ],
)
def test_json_carries_shapes_and_counts(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], shape: list[int], parameters: int
) -> None:
    assert run(*words, "--json", "--quiet") == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert (found["input_shape"], found["total"], printed.err) == (shape, parameters, "")
    assert found["rows"][-1]["output_shape"][0] is None


def test_a_file_is_summarised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from classlab.models.keras_runtime import keras

    k = keras()
    net = k.Sequential([k.Input((30,)), k.layers.Dense(3), k.layers.BatchNormalization()], name="net")
    path = tmp_path / "net.keras"
    net.save(path)
    assert run(str(path), "--input-shape", "6x5") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == 'Model: "net" on images of 6x5x1'
    assert lines[-3:] == [
        f"Total params: {net.count_params()} (420.00 B)",
        "Trainable params: 99 (396.00 B)",
        "Non-trainable params: 6 (24.00 B)",
    ]


def test_large_counts_are_grouped_and_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("mlp", "--units", "1000,1000", "--input-shape", "100x100x3") == 0
    assert "Total params: 31,012,010 (118.30 MB)" in capsys.readouterr().out.splitlines()


def test_too_small_images_are_refused_by_a_sentence() -> None:
    sentence = (
        "layer 3 of 'cnn' (Conv2D) has a window of 3x3, but only 2x2 values reach it. "
        "Use a smaller window, fewer layers or padding='same'."
    )
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        run("cnn", "--input-shape", "8x8x1")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("linear", "--units", "3"), "`--units` has no effect on the model linear; it belongs to mlp"),
        (
            ("linear", "--activation", "relu"),
            "`--activation` has no effect on the model linear; it belongs to mlp, cnn, cnn-small, lenet5",
        ),
        (("net.keras", "--units", "3"), "`--units` has no effect on a .keras file"),
        (("net.keras", "--classes", "3"), "`--classes` has no effect on a .keras file"),
        (("net.keras", "--data", "digits"), "`--data` has no effect on a .keras file"),
        (
            ("mlp", "--units", "3,x"),
            "argument --units: must be widths of the hidden layers, whole numbers of at least 1, but got '3,x'. "
            "Write for example --units 128,64.",
        ),
        (
            ("mlp", "--input-shape", "28"),
            "argument --input-shape: must be height x width x channels, as in 28x28x1, but got 28",
        ),
        (
            ("mlp", "--input-shape", "28x0"),
            "argument --input-shape: must be height x width x channels, as in 28x28x1, but got 28x0",
        ),
    ],
)
def test_a_wrong_command_line_ends_with_two(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], complaint: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        run(*words)
    assert stop.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert complaint in printed.err


def test_neither_keras_nor_torch_is_imported(tmp_path: Path) -> None:
    code = (
        "import argparse, sys; from classlab.cli import model\n"
        "assert not {'pydantic', 'numpy', 'rich'} & set(sys.modules)\n"
        "top = argparse.ArgumentParser(); model.add_parser(top.add_subparsers())\n"
        "options = top.parse_args(['model', 'cnn', '--json']); options.run(options)\n"
        "assert not {'keras', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
