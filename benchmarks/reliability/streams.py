"""Closed, full and abandoned streams: the training is kept and its command ends with the documented code."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.reliability.command import Subject

_STREAMS = {
    ">&-": (0,),
    "2>&-": (0,),
    ">&- 2>&-": (0,),
    "<&- >&- 2>&-": (0,),
    ">/dev/full": (5,),
    "2>/dev/full": (0,),
    "--json >/dev/full": (5,),
    "--json | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}": (0, 141),
    "2> >(true)": (0,),
}


def trials(subject: Subject, folder: Path) -> Iterator[tuple[str, bool]]:
    """One training with each."""
    words = ["train", "--data", "digits", "--model", "linear", "--limit", "60", "--epochs", "20", "-o", "run"]
    for streams, codes in _STREAMS.items():
        shutil.rmtree(folder / "run", ignore_errors=True)
        done = subject.run(*words, folder=folder, shell=streams)
        kept = (folder / "run" / "run.json").is_file()
        clean = "Traceback" not in done.stderr and "defect" not in done.stderr
        yield f"{streams}: code {done.returncode}, kept: {kept}", done.returncode in codes and kept and clean
