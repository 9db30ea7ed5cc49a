"""Types what a page of the documentation shows, in its order, as its reader would."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
import pytest

import classlab
from classlab.cli.main import main
from classlab.models.keras_runtime import keras as load_keras
from tests.docs.shown import Shown, shown
from tests.docs.smaller import ENDS, GIVEN, INSTEAD, NOT_RUN, SHORTER, STANDS_FOR

if TYPE_CHECKING:
    from collections.abc import Mapping

# What the pages take, all of them together.
NEEDS = pytest.mark.needs("keras", "torch", "onnxruntime", "pandas", "optuna", "uvicorn", "starlette")
WRITTEN = ("-o", "--csv", "--html", "--sarif", "--report", "--apply", "--store")  # options that name what is written


def first(table: Mapping[str, Any], text: str) -> Any:
    """What a table has for a command."""
    return next((value for pattern, value in table.items() if re.match(pattern, text)), None)


def bare(text: str) -> str:
    """A command without the variables before it."""
    return re.sub(r"^([A-Z_]+=\S+ )+", "", text)


def is_run(each: Shown) -> bool:
    """Whether a test runs it."""
    return each.language != "sh" or first(NOT_RUN, bare(each.text)) is None


def type_page(page: str, identity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Types a page's commands, Python and study files in the folder at hand.

    Args:
        page: which.
        identity: of a run in the folder's store.
        monkeypatch: puts small images in the place of Keras's.
    """
    found = [each for each in shown(page) if is_run(each)]
    scope = given(page, monkeypatch) if any(each.language == "python" for each in found) else {}
    for each in found:
        if each.language == "sh":
            typed(each, identity)
        elif each.language == "python":
            executed(each, scope)
        else:
            _study_file(each)


def _study_file(each: Shown) -> None:
    """Runs a study; the search's file is the one that the command below it takes, made smaller by the folder."""
    if not re.search("^(minutes|runs|total_epochs) = ", each.text, re.MULTILINE):
        Path("shown.toml").write_text(each.text)
        assert main(["sweep", "shown.toml"]) == 0


def typed(each: Shown, identity: str) -> None:
    """Types one command in the folder at hand; what it says that it writes is there afterwards."""
    text = bare(each.text)
    more, _ = first(SHORTER, text) or ("", "")
    program, *words = (STANDS_FOR.get(word, word).format(run=identity) for word in shlex.split(f"{text} {more}"))
    words = [found for word in words for found in (sorted(map(str, Path().glob(word))) if "*" in word else [word])]
    if program == "python":
        script = words.pop(0)
        if script != "-m":
            for made in (words[0], f"{words[0]}-new"):
                shutil.rmtree(made, ignore_errors=True)  # the folder has others of these names
            _as_script(script, words)
            return
        assert words.pop(0) == "classlab"
        program = "classlab"
    assert program == "classlab", text
    if words[0] == "train" and "-o" in words:
        shutil.rmtree(words[words.index("-o") + 1], ignore_errors=True)  # a reader has nothing there yet
    try:
        code = main(words)
    except SystemExit as stop:  # of the parser, as after --version
        code = int(stop.code or 0)
    assert code in (first(ENDS, text) or (0,)), text
    for option, value in pairwise(words):
        assert option not in WRITTEN or Path(value).exists(), f"{text}: {value} is not there"


def _as_script(script: str, words: list[str]) -> None:
    before = sys.argv
    sys.argv = [script, *words]
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        sys.argv = before


def compiled() -> Any:
    """A Keras model that a reader may have."""
    keras = load_keras()
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def given(page: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names that a page's Python finds: what it takes for granted, and Keras with small images."""
    import pandas

    keras, data = load_keras(), classlab.load("mnist5k")
    few = (data.train.spread(200), data.test.spread(200))
    arrays = tuple((split.images[..., 0], split.labels.astype(np.uint8)) for split in few)
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: arrays)
    scope = {"__name__": "page", "classlab": classlab, "keras": keras, "np": np, "pandas": pandas, "compiled": compiled}
    exec(GIVEN.get(page, ""), scope)  # noqa: S102  (our own)
    return scope


def executed(each: Shown, scope: dict[str, Any]) -> None:
    """Runs a block of Python."""
    text = each.text
    for old, (new, _) in INSTEAD.items():
        text = text.replace(old, new)
    exec(compile(text, f"{each.page}.md", "exec"), scope)  # noqa: S102  (our own)
    matplotlib.pyplot.close("all")
