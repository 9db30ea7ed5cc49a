"""The formats of `classlab export`: a row each, from which the parser, the narration and the default names come."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from classlab.extras import command, installed, need
from classlab.files.default_output import PAGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from classlab.models import Proof
    from classlab.studies.runs.run import Run


class ExportFormat(NamedTuple):
    """One format.

    Args:
        ending: of its files' names; `-o FILE` chooses the format by it.
        mark: what tells a file of it that classlab wrote from others; see `refuse_foreign`.
        what: a file of it, for the help, with what it needs.
        opener: by what the file is opened again, as the end of "opening it ...".
        write: writes the file and proves it.
        said: what the proof shows, as a sentence.
        check: refuses where a package is missing, before anything is read or written.
        whole: whether the file brings pictures of any size to the network's images itself.
        tells_unlike: whether it says which pictures are unlike the training images, where the run is calibrated.
    """

    ending: str
    mark: bytes
    what: str
    opener: Callable[[], str]
    write: Callable[[Run, Path], Proof]
    said: Callable[[Proof], str]
    check: Callable[[], None] = lambda: None
    whole: bool = False
    tells_unlike: bool = False


def _keras_opener() -> str:
    return "in Keras" if installed("keras") else "with classlab's own reader, because Keras is not installed,"


def _proven_by_keras(proof: Proof) -> str:
    """Who agrees with the run, and, where Keras has not been asked, how to ask it."""
    if proof.by == "keras":
        return _agrees("Keras", proof)
    return (
        f"{_read_back(proof)} Keras itself has not opened the file. To have it proven, install Keras with "
        f"`{command('keras')}` and export again."
    )


def _page_read_back(proof: Proof) -> str:
    return (
        f"{_read_back(proof)} Whenever the page is opened, its script is compared with the run on images of noise, and "
        "answers nothing where it differs."
    )


def _read_back(proof: Proof) -> str:
    return (
        f"classlab's own reader finds the run's layers and weights in it and agrees with the run on {proof.images} "
        f"random images: {_difference(proof)}."
    )


def _need_converter() -> None:
    from classlab.models.tflite_export import need_converter

    need_converter()


def _agrees(who: str, proof: Proof) -> str:
    return f"{who} agrees with the run on {proof.images} random images: {_difference(proof)}."


def _difference(proof: Proof) -> str:
    return f"largest difference between two class scores {proof.max_difference:.1e}"


FORMATS: dict[str, ExportFormat] = {
    "keras": ExportFormat(
        ending=".keras",
        mark=b'"classlab": {',
        what="for Keras",
        opener=_keras_opener,
        write=lambda run, path: run.to_keras(path),
        said=_proven_by_keras,
        whole=True,
    ),
    "onnx": ExportFormat(
        ending=".onnx",
        mark=b"classlab",
        what=f"for onnxruntime and others, {command('onnx')}",
        opener=lambda: "in onnxruntime",
        write=lambda run, path: run.to_onnx(path),
        said=lambda proof: _agrees("onnxruntime", proof),
        check=lambda: need("onnx", "an export to ONNX"),
    ),
    "tflite": ExportFormat(
        ending=".tflite",
        mark=b"classlab.json",
        what="for TensorFlow Lite, where TensorFlow is installed",
        opener=lambda: "in TensorFlow Lite's interpreter",
        write=lambda run, path: run.to_tflite(path),
        said=lambda proof: _agrees("TensorFlow Lite's interpreter", proof),
        check=_need_converter,
    ),
    "html": ExportFormat(
        ending=".html",
        mark=PAGE,
        what="a page that draws and answers on any phone, without network",
        opener=lambda: "with classlab's own reader",
        write=lambda run, path: run.to_html(path),
        said=_page_read_back,
        whole=True,
        tells_unlike=True,
    ),
}
DEFAULT = "keras"


def format_of(to: str | None, output: Path | None) -> str:
    """Which format is meant: the one named, else the one of the file's ending, else Keras's.

    Args:
        to: what the user gave as `--to`.
        output: what the user gave as `-o`.

    Raises:
        ValueError: the file has another ending; says which it must have.
    """
    if output is None:
        return to or DEFAULT
    fitting = {to: FORMATS[to]} if to else FORMATS
    for name, each in fitting.items():
        if output.suffix == each.ending:
            return name
    *others, last = (each.ending for each in fitting.values())
    endings = f"{', '.join(others)} or {last}" if others else last
    raise ValueError(f"the file must end in {endings}, but got {output}")
