"""The command line as a function, and a finished run to use it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from classlab.cli.main import main
from classlab.studies.fit import fit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def classlab(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Runs a command in this process; a parser's exit is an answer like any other."""

    def call(*words: object) -> Answer:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "linear"
    fit("digits", "linear", epochs=3, folder=folder)
    return folder


@pytest.fixture(scope="session")
def top_2_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose top-2 accuracy was measured as well."""
    folder = tmp_path_factory.mktemp("runs") / "linear"
    fit("digits", "linear", epochs=3, top_k=2, folder=folder)
    return folder
