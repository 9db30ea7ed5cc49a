"""Kills a training with SIGKILL at random moments, resumes it, and compares its end with that of an undisturbed one.

    python -m benchmarks.kill_and_resume --trials 20
    python -m benchmarks.kill_and_resume --trials 20 --data digits --model mlp --epochs 40 -- --dropout 0.2

One kill in five comes while the process is still starting, before its first epoch is on disk; the others are spread
evenly over the time from its first checkpoint to its expected results. Equal means: the same arrays in
`weights.safetensors` and `predictions.safetensors`, bit for bit, and the same text in `curves.csv`. (The files' headers
name the record, and that holds times, so whole files differ between any two trainings.)
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
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.machine import describe_machine

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
ARRAYS = ("weights.safetensors", "predictions.safetensors")
TEXTS = ("curves.csv",)
CHECKPOINT = "checkpoint.safetensors"
RECORD = "run.json"  # written last
POLL_SECONDS = 0.002
EARLY_SHARE = 0.2  # of the kills come before the process has written anything


@dataclass(frozen=True, kw_only=True)
class Window:
    """How long the undisturbed training took.

    Args:
        first: seconds until its first checkpoint.
        rest: seconds from there until its results were complete.
    """

    first: float
    rest: float


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One kill.

    Args:
        seconds: after the process was started.
        epoch: finished epochs that it left on disk.
        complete: whether the results were complete by then.
    """

    seconds: float
    epoch: int
    complete: bool


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One training with its kills.

    Args:
        kills: those that hit a process before its end.
        differences: files that differ from the undisturbed training's; empty is what is promised.
    """

    kills: tuple[Kill, ...]
    differences: tuple[str, ...]


def main() -> None:
    options = _options()
    rng = random.Random(options.seed)  # noqa: S311 - moments, not secrets
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        window = _undisturbed(options, home / "undisturbed")
        print(
            f"undisturbed: first epoch on disk after {window.first:.2f} s, results {window.rest:.2f} s later",
            flush=True,
        )
        trials = []
        for number in range(1, options.trials + 1):
            trial = _trial(options, home / f"trial-{number}", home / "undisturbed", window, rng)
            trials.append(trial)
            _narrate(number, trial)
            shutil.rmtree(home / f"trial-{number}")
    equal = sum(not trial.differences for trial in trials)
    report = {
        "machine": describe_machine(),
        "command": _command(options, Path("DIR")),
        "undisturbed_seconds": asdict(window),
        "trials": [asdict(trial) for trial in trials],
        "equal": equal,
    }
    if options.output:
        Path(options.output).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"{equal}/{len(trials)} ended with the weights of the undisturbed training, bit for bit")
    sys.exit(equal != len(trials))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", default=20, type=int)
    parser.add_argument("--kills", default=2, type=int, help="a trial draws 1 to this many kills")
    parser.add_argument("--data", default="mnist5k")
    parser.add_argument("--model", default="mlp")
    parser.add_argument("--epochs", default=8, type=int)
    parser.add_argument("--seed", default=0, type=int, help="of the moments; the training's own seed is 0")
    parser.add_argument("-o", "--output", help="write the trials as JSON")
    parser.add_argument("more", nargs="*", help="after --: further arguments of `classlab train`")
    return parser.parse_args()


def _command(options: argparse.Namespace, folder: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "classlab.cli.main", "train", "--data", options.data, "--model", options.model),
        *("--epochs", str(options.epochs), "--seed", "0", "-o", str(folder), "--quiet", *options.more, *more),
    ]


def _start(command: Sequence[str]) -> subprocess.Popen[str]:
    """Starts a training in a process of its own; it runs from this checkout where classlab is not installed."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, text=True)


def _finish(process: subprocess.Popen[str]) -> None:
    """Waits for the process's own end, which must be a good one."""
    _, message = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"a training ended with exit code {process.returncode}: {message.strip()}")


def _undisturbed(options: argparse.Namespace, folder: Path) -> Window:
    """Trains without a kill and notes when the first checkpoint was there and when the results were."""
    since, began = time.time_ns(), time.perf_counter()
    process = _start(_command(options, folder))
    _wait_for(folder / CHECKPOINT, process, since)
    first = time.perf_counter() - began
    _wait_for(folder / RECORD, process, since)
    rest = time.perf_counter() - began - first
    _finish(process)
    return Window(first=first, rest=rest)


def _wait_for(path: Path, process: subprocess.Popen[str], since: int) -> None:
    """Returns once the file was written after the moment `since`, or the process ended."""
    while process.poll() is None:
        with suppress(FileNotFoundError):
            if path.stat().st_mtime_ns >= since:
                return
        time.sleep(POLL_SECONDS)


def _trial(options: argparse.Namespace, folder: Path, reference: Path, window: Window, rng: random.Random) -> Trial:
    """Kills, resumes, perhaps kills again, lets it finish, and compares. A kill that came too late is drawn anew."""
    wanted = rng.randint(1, options.kills)
    kills: list[Kill] = []
    while len(kills) < wanted:
        done = kills[-1].epoch if kills else 0
        kill = _kill(options, folder, window, done, rng)
        if kill is not None:
            kills.append(kill)
        elif kills:
            break  # a resumed training has less to do and may end before its moment
        else:
            shutil.rmtree(folder)
    _finish(_start(_command(options, folder, "--resume")))
    return Trial(kills=tuple(kills), differences=tuple(_differences(folder, reference)))


def _kill(options: argparse.Namespace, folder: Path, window: Window, done: int, rng: random.Random) -> Kill | None:
    """Starts or resumes the training, `done` epochs of it being on disk, and kills it; None where it ended before."""
    epochs: int = options.epochs
    since, began = time.time_ns(), time.perf_counter()
    process = _start(_command(options, folder, "--resume"))
    if rng.random() < EARLY_SHARE:
        moment = rng.uniform(0, window.first)
    else:
        _wait_for(folder / CHECKPOINT, process, since)
        moment = rng.uniform(0, window.rest * (1 - done / epochs))
    try:
        process.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    if process.returncode != -signal.SIGKILL:
        _finish(process)
        return None
    complete = (folder / RECORD).exists()
    epoch = epochs if complete else _epochs_in(folder / CHECKPOINT)
    return Kill(seconds=time.perf_counter() - began, epoch=epoch, complete=complete)


def _epochs_in(checkpoint: Path) -> int:
    """Epochs that a checkpoint holds; 0 where there is none."""
    if not checkpoint.exists():
        return 0
    from safetensors import safe_open

    with safe_open(checkpoint, framework="numpy") as file:
        return int(json.loads(file.metadata()["facts"])["epoch"])


def _differences(folder: Path, reference: Path) -> list[str]:
    """Names of the files whose content differs."""
    different = [name for name in ARRAYS if _arrays(folder / name) != _arrays(reference / name)]
    different += [name for name in TEXTS if (folder / name).read_bytes() != (reference / name).read_bytes()]
    return different


def _arrays(path: Path) -> dict[str, tuple[Any, ...]]:
    """Type, shape and bytes of every array, so that even two kinds of zero or NaN differ."""
    from safetensors.numpy import load_file

    return {name: (str(array.dtype), array.shape, array.tobytes()) for name, array in load_file(path).items()}


def _narrate(number: int, trial: Trial) -> None:
    kills = ", ".join(
        f"after {kill.seconds:.2f} s with {'the results' if kill.complete else f'{kill.epoch} epochs'} on disk"
        for kill in trial.kills
    )
    result = f"DIFFERENT: {', '.join(trial.differences)}" if trial.differences else "equal"
    print(f"trial {number}: killed {kills}: {result}", flush=True)


if __name__ == "__main__":
    main()
