"""Search tools on Fashion-MNIST at equal wall time, each with its best reasonable settings.

    python -m benchmarks.search -o search.jsonl --page docs/evidence/search.md [--python TENSORFLOW/bin/python]

Every tool searches the same space (benchmarks/search_space.py) on the same training images and chooses on the same
validation images; no candidate trains longer than another tool's may. The minutes count from the start of the search
until a trained network is in hand, as each tool hands it back; the test images measure that one, once. One search of
one tool is one line of the file, written when it is done; what stands there is not measured again. Without `--model`
perceptrons are searched for 10 minutes and small convolutional networks for 20.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

from benchmarks.machine import describe_machine, provenance, warn_if_busy
from benchmarks.page import replace_between, table
from benchmarks.peers import Peer
from benchmarks.search_job import SearchJob, write_images
from benchmarks.search_space import MINUTES, MOST_EPOCHS, SearchedModel
from benchmarks.trial import interrupt_on_terminate, run_worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.journal import Measurement

DATA = "fashion_mnist"
_TENSORFLOW = {"backend": "tensorflow"}
_HYPERBAND = (
    "The algorithm is repeated until the time is up, candidates stop after 3 epochs without gain, the best epoch of "
    "the best trial is handed back."
)
_TPE = (
    "Multivariate TPE with groups, the Hyperband pruner, candidates stop after 3 epochs without gain, the best epoch "
    "of the best trial is handed back."
)
_SPEED = "float32 pixels, `steps_per_execution=67`, Keras's own `jit_compile`, which leaves XLA off on a processor."
TOOLS: dict[str, Peer] = {
    "classlab": Peer(
        title="`classlab search`",
        worker="classlab_search",
        needs=("torch", "optuna"),
        options={"sampler": "tpe"},
        note="Early stopping as the others have it. The finalists' fresh seeds are in its minutes; its accuracies are "
        "means over those seeds: three finalists on five seeds for perceptrons, one on one for convolutional networks, "
        "of which every block draws its own number of filters.",
    ),
    "classlab-random": Peer(
        title="`classlab search`, random",
        worker="classlab_search",
        needs=("torch", "optuna"),
        options={"sampler": "random"},
        note="The same with `sampler = \"random\"`.",
    ),
    "keras-tuner": Peer(
        title="KerasTuner Hyperband, Keras on PyTorch",
        worker="keras_tuner_search",
        needs=("keras", "keras_tuner", "torch"),
        options={"backend": "torch"},
        note=f"{_HYPERBAND} Float32 pixels, no compilation, which every candidate would pay anew.",
    ),
    "optuna": Peer(
        title="Optuna over a Keras loop, PyTorch",
        worker="optuna_search",
        needs=("keras", "optuna", "torch"),
        options={"backend": "torch"},
        note=f"{_TPE} Float32 pixels, no compilation.",
    ),
    "keras-tuner-tensorflow": Peer(
        title="KerasTuner Hyperband, Keras on TensorFlow",
        worker="keras_tuner_search",
        needs=("keras", "keras_tuner", "tensorflow"),
        options=_TENSORFLOW,
        note=f"{_HYPERBAND} On TensorFlow: {_SPEED}",
    ),
    "optuna-tensorflow": Peer(
        title="Optuna over a Keras loop, TensorFlow",
        worker="optuna_search",
        needs=("keras", "optuna", "tensorflow"),
        options=_TENSORFLOW,
        note=f"{_TPE} On TensorFlow: {_SPEED}",
    ),
}  # fmt: skip


def read_rows(path: Path) -> list[Measurement]:
    """What was measured so far; a line that a killed command left half written is measured again."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return rows


def asked_for(options: argparse.Namespace) -> Iterator[Measurement]:
    """The searches that a command line means: all tools once, then all of them again."""
    for model in options.model:
        for repetition in range(options.repetitions):
            for tool in options.tools:
                yield {
                    "tool": tool,
                    "model": model,
                    "repetition": repetition,
                    "minutes": options.minutes or MINUTES[model],
                    "images": options.images,
                    "threads": options.threads,
                }


def find(rows: Sequence[Measurement], asked: Measurement) -> Measurement | None:
    """The search that was asked for, if it was measured."""
    return next((row for row in rows if asked.items() <= row.items()), None)


def measured(asked: Measurement, data: Path, python: str | None) -> Measurement:
    """One search of one tool, in a process of its own."""
    tool, minutes = TOOLS[asked["tool"]], asked["minutes"]
    elsewhere = python is not None and tool.options.get("backend") == "tensorflow"
    if not elsewhere and tool.missing is not None:
        return {"error": f"{tool.missing} is not installed"}
    job = SearchJob(
        model=asked["model"],
        minutes=minutes,
        seed=asked["repetition"],
        data=str(data),
        threads=asked["threads"],
        options={**tool.options, "limit": asked["images"]},
    )
    machine = describe_machine(asked["threads"])
    # A tool that overruns its minutes twice over hangs; starting and measuring take less than the rest.
    found = run_worker(
        tool.worker, job, timeout=180 * minutes + 600, python=str(python) if elsewhere else sys.executable
    )
    return found if "error" in found else {**asked, **found, "machine": machine}


def page(rows: Sequence[Measurement], model: SearchedModel) -> str:
    """One model's table, what the tools were given, and where it was measured.

    Args:
        rows: at least one; all of the same minutes and images.
        model: whose space was searched.
    """
    lines, notes = [], []
    for name, tool in TOOLS.items():
        if mine := [row for row in rows if row["tool"] == name]:
            lines.append(
                [
                    tool.title,
                    str(len(mine)),
                    f"{mean(row['tried'] for row in mine):,.0f}",
                    f"{mean(row['epochs'] for row in mine):,.0f}",
                    f"{mean(row['seconds'] for row in mine):,.0f}",
                    _spread([row["validation_accuracy"] for row in mine]),
                    _spread([row["test_accuracy"] for row in mine]),
                ]
            )
            notes.append(f"- {tool.title}: {tool.note}")
    header = ["tool", "searches", "configurations", "epochs", "seconds", "validation accuracy", "test accuracy"]
    minutes, images = rows[0]["minutes"], f"{rows[0]['images'] or 60_000:,}"
    said = (
        f"{minutes:g} minutes each, {images} training images (a tenth validates), no candidate "
        f"over {MOST_EPOCHS[model]} epochs. Means over the searches; accuracies in percent, with standard "
        "deviation and range."
    )
    where = provenance({"machine": rows[-1]["machine"], "measurements": list(rows)})
    return "\n".join([table(header, lines), "", said, "", *notes, "", where])


def _spread(shares: Sequence[float]) -> str:
    figures = [100 * share for share in shares]
    if len(figures) == 1:
        return f"{figures[0]:.2f}"
    return f"{mean(figures):.2f} ± {stdev(figures):.2f} ({min(figures):.2f} to {max(figures):.2f})"


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    interrupt_on_terminate()
    warn_if_busy(describe_machine(options.threads))
    rows = read_rows(options.output)
    with tempfile.TemporaryDirectory() as folder:
        for asked in asked_for(options):
            if find(rows, asked) is not None:
                continue
            found = measured(asked, write_images(Path(folder), DATA, options.images), options.python)
            name = f"{time.strftime('%H:%M:%S')} {asked['model']} {asked['tool']} {asked['repetition']}"
            if "error" in found:  # not kept, so that a later call tries again
                print(f"{name}: {found['error']}", file=sys.stderr, flush=True)
                continue
            rows.append(found)
            with options.output.open("a", encoding="utf-8") as file:
                file.write(json.dumps(found) + "\n")
            print(f"{name}: {_told(found)}", flush=True)
    if options.page is not None:
        mine = [row for asked in asked_for(options) if (row := find(rows, asked)) is not None]
        for model in MINUTES:
            if of_model := [row for row in mine if row["model"] == model]:
                replace_between(options.page, f"search-{model}", page(of_model, model))


def _told(row: Measurement) -> str:
    shares = {name: f"{100 * row[f'{name}_accuracy']:.2f} %" for name in ("validation", "test")}
    return (
        f"{row['tried']} configurations, {row['epochs']} epochs, {row['seconds']:.0f} s, validation "
        f"{shares['validation']}, test {shares['test']}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    several: dict[str, Any] = {"nargs": "+", "metavar": "NAME"}
    parser.add_argument("--model", choices=tuple(MINUTES), default=list(MINUTES), **several)
    parser.add_argument("--tools", choices=tuple(TOOLS), default=list(TOOLS), help=", ".join(TOOLS), **several)
    parser.add_argument("--minutes", type=float, help="of every search (10 for mlp, 20 for cnn)")
    parser.add_argument("--repetitions", type=int, default=3, help="searches of every tool, each with its seed (3)")
    parser.add_argument("--images", type=int, help="training images before a tenth validates (all)")
    parser.add_argument("--threads", type=int, default=2, help="cores of every tool (2)")
    parser.add_argument("--python", help="interpreter with Keras on TensorFlow, KerasTuner and Optuna (this one)")
    parser.add_argument("-o", "--output", type=Path, default=Path("search.jsonl"), help="lines of JSON (search.jsonl)")
    parser.add_argument("--page", type=Path, help="Markdown page whose tables are replaced")
    return parser


if __name__ == "__main__":
    main()
