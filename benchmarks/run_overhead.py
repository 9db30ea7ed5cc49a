"""What a run costs beside its arithmetic: 500 tiny trainings on one machine, recorded by classlab and by others.

    python -m benchmarks.run_overhead -o overhead.json --page docs/evidence/growing.md

Every training is a linear classifier on `digits` for one epoch in batches of 128: 100 learning rates from 5 seeds. Its
arithmetic takes about a millisecond, so what is measured is what the tool adds. classlab plans populations, measures
training, validation and test images and keeps weights, predictions and a record of each run; Optuna and Ray Tune get
the same training as a loop in NumPy, and keep the accuracy on validation images. Each tool is one process, timed from
outside; in between it says how long it took to get ready: imports, images, and Ray where it is used.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe_machine, provenance, warn_if_busy
from benchmarks.page import replace_between, table

ROOT = Path(__file__).resolve().parent.parent
RATES = tuple(float(rate) for rate in np.geomspace(1e-4, 1, 100))
SEEDS, BATCH = 5, 128
LONG = 120  # seconds of a round, above which a tool is not measured again
TOOLS = {
    "classlab": "classlab, in one process",
    "classlab-fit": "classlab, one training after the other (`classlab.fit`)",
    "classlab-ray": "classlab, on Ray",
    "optuna": "Optuna with SQLite, a loop in NumPy",
    "tune": "Ray Tune, a loop in NumPy",
}
PACKAGES = {"optuna": ("optuna",), "tune": ("ray",), "classlab-ray": ("ray",)}


def main() -> None:
    options = _options()
    if options.tool:
        _TRAIN[options.tool](Path(options.place), RATES[: options.rates])
        return
    machine = describe_machine()
    warn_if_busy(machine)
    found = _rounds(options.rounds, options.rates)
    document = {"machine": machine, "runs": options.rates * SEEDS, "measurements": found}
    if options.output:
        Path(options.output).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    text = page_text(document)
    print(text)
    if options.page:
        replace_between(Path(options.page), "run-overhead", text)


def page_text(document: dict[str, Any]) -> str:
    """The table for the page: the quickest round of each tool, and where it was measured."""
    rows = []
    for tool, words in TOOLS.items():
        rounds = [one for one in document["measurements"] if one["tool"] == tool]
        if rounds:
            best = min(rounds, key=lambda one: one["seconds"])
            each = 1000 * (best["seconds"] - best["ready"]) / document["runs"]
            rows.append([words, f"{best['ready']:.1f}", f"{best['seconds']:.1f}", f"{each:.1f}"])
    head = ["tool", "seconds to get ready", f"seconds for {document['runs']} runs in all", "milliseconds per run"]
    return f"{table(head, rows)}\n\n{provenance(document)}"


def loop(rate: float, seed: int) -> float:
    """One epoch of a linear classifier in NumPy: softmax, cross-entropy, Adam; the accuracy on validation images."""
    train, validation = _images()
    random = np.random.default_rng(seed)
    weights = random.uniform(-1, 1, (65, 10)) * np.sqrt(6 / 75)  # 64 pixels and a constant; Glorot's limits
    moment, square = np.zeros_like(weights), np.zeros_like(weights)
    order = random.permutation(len(train[1]))
    for step, start in enumerate(range(0, len(order), BATCH), start=1):
        chosen = order[start : start + BATCH]
        pixels, labels = train[0][chosen], train[1][chosen]
        scores = pixels @ weights
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        shares[np.arange(len(labels)), labels] -= 1
        gradient = pixels.T @ shares / len(labels)
        moment = 0.9 * moment + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        weights -= rate * (moment / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-7)
    return float(((validation[0] @ weights).argmax(axis=1) == validation[1]).mean())


_loaded: list[Any] = []


def _images() -> Any:
    """Training and validation images as classlab divides them: pixels in [0, 1] and a constant, and labels."""
    if not _loaded:
        from classlab.datasets import load

        division = load("digits").divide()
        for split in (division.train, division.validation):
            pixels = split.images.reshape(len(split), -1) / 255
            _loaded.append((np.concatenate([pixels, np.ones((len(split), 1))], axis=1), split.labels))
    return _loaded


def _rounds(rounds: int, rates: int) -> list[dict[str, Any]]:
    """Every tool in turn; one that takes minutes, as Ray Tune with a process for each trial, is measured once."""
    found: list[dict[str, Any]] = []
    for number in range(rounds):
        slow = {one["tool"] for one in found if one["seconds"] > LONG}
        found += filter(None, (_measured(tool, rates, number) for tool in TOOLS if tool not in slow))
    return found


def _measured(tool: str, rates: int, number: int) -> dict[str, Any] | None:
    words = [sys.executable, "-m", "benchmarks.run_overhead", "--tool", tool, "--rates", str(rates)]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    quiet = {"PYTHONPATH": path, "RAY_USAGE_STATS_ENABLED": "0", "RAY_AIR_NEW_OUTPUT": "0"}
    with tempfile.TemporaryDirectory() as place:
        began, began_at = time.perf_counter(), time.time()  # `ready` comes from another process, on the common clock
        done = subprocess.run(
            [*words, "--place", place], capture_output=True, text=True, cwd=ROOT, env={**os.environ, **quiet}
        )
        seconds = time.perf_counter() - began
    marks = [line for line in done.stdout.splitlines() if line.startswith("ready ")]
    if done.returncode or not marks:
        print(f"{tool} is left out: {' '.join(done.stderr.split())[-300:]}", file=sys.stderr)
        return None
    ready = float(marks[0].split()[1]) - began_at
    return {"tool": tool, "round": number, "seconds": seconds, "ready": ready, "versions": _versions(tool)}


def _versions(tool: str) -> dict[str, str]:
    found = {}
    for package in ("numpy", *PACKAGES.get(tool, ())):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _ready() -> None:
    print(f"ready {time.time():.3f}", flush=True)


def _study(place: Path, rates: tuple[float, ...], on: str) -> None:
    import classlab

    study = classlab.Study(
        "overhead", data="digits", model="linear", learning_rate=list(rates), seeds=SEEDS, epochs=1, batch_size=BATCH
    )
    study.built  # noqa: B018  (the images are loaded and the arms built)
    if on == "ray":
        from classlab.studies.work.ray_cluster import RayCluster

        RayCluster().connect(None)
    _ready()
    study.run(place / "store", on=on)  # type: ignore[arg-type]


def _fit(place: Path, rates: tuple[float, ...]) -> None:
    import classlab

    data = classlab.load("digits")
    _ready()
    for rate in rates:
        for seed in range(SEEDS):
            classlab.fit(
                data,
                "linear",
                learning_rate=rate,
                epochs=1,
                seed=seed,
                batch_size=BATCH,
                folder=place / f"{rate}-{seed}",
            )


def _optuna(place: Path, rates: tuple[float, ...]) -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space: dict[str, list[Any]] = {"rate": list(rates), "seed": list(range(SEEDS))}
    study = optuna.create_study(
        storage=f"sqlite:///{place}/optuna.db", sampler=optuna.samplers.GridSampler(space), direction="maximize"
    )
    _images()
    _ready()
    study.optimize(
        lambda trial: loop(
            trial.suggest_float("rate", min(rates), max(rates)), trial.suggest_int("seed", 0, SEEDS - 1)
        ),
        n_trials=len(rates) * SEEDS,
    )


def _tune(place: Path, rates: tuple[float, ...]) -> None:
    import ray
    from ray import tune

    ray.init(address="local", include_dashboard=False, log_to_driver=False, logging_level="error")
    _ready()
    tune.Tuner(
        lambda config: {"accuracy": loop(config["rate"], config["seed"])},
        param_space={"rate": tune.grid_search(list(rates)), "seed": tune.grid_search(list(range(SEEDS)))},
        run_config=tune.RunConfig(storage_path=str(place), verbose=0),
    ).fit()


_TRAIN = {
    "classlab": lambda place, rates: _study(place, rates, "local"),
    "classlab-fit": _fit,
    "classlab-ray": lambda place, rates: _study(place, rates, "ray"),
    "optuna": _optuna,
    "tune": _tune,
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", default=3, type=int, help="the quickest counts; a slow tool has one")
    parser.add_argument("--rates", default=len(RATES), type=int, help="fewer, to try the command")
    parser.add_argument("-o", "--output", help="write the measurements as JSON")
    parser.add_argument("--page", help="write the table between the marks of this page")
    parser.add_argument("--tool", choices=list(_TRAIN), help=argparse.SUPPRESS)
    parser.add_argument("--place", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
