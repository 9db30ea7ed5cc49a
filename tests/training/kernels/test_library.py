"""Where the kernels cannot be used there are none, and training goes on without them."""

from __future__ import annotations

import ctypes
from importlib.machinery import ModuleSpec
from types import SimpleNamespace

import pytest

from classlab.errors import OptionError
from classlab.training.kernels import library
from classlab.training.kernels.library import kernels
from classlab.training.kernels.structures import Field, Kernels, layout

needs_kernels = pytest.mark.skipif(
    kernels() is None, reason="the compiled kernels are not installed, switched off, or not for this processor"
)


@pytest.fixture(autouse=True)
def afresh(monkeypatch):
    """The library is looked for again, before the test and after it."""
    monkeypatch.delenv("CLASSLAB_KERNELS", raising=False)
    monkeypatch.delenv("ATEN_CPU_CAPABILITY", raising=False)
    library._opened.cache_clear()
    yield
    library._opened.cache_clear()


def found_at(monkeypatch, origin):
    monkeypatch.setattr(library, "find_spec", lambda name: ModuleSpec(name, None, origin=origin))


def test_another_word_than_on_and_off_is_refused(monkeypatch):
    monkeypatch.setenv("CLASSLAB_KERNELS", "banana")
    with pytest.raises(OptionError) as refusal:
        kernels()
    assert str(refusal.value) == (
        "the environment variable CLASSLAB_KERNELS must be off, on or empty, but got 'banana'. Set it to off to leave "
        "the compiled kernels aside."
    )


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

    def __init__(self, *answers):
        self._answers = answers

    def __call__(self, place=0):
        return self._answers[place] if place < len(self._answers) else None


def table(*fields):
    """What a library tells of its structures: by structure and name offset and size."""
    rows = [Field(structure.encode(), name.encode(), *place) for (structure, name), place in fields]
    return (Field * (len(rows) + 1))(*rows)


def opens(monkeypatch, *, version=library._VERSION, fields=None, variants=()):
    """The library that is found from now on."""
    found_at(monkeypatch, "classlab_kernels.so")
    found = SimpleNamespace(
        classlab_kernels_version=Function(version),
        classlab_kernels_layout=Function(table(*(layout() if fields is None else fields).items())),
        classlab_kernels=Function(*(ctypes.pointer(each) for each in variants)),
    )
    monkeypatch.setattr(library.ctypes, "CDLL", lambda _: found)


def test_another_library_has_no_kernels(monkeypatch):
    found_at(monkeypatch, "classlab_kernels.so")
    monkeypatch.setattr(library.ctypes, "CDLL", lambda _: SimpleNamespace())
    assert kernels() is None


WIDE, NARROW = Kernels(name=b"AVX512", lanes=16), Kernels(name=b"AVX2", lanes=8)
ANY = Kernels(name=b"DEFAULT", lanes=4)


@pytest.mark.parametrize("step", [-1, 1], ids=["an older version", "a newer version"])
def test_another_version_has_no_kernels_whatever_its_structures_are(monkeypatch, step):
    opens(monkeypatch, version=library._VERSION + step, fields={}, variants=[WIDE])
    with pytest.warns(
        UserWarning, match="in classlab_kernels.so are of another version of classlab and are left aside"
    ):
        assert kernels() is None
    assert kernels() is None  # and says so once


def test_a_processor_without_the_instructions_has_no_kernels(monkeypatch):
    opens(monkeypatch)
    assert kernels() is None
    assert kernels("AVX2") is None


def test_the_widest_vectors_of_the_processor_are_taken_where_none_are_asked_for(monkeypatch):
    opens(monkeypatch, variants=[WIDE, NARROW])
    assert kernels().lanes == 16
    assert kernels("AVX2").lanes == 8
    assert kernels("AVX512").lanes == 16
    assert kernels("NEON") is None


@pytest.mark.parametrize(("limit", "expected"), [("avx512", b"AVX512"), ("avx2", b"AVX2"), ("default", b"DEFAULT")])
def test_kernels_wider_than_the_user_allows_are_left_aside_unless_named(monkeypatch, limit, expected):
    opens(monkeypatch, variants=[WIDE, NARROW, ANY])
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", limit)
    found = kernels()
    assert found.name == expected
    assert kernels("AVX512").lanes == 16


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({("steps", "stop"): (40, 8)}, "`stop` of `struct steps` lies at (40, 8), not at (32, 8)"),
        ({("settings", "epsilon"): (24, 8)}, "`epsilon` of `struct settings` lies at (24, 8), not at (24, 4)"),
        ({("weight", ""): (0, 24)}, "`the whole` of `struct weight` lies at (0, 24), not at (0, 32)"),
        ({("images", "depth"): (88, 8)}, "`depth` of `struct images` lies at (88, 8), not at None"),
        ({("images", "labels"): None}, "`labels` of `struct images` lies at None, not at (72, 8)"),
    ],
    ids=["moved", "another type", "another size", "a field more", "a field less"],
)
def test_structures_that_lie_otherwise_than_here_are_refused_by_name(monkeypatch, changes, sentence):
    fields = {field: place for field, place in (layout() | changes).items() if place is not None}
    opens(monkeypatch, fields=fields, variants=[NARROW])
    with pytest.raises(ImportError) as refusal:
        kernels()
    assert str(refusal.value) == (
        f"classlab's compiled kernels must have its own structures, but {sentence} (offset, bytes). "
        "Install classlab anew."
    )


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
