"""One command of the package under test, run in a process of its own under limits."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MEMORY = 6 * 2**30  # bytes of address space
SECONDS = 300  # a busy machine takes one to load Keras


@dataclass(frozen=True)
class Subject:
    """The package under test.

    Args:
        python: the interpreter that has it, or its dependencies.
        tree: a source tree that comes first on the path; None for what is installed.
    """

    python: str = sys.executable
    tree: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str | Path, folder: Path, shell: str = "") -> subprocess.CompletedProcess[str]:
        """Runs one command; 124 stands for one that did not end.

        Args:
            *words: the command line after `classlab`.
            folder: where.
            shell: redirections, as in `>/dev/full`.
        """
        command = [self.python, "-m", "classlab.cli.main", *map(str, words)]
        line = " ".join(f"'{word}'" for word in command) + " " + shell
        return self.call(["bash", "-c", line], folder=folder)

    def call(self, command: list[str], *, folder: Path) -> subprocess.CompletedProcess[str]:
        """Runs any command with the package on the path."""
        place = {**os.environ, "CLASSLAB_DATA": "", "OMP_NUM_THREADS": "1", **self.environment}
        place.pop("PYTHONPATH", None)
        if self.tree is not None:
            place["PYTHONPATH"] = str(self.tree)
        try:
            return subprocess.run(
                command,
                cwd=folder,
                env=place,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=False,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
            )
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 124, "", "it did not end")


def is_sentence(done: subprocess.CompletedProcess[str], codes: tuple[int, ...]) -> bool:
    """Whether a command ended with one of the codes and, where it refused, with a sentence of its own."""
    told = done.returncode == 0 or (done.stderr.strip() and "defect of classlab" not in done.stderr)
    return done.returncode in codes and bool(told) and "Traceback" not in done.stderr
