"""Where the kernels cannot be used there are none, and training goes on without them."""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from types import SimpleNamespace

import pytest

from classlab.training.kernels import library
from classlab.training.kernels.library import kernels

needs_kernels = pytest.mark.skipif(
    kernels() is None, reason="the compiled kernels are not installed, switched off, or not for this processor"
)


@pytest.fixture(autouse=True)
def afresh(monkeypatch):
    """The library is looked for again, before the test and after it."""
    monkeypatch.delenv("CLASSLAB_KERNELS", raising=False)
    library._opened.cache_clear()
    yield
    library._opened.cache_clear()


def found_at(monkeypatch, origin):
    monkeypatch.setattr(library, "find_spec", lambda name: ModuleSpec(name, None, origin=origin))


@needs_kernels
def test_the_installed_kernels_are_opened_once():
    assert kernels() is not None
    assert kernels() is kernels()


@needs_kernels
@pytest.mark.parametrize("word", ["off", "OFF", "Off"])
def test_the_kernels_can_be_switched_off_and_on_again(monkeypatch, word):
    opened = kernels()
    monkeypatch.setenv("CLASSLAB_KERNELS", word)
    assert kernels() is None
    monkeypatch.setenv("CLASSLAB_KERNELS", "on")
    assert kernels() is opened


def test_switched_off_kernels_are_not_even_looked_for(monkeypatch):
    monkeypatch.setattr(library, "find_spec", lambda _: pytest.fail("the kernels were looked for"))
    monkeypatch.setenv("CLASSLAB_KERNELS", "off")
    assert kernels() is None


def test_without_the_module_there_are_no_kernels(monkeypatch):
    monkeypatch.setattr(library, "find_spec", lambda _: None)
    assert kernels() is None


def test_a_module_without_a_file_is_none(monkeypatch):
    found_at(monkeypatch, None)
    assert kernels() is None


def test_a_file_that_is_no_library_is_none(monkeypatch, tmp_path):
    file = tmp_path / "classlab_kernels.so"
    file.write_text("no library")
    found_at(monkeypatch, str(file))
    assert kernels() is None


def test_a_file_that_is_not_there_is_none(monkeypatch, tmp_path):
    found_at(monkeypatch, str(tmp_path / "classlab_kernels.so"))
    assert kernels() is None


class Function:
    """A function of a library, as ctypes shows it."""

    def __init__(self, answer):
        self._answer = answer

    def __call__(self):
        return self._answer


@pytest.mark.parametrize(
    "functions",
    [
        {},
        {"classlab_kernels_version": Function(1)},
        {"classlab_kernels_version": Function(library._VERSION + 1), "classlab_kernels_supported": Function(1)},
        {"classlab_kernels_version": Function(library._VERSION - 1), "classlab_kernels_supported": Function(1)},
        {"classlab_kernels_version": Function(library._VERSION), "classlab_kernels_supported": Function(0)},
    ],
    ids=["another library", "half a library", "a newer version", "an older version", "another processor"],
)
def test_another_library_another_version_and_another_processor_have_no_kernels(monkeypatch, functions):
    found_at(monkeypatch, "classlab_kernels.so")
    monkeypatch.setattr(library.ctypes, "CDLL", lambda _: SimpleNamespace(**functions))
    assert kernels() is None


def test_the_version_and_processor_that_fit_are_taken(monkeypatch):
    fitting = SimpleNamespace(
        classlab_kernels_version=Function(library._VERSION), classlab_kernels_supported=Function(1)
    )
    declared = []
    found_at(monkeypatch, "classlab_kernels.so")
    monkeypatch.setattr(library.ctypes, "CDLL", lambda _: fitting)
    monkeypatch.setattr(library.structures, "declare", declared.append)
    assert kernels() is fitting
    assert declared == [fitting]


@needs_kernels
def test_training_goes_on_without_the_module(workbench, monkeypatch):
    specs, division = [workbench.spec(workbench.network((9, "tanh")))], workbench.division()
    wanted = workbench.in_kernels(specs, division)
    library._opened.cache_clear()
    monkeypatch.setattr(library, "find_spec", lambda _: None)
    before = len(workbench.epochs)
    found = workbench.train(specs, division)
    assert len(workbench.epochs) == before
    workbench.assert_alike(found, wanted)
