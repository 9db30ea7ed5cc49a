"""Writes small Keras programs with one fault each, and sound ones, for the doctor to be tried on.

    python -m benchmarks.written_programs FOLDER
    KERAS_BACKEND=torch python -m benchmarks.foreign_faults FOLDER --markers written-programs -o answers.json

`written_programs.toml` says what the programs are: six networks on images and others on tables, words and waves, each
as it should be and with one thing done wrong. A program is plain Keras under a head that says what is wrong with it,
as `benchmarks.foreign_faults` reads it. Nothing here knows the doctor.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).with_suffix(".toml")

_HEAD = """# fault: {fault}
# expect-top: {top}
# expect-any: {any}
# kind: {kind}
# size: {size}
import numpy as np
import keras
from keras import layers, ops

"""
_IMAGES = """(x_train, y_train), (x_test, y_test) = keras.datasets.{data}.load_data()
x_train, x_test = (a.reshape(-1, *{shape}).astype("float32") for a in (x_train, x_test))
y_train, y_test = y_train.ravel().astype("int64"), y_test.ravel().astype("int64")
{scale}
{labels}
x_val, y_val = x_train[-500:], y_train[-500:]
x_train, y_train = x_train[:-500], y_train[:-500]
{late}
{body}
{post}
model.compile(optimizer={opt}, loss={loss}, metrics=["accuracy"])
model.fit(x_train, y_train, batch_size={batch}, epochs={epochs}, {val}, {fit} verbose=0)
print(model.evaluate(x_test, y_test, verbose=0))
"""
_NUMBERS = """{source}
order = np.random.default_rng(1).permutation(len(x))
x, y = x[order], y[order]
n = len(x) * 3 // 4
x, y, xt, yt = x[:n], y[:n], x[n:], y[n:]
{mid}
model = {model}
model.compile({compile})
model.fit(x, y, epochs={epochs}, batch_size={batch}, {fit}, verbose=0)
print(model.evaluate(xt, yt, verbose=0))
"""
# What a program has that says nothing else.
_USUAL_IMAGES = {
    "scale": "x_train = x_train / 255.0; x_test = x_test / 255.0",
    "labels": "",
    "late": "",
    "post": "",
    "opt": "keras.optimizers.Adam(1e-3)",
    "loss": '"sparse_categorical_crossentropy"',
    "batch": 32,
    "epochs": 4,
    "val": "validation_data=(x_val, y_val)",
    "fit": "",
    "size": "2500 600",
}
_USUAL_NETWORK = {"head": '"softmax"', "units": 10, "kopt": "", "bn": "", "extra": ""}
_USUAL_NUMBERS = {"mid": "", "epochs": 20, "batch": 32, "fit": "validation_data=(xt, yt)", "size": "2500 600"}


def programs() -> dict[str, str]:
    """The source of every program by its name."""
    told = tomllib.loads(PROGRAMS.read_text(encoding="utf-8"))
    images = {each["name"]: _of_images(each, told["networks"][each["network"]]) for each in told["images"]}
    numbers = {each["name"]: _of_numbers(each, told["tables"][each["data"]]) for each in told["numbers"]}
    return images | numbers


def _of_images(program: dict[str, Any], network: dict[str, Any]) -> str:
    told = {**_USUAL_IMAGES, **_USUAL_NETWORK, "act": f'"{network["activation"]}"', **program}
    told |= {"data": network["data"], "shape": network["shape"], "body": network["body"].format(**told)}
    return (_HEAD + _IMAGES).format(**told)


def _of_numbers(program: dict[str, Any], source: str) -> str:
    return (_HEAD + _NUMBERS).format(**{**_USUAL_NUMBERS, **program, "source": source})


def main() -> None:
    """Writes them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where they go")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    made = programs()
    for name, source in made.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    print(f"{len(made)} programs in {folder}")


if __name__ == "__main__":
    main()
