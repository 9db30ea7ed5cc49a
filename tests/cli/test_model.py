import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classlab.cli.commands import add_model
from classlab.cli.main import run_command
from classlab.cli.parser import Parser
from classlab.errors import SpecError
from classlab.models import to_keras
from classlab.records.architecture import IMAGES, Architecture
from classlab.records.layers import Add, Dense, Flatten, Rescaling
from classlab.training.loop.initial_weights import initial_weights


def run(*words: str) -> int:
    top = Parser(prog="classlab")
    add_model(top.add_subparsers())
    options = top.parse_args(["model", *words])
    return run_command(options)


def test_the_table_is_the_one_people_know_from_keras(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("cnn-small", "--dropout", "0.25") == 0
    assert capsys.readouterr().out == (
        'Model: "cnn-small" on images of 28x28x1\n'
        "\n"
        "Layer (type)                        Output Shape  Param #\n"
        "conv2d (Conv2D)               (None, 24, 24, 16)      416\n"
        "conv2d_1 (Conv2D)             (None, 22, 22, 16)    2,320\n"
        "max_pooling2d (MaxPooling2D)  (None, 11, 11, 16)        0\n"
        "dropout (Dropout)             (None, 11, 11, 16)        0\n"
        "flatten (Flatten)                   (None, 1936)        0\n"
        "dense (Dense)                         (None, 10)   19,370\n"
        "\n"
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
        "the model 'cnn' needs larger images than 8 x 8 pixels, of which its windows leave nothing. "
        "Take cnn-small, mlp or linear."
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
        "import argparse, sys; from classlab.cli import commands, main\n"
        "assert not {'pydantic', 'numpy', 'rich'} & set(sys.modules)\n"
        "top = argparse.ArgumentParser(); commands.add_model(top.add_subparsers())\n"
        "options = top.parse_args(['model', 'cnn', '--json']); main.run_command(options)\n"
        "assert not {'keras', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


def test_a_graph_is_shown_with_what_each_layer_is_connected_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = (Flatten(), Dense(units=4), Dense(units=4, activation="relu"), Add(), Dense(units=2))
    inputs = ((IMAGES,), (0,), (1,), (1, 2), (3,))
    network = Architecture(name="skip", input_shape=(2, 2, 1), layers=layers, inputs=inputs)
    weights = initial_weights(network, 0)
    to_keras(network, weights, input_layer=Rescaling(scale=0.5)).save(tmp_path / "skip.keras")
    assert run(str(tmp_path / "skip.keras")) == 0
    assert capsys.readouterr().out == (
        'Model: "skip" on images of 2x2x1\n'
        "\n"
        "Layer (type)              Output Shape  Param #    Connected to\n"
        "rescaling (Rescaling)  (None, 2, 2, 1)        0          images\n"
        "flatten (Flatten)            (None, 4)        0       rescaling\n"
        "dense (Dense)                (None, 4)       20         flatten\n"
        "dense_1 (Dense)              (None, 4)       20           dense\n"
        "add (Add)                    (None, 4)        0  dense, dense_1\n"
        "dense_2 (Dense)              (None, 2)       10             add\n"
        "\n"
        "Total params: 50 (200.00 B)\n"
        "Trainable params: 50 (200.00 B)\n"
        "Non-trainable params: 0 (0.00 B)\n"
    )


def test_a_size_brings_the_pictures_of_a_folder_to_the_network(classlab, tmp_path):
    for place in range(4):
        file = tmp_path / "ab"[place % 2] / f"{place}.png"
        file.parent.mkdir(exist_ok=True)
        Image.fromarray(np.zeros((9 + place, 5), np.uint8)).save(file)
    answer = classlab("model", "linear", "--data", tmp_path)
    assert answer.err.endswith("Give a size to bring them to, as in --size 32x32.\n")
    document = json.loads(classlab("model", "linear", "--data", tmp_path, "--size", "6x4", "--json").out)
    assert document["input_shape"] == [6, 4, 1]
    answer = classlab("model", "linear", "--size", "6x4")
    assert answer.code == 2
    assert "`--size` has no effect without --data" in answer.err
