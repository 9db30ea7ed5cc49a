"""Kills a sweep with SIGKILL, runs it again, and compares its end with that of an undisturbed one.

    python -m benchmarks.kill_sweep --trials 50
    python -m benchmarks.kill_sweep --trials 50 -o kills.json

Every second trial kills at a named moment, all of them in turn: before and after a population is trained, stored and
cleared away, and the study saved. The others kill at random moments, half of them twice: one in five while the process
is still starting, the rest spread evenly over the time from its first population to its end.
Equal means: the same table and the same figures of every run, to the last bit; and the record of every run that was
finished when the kill came is untouched, so nothing was trained twice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine

ROOT = Path(__file__).resolve().parent.parent
MOMENTS = (
    "before-population",
    "after-population",
    "after-add",
    "after-removal",
    "before-save",
    "after-save",
)
SWEEP = """
import os, signal, sys
from classlab.cli.main import main
from classlab.files import fault
{fault}
sys.exit(main())
"""
POPULATIONS = 2  # batch sizes of the study below
VARYING = ("seconds", "openings")  # times, and openings: whose runs a kill has lost, or that it came before
EARLY_SHARE = 0.2  # of the random kills come while the process is starting
POLL_SECONDS = 0.002


@dataclass(frozen=True, kw_only=True)
class Window:
    """How long the undisturbed sweep took.

    Args:
        first: seconds until its first population began.
        rest: seconds from there until its end.
    """

    first: float
    rest: float


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One sweep with its kills.

    Args:
        kills: where each came: a named moment, or seconds after the start.
        finished: runs that were finished when the last one came.
        differences: what differs from the undisturbed sweep; empty is what is promised.
    """

    kills: tuple[str, ...]
    finished: int
    differences: tuple[str, ...]


def main() -> None:
    options = _options()
    rng = random.Random(options.seed)  # noqa: S311 - moments, not secrets
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        began = time.perf_counter()
        process = _sweep(home / "undisturbed", options.epochs)
        _wait_for_work(home / "undisturbed", process)
        first = time.perf_counter() - began
        reference = _result(process)
        window = Window(first=first, rest=time.perf_counter() - began - first)
        print(f"undisturbed: first population after {window.first:.2f} s, end {window.rest:.2f} s later", flush=True)
        trials = []
        for number in range(options.first, options.first + options.trials):
            trial = _trial(home / f"trial-{number}", number, reference, window, rng, options.epochs)
            trials.append(trial)
            outcome = f"DIFFERENT: {', '.join(trial.differences)}" if trial.differences else "equal"
            print(f"trial {number}: {', '.join(trial.kills)}, {trial.finished} runs finished: {outcome}", flush=True)
            shutil.rmtree(home / f"trial-{number}")
    equal = sum(not trial.differences for trial in trials)
    if options.output:
        report = {"machine": describe_machine(), "trials": [asdict(trial) for trial in trials], "equal": equal}
        Path(options.output).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"{equal}/{len(trials)} ended with the table and the figures of the undisturbed sweep")
    sys.exit(equal != len(trials))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", default=50, type=int)
    parser.add_argument("--first", default=1, type=int, help="number of the first trial, to go on with a series")
    parser.add_argument("--epochs", default=10, type=int)
    parser.add_argument("--seed", default=0, type=int, help="of the moments")
    parser.add_argument("-o", "--output", help="write the trials as JSON")
    return parser.parse_args()


def _sweep(store: Path, epochs: int, *, moment: str | None = None, passage: int = 1) -> subprocess.Popen[str]:
    """Starts or goes on with the study (4 arms, 2 seeds, 2 populations), which may end itself at a named moment."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    fault = f"fault.at({moment!r}, lambda: os.kill(os.getpid(), signal.SIGKILL), passage={passage})" if moment else ""
    command = [
        *(sys.executable, "-c", SWEEP.format(fault=fault), "sweep", "--data", "mnist5k", "--model", "linear"),
        *("--optimizer", "sgd,adam", "--batch-size", "32,64", "--seeds", "2", "--epochs", str(epochs)),
        *("--store", str(store), "--resume", "--quiet", "--json"),
    ]
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True)


def _result(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a sweep that must end well has printed, without what may vary."""
    text, message = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"a sweep ended with exit code {process.returncode}: {message.strip()}")
    return {key: value for key, value in json.loads(text).items() if key not in VARYING}


def _trial(
    store: Path, number: int, reference: dict[str, Any], window: Window, rng: random.Random, epochs: int
) -> Trial:
    """Kills, perhaps twice, lets the sweep end, and compares."""
    kills: list[str] = []
    named = number % 2 == 1
    wanted = 1 if named or number % 4 else 2
    while len(kills) < wanted:
        kill = (
            _kill_at_moment(store, number // 2, rng, epochs) if named else _kill_at_random(store, window, rng, epochs)
        )
        if kill is not None:
            kills.append(kill)
        elif kills:
            break  # a sweep that goes on has less to do and may end before its moment
        else:
            shutil.rmtree(store)  # the kill came too late: the sweep had ended
    before = _finished(store)
    found = _result(_sweep(store, epochs))
    differences = [key for key in reference if found.get(key) != reference[key]]
    after = _finished(store)
    differences += [f"run {name} was trained again" for name, content in before.items() if after.get(name) != content]
    return Trial(kills=tuple(kills), finished=len(before), differences=tuple(differences))


def _kill_at_moment(store: Path, number: int, rng: random.Random, epochs: int) -> str | None:
    moment = MOMENTS[number % len(MOMENTS)]
    passage = 1 if moment.endswith("save") else rng.randint(1, POPULATIONS)
    process = _sweep(store, epochs, moment=moment, passage=passage)
    process.communicate()
    return f"{moment}:{passage}" if process.returncode == -signal.SIGKILL else None


def _wait_for_work(store: Path, process: subprocess.Popen[str]) -> None:
    """Returns once a population has its folder, or the process ended."""
    while process.poll() is None and not any((store / "work").glob("*")):
        time.sleep(POLL_SECONDS)


def _kill_at_random(store: Path, window: Window, rng: random.Random, epochs: int) -> str | None:
    began = time.perf_counter()
    process = _sweep(store, epochs)
    if rng.random() < EARLY_SHARE:
        moment = rng.uniform(0, window.first)
    else:
        _wait_for_work(store, process)
        moment = rng.uniform(0, window.rest)
    try:
        process.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()
    return f"{time.perf_counter() - began:.2f} s" if process.returncode == -signal.SIGKILL else None


def _finished(store: Path) -> dict[str, str]:
    """The records of the runs that the store holds, by identity."""
    from classlab.records import to_json
    from classlab.studies.store import open_store

    database = store / "store.sqlite"
    if not database.exists() or not database.stat().st_size:
        return {}
    with open_store(store, write=True) as opened:
        return {record.identity: to_json(record) for record in opened.runs()}


if __name__ == "__main__":
    main()
