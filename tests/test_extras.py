"""The sentences about packages that are not installed, and what must work without them."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest

import classlab
from classlab.errors import MissingExtraError, SpecError
from classlab.extras import BACKENDS, Extra, command, installed, missing, need
from classlab.models.keras_runtime import keras

ROOT = Path(__file__).parents[1]
HOW = 'Install it with `pip install "classlab[{}]"`'

pytestmark = pytest.mark.light


@pytest.fixture
def without(monkeypatch):
    """Takes packages away from this process, as far as it asks for them by name."""

    def take(*packages):
        for package in packages:
            monkeypatch.setitem(sys.modules, package, None)

    return take


def test_the_extras_are_those_that_the_project_names():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert {*get_args(Extra), "all", "docs", "test", "test-light", "test-browser", "test-notebooks"} == set(extras)
    (everything,) = extras["all"]
    assert set(everything.removeprefix("classlab[").removesuffix("]").split(",")) == set(get_args(Extra))


def test_the_core_depends_on_neither_pytorch_nor_keras():
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert [line for line in needed if line.startswith(("torch", "keras", "array-api-compat"))] == []


def test_a_package_is_looked_for_without_importing_it():
    code = (
        "import sys\nfrom classlab.extras import installed\n"
        "assert installed('colorsys') and 'colorsys' not in sys.modules and not installed('no_such_package')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_what_was_imported_before_is_installed_and_what_is_blocked_is_not(without):
    assert installed("pytest")
    without("pytest")
    assert not installed("pytest")


def test_nothing_is_said_where_the_package_is_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", sys)
    need("torch", "`device` cuda", because="it computes on the GPU")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, f"`device` cuda needs PyTorch, which is not installed. {HOW.format('torch')}."),
        (
            {"because": "it computes on the GPU", "instead": "use device=cpu"},
            "`device` cuda needs PyTorch, because it computes on the GPU, but it is not installed. "
            f"{HOW.format('torch')}, or use device=cpu.",
        ),
    ],
)
def test_a_missing_package_is_one_sentence(without, options, sentence):
    without("torch")
    with pytest.raises(MissingExtraError) as refusal:
        need("torch", "`device` cuda", **options)
    assert str(refusal.value) == sentence


def test_the_error_is_bad_input_and_a_missing_import_alike():
    error = missing("keras", "this")
    assert isinstance(error, SpecError)
    assert isinstance(error, ImportError)
    assert error.exit_code == SpecError.exit_code == 4
    assert command("keras") in str(error)


def test_the_callback_names_the_extra_that_it_needs(without):
    without("keras")
    with pytest.raises(MissingExtraError) as refusal:
        classlab.Doctor()
    assert str(refusal.value) == (
        "`classlab.Doctor` needs Keras, because it is a Keras callback, but it is not installed. "
        f"{HOW.format('keras')}."
    )


def test_keras_is_asked_for_by_what_needs_it(without):
    without("keras")
    with pytest.raises(MissingExtraError) as refusal:
        keras("the file net.keras")
    assert str(refusal.value) == f"the file net.keras needs Keras, which is not installed. {HOW.format('keras')}."


def test_keras_without_anything_to_compute_on_asks_for_pytorch(without, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr("classlab.models.keras_runtime.need", lambda *_, **__: None)  # as though Keras were there
    without(*BACKENDS)
    with pytest.raises(MissingExtraError) as refusal:
        keras("the file net.keras")
    assert str(refusal.value) == (
        "the file net.keras needs PyTorch, because Keras computes on it, but it is not installed. "
        f"{HOW.format('torch')}."
    )
