"""How long it takes until something happens: help, imports, and the first trained epoch, as whole processes.

    python -m benchmarks.startup -o startup.json --page docs/evidence/performance.md

Commands take turns for a number of rounds; the first turn, in which files come from the disk, is not counted.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.journal import Journal
from benchmarks.machine import describe_machine, provenance, warn_if_busy
from benchmarks.measure import limit_threads, versions
from benchmarks.page import replace_between, table
from benchmarks.trial import NO_TIME, Deadline, interrupt_on_terminate, worker_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLASSLAB = "import sys; from classlab.cli.main import main; sys.exit(main())"
_KERAS_STEP = """
import keras
from sklearn.datasets import load_digits
images, labels = load_digits(return_X_y=True)
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(images / 16, labels, batch_size=128, epochs=1, verbose=0)
"""
_TRAIN = ("train", "--data", "digits", "--model", "linear", "--epochs", "1", "--quiet")


@dataclass(frozen=True, kw_only=True)
class Start:
    """One command.

    Args:
        title: its name in the table.
        code: what Python runs.
        arguments: what follows on its command line.
        needs: packages that must be importable.
        environment: variables that it is given.
    """

    title: str
    code: str
    arguments: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> str | None:
        """The first package that it needs and this Python does not have."""
        return next((package for package in self.needs if find_spec(package) is None), None)


def _keras_step(backend: str, title: str) -> Start:
    return Start(
        title=f"first epoch: Keras `fit` on {title}, digits, linear",
        code=_KERAS_STEP,
        needs=("keras", backend, "sklearn"),
        environment={"KERAS_BACKEND": backend},
    )


STARTS: dict[str, Start] = {
    "python": Start(title="`python -c pass`", code="pass"),
    "help": Start(title="`classlab --help`", code=_CLASSLAB, arguments=("--help",)),
    "import": Start(title="`import classlab`", code="import classlab"),
    "import-numpy": Start(title="`import numpy`", code="import numpy", needs=("numpy",)),
    "import-torch": Start(title="`import torch`", code="import torch", needs=("torch",)),
    "import-jax": Start(title="`import jax`", code="import jax", needs=("jax",)),
    "import-tensorflow": Start(title="`import tensorflow`", code="import tensorflow", needs=("tensorflow",)),
    "import-keras": Start(
        title="`import keras`, TensorFlow backend",
        code="import keras",
        needs=("keras", "tensorflow"),
        environment={"KERAS_BACKEND": "tensorflow"},
    ),
    "import-lightning": Start(title="`import lightning`", code="import lightning", needs=("lightning",)),
    "train": Start(
        title="first epoch: `classlab train --data digits --model linear --epochs 1`",
        code=_CLASSLAB,
        arguments=_TRAIN,
    ),
    "keras-tensorflow": _keras_step("tensorflow", "TensorFlow"),
    "keras-jax": _keras_step("jax", "JAX"),
    "keras-torch": _keras_step("torch", "torch"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    interrupt_on_terminate()
    machine = describe_machine(options.threads)
    warn_if_busy(machine)
    limit_threads(options.threads)  # the commands inherit it
    settings = {"rounds": options.rounds, "threads": options.threads}
    journal = Journal(Path(options.output), settings=settings, facts={"machine": machine}, resume=not options.anew)
    _measure_all(options, journal)
    journal.finish()
    text = figures_text(journal.document)
    print(text)
    if options.page:
        replace_between(Path(options.page), "startup", text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", default=7, type=int)
    parser.add_argument("--only", type=lambda text: text.split(","), help=f"of {', '.join(STARTS)}")
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--minutes", type=float, help="begin nothing later than this")
    parser.add_argument("--timeout", default=600, type=float, help="seconds after which a command is given up")
    parser.add_argument("--anew", action="store_true", help="do not go on with the measurements in the file")
    parser.add_argument("--page", help="Markdown page whose table is replaced")
    parser.add_argument("-o", "--output", default="startup.json")
    options = parser.parse_args(arguments)
    for name in options.only or ():
        if name not in STARTS:
            parser.error(f"there is no command {name!r}. Choose from {', '.join(STARTS)}.")
    return options


def _measure_all(options: argparse.Namespace, journal: Journal) -> None:
    deadline = Deadline(options.minutes)
    found = versions("classlab", "torch", "keras", "jax", "tensorflow-cpu", "tensorflow", "lightning", "numpy")
    for turn in range(-1, options.rounds):
        for name in options.only or STARTS:
            key = {"command": name}
            failed = any("error" in one and one["command"] == name for one in journal.measurements)
            if failed or journal.find({**key, "round": turn}):
                continue
            if missing := STARTS[name].missing:
                result: dict[str, Any] = {"error": f"{missing} is not installed", "again": True}
            else:
                result = _run(STARTS[name], options.timeout) if deadline.allows() else NO_TIME
            if not (turn > 0 and result is NO_TIME):
                journal.add({**key, "round": turn, **result, "versions": found})
            print(f"round {turn + 1} {name}: {result}", file=sys.stderr, flush=True)


def _run(start: Start, timeout: float) -> dict[str, Any]:
    """Seconds of one process, in an empty folder of its own."""
    environment = {**worker_environment(), "TF_CPP_MIN_LOG_LEVEL": "3", **start.environment}
    command = [sys.executable, "-c", start.code, *start.arguments]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            return {"error": f"it took longer than {timeout:g} s"}
        seconds = time.perf_counter() - began
    if done.returncode != 0:
        return {"error": f"it failed: {(done.stderr.strip().splitlines() or ['no message'])[-1][:300].rstrip('.')}"}
    return {"seconds": seconds}


def figures_text(document: dict[str, Any]) -> str:
    """Provenance, the table, and what was left out with its reason."""
    seconds: dict[str, list[float]] = {}
    for one in document["measurements"]:
        if "error" not in one and one["round"] >= 0:
            seconds.setdefault(one["command"], []).append(one["seconds"])
    rows = [
        [STARTS[name].title, f"{median(values):.2f}", f"{min(values):.2f} .. {max(values):.2f}", str(len(values))]
        for name, values in sorted(seconds.items(), key=lambda item: list(STARTS).index(item[0]))
    ]
    left_out = dict.fromkeys(
        f"- {STARTS[one['command']].title}: left out, {one['error']}."
        for one in document["measurements"]
        if "error" in one
    )
    tables = table(["command", "s", "min .. max", "rounds"], rows) if rows else ""
    return "\n\n".join(part for part in (provenance(document), tables, "\n".join(left_out)) if part)


if __name__ == "__main__":
    main()
