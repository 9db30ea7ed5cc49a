from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import classlab as lab
from classlab.models.keras_runtime import keras as load_keras

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULE = "layers_of_a_test"
NAME = "theirs>Doubled"
CODE = """
import keras


@keras.saving.register_keras_serializable(package="theirs")
class Doubled(keras.layers.Layer):
    def call(self, values):
        return 2 * values
"""


def forgotten() -> None:
    """As in a process that has not imported the module."""
    load_keras().saving.get_custom_objects().pop(NAME, None)
    sys.modules.pop(MODULE, None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A run with a layer of the user's, in the folder in which its module lies."""
    keras = load_keras()
    (tmp_path / f"{MODULE}.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    theirs = __import__(MODULE)
    layers = [keras.Input((8, 8, 1)), theirs.Doubled(name="twice"), keras.layers.Flatten(), keras.layers.Dense(10)]
    lab.fit("digits", keras.Sequential(layers, name="net"), epochs=1, limit=40, folder=tmp_path / "run")
    sys.path.pop()
    forgotten()
    yield tmp_path
    forgotten()


def test_a_run_with_a_registered_layer_says_which_module_it_needs(classlab, folder):
    said = (
        "classlab: the Keras model 'net' cannot be made again from its description (its layer 'twice' is of the class "
        f"{MODULE}.Doubled, whose module is not imported here). Where you trust it, give --import {MODULE} on the "
        f"command line, or `import {MODULE}` in Python first.\n"
    )
    for words in (("evaluate", "run", "--quiet"), ("export", "run", "--quiet")):
        answer = classlab(*words)
        assert (answer.code, answer.out, answer.err) == (4, "", said)
    assert MODULE not in sys.modules  # what a folder names is never imported unasked


def test_the_module_that_the_user_names_is_imported_first(classlab, folder):
    measured = classlab("evaluate", "run", "--import", MODULE, "--json")
    assert measured.code == 0, measured.err
    assert classlab("export", "run", "-o", "net.keras", "--import", MODULE).code == 0
    forgotten()
    assert classlab("data", "digits", "--no-tile", "--show", "test:0", "one.png", "--quiet").code == 0
    predicted = classlab("predict", "run", "one.png", "--import", MODULE, "--quiet")
    assert (predicted.code, predicted.out.startswith("one.png: ")) == (0, True), predicted.err


def test_a_module_that_is_not_there_is_refused_by_a_sentence(classlab, folder):
    answer = classlab("evaluate", "run", "--import", "no_such_module")
    assert (answer.code, answer.err) == (
        4,
        "classlab: --import must name a module that can be imported, but 'no_such_module' cannot (ModuleNotFoundError: "
        "No module named 'no_such_module'). Give its name as Python imports it, from the folder it lies in.\n",
    )
