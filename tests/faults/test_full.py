"""What only the full set tries: commands of `benchmarks/` that plant a fault many times, and every place of a file."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from classlab.records import Opening
from classlab.studies.store.ledger import append_lines, read_lines

ROOT = Path(__file__).parents[2]
TRAIN = (
    "train",
    "--data",
    "digits",
    "--model",
    "mlp",
    "--dropout",
    "0.2",
    "--epochs",
    "600",
    "--limit",
    "300",
    "--quiet",
)


def command(*words, **options):
    place = {**os.environ, "PYTHONPATH": str(ROOT), "CLASSLAB_DATA": "", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", *map(str, words)], env=place, cwd=options.pop("cwd", ROOT), **options
    )


def measured(name, tmp_path, *words):
    """What a command of `benchmarks/` writes with -o."""
    command(name, *words, "-o", tmp_path / "found.json", stdout=subprocess.DEVNULL).wait()
    return json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))


@pytest.mark.faults("R1", full=True)
@pytest.mark.parametrize(("name", "count"), [("kill_sweep", 24), ("kill_and_resume", 12)])
def test_a_driver_killed_while_it_starts_or_trains_costs_nothing(name, count, tmp_path, trials):
    for trial in measured(f"benchmarks.{name}", tmp_path, "--trials", count)["trials"]:
        trials.add(trial, right=not trial["differences"])


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(number, marks=pytest.mark.faults(fault, full=True), id=fault)
        for number, fault in enumerate(("R3", "R9", "R13", "R14", "R20"), 1)
    ],
)
def test_planted_faults_end_in_a_sentence(kind, tmp_path, trials):
    ((right, tried),) = measured("benchmarks.reliability", tmp_path, "--kinds", kind).values()
    for number in range(tried):
        trials.add(f"{tried - right} of kind {kind}", right=number < right)


def opening(number: int) -> Opening:
    return Opening(time=f"t{number}", dataset="digits", digest="d", study="", purpose="training", runs=1)


@pytest.mark.faults("R3", full=True)
def test_a_ledger_cut_or_flipped_anywhere_loses_that_line_alone(tmp_path, trials):
    append_lines(tmp_path, [opening(number) for number in range(5)])
    path = tmp_path / "ledger.jsonl"
    whole = path.read_bytes()
    starts = [0, *(place + 1 for place, byte in enumerate(whole) if byte == 10)]
    whole_lines = [opening(number) for number in range(5)]
    for cut in range(starts[2], len(whole)):
        with trials.trial(f"cut at {cut}"):
            path.write_bytes(whole[:cut])
            kept = sum(start <= cut + 1 for start in starts[1:])  # a line whose end alone is gone is whole
            found, lost = read_lines(tmp_path)
            assert found == whole_lines[:kept]
            assert lost <= 1
            append_lines(tmp_path, [opening(9)])
            assert read_lines(tmp_path) == ([*found, opening(9)], lost)
    for place in range(starts[2], len(whole)):
        for bit in range(8):
            with trials.trial(f"bit {bit} of byte {place} flipped"):
                changed = bytearray(whole)
                changed[place] ^= 1 << bit
                path.write_bytes(changed)
                found, _ = read_lines(tmp_path)
                assert set(found) <= set(whole_lines)
                assert len(found) >= (3 if whole[place] == 10 else 4)  # a line end that is gone joins two


@pytest.mark.faults("R6", full=True)
def test_eight_writers_append_a_hundred_lines_each(tmp_path, trials):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append, args=(tmp_path, number)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found, lost = read_lines(tmp_path)
    assert lost == 0
    for number in range(800):
        trials.add(number, right=found.count(opening(number)) == 1)


def _append(folder: Path, number: int) -> None:
    for each in range(100):
        append_lines(folder, [opening(100 * number + each)])


@pytest.mark.faults("R6", full=True)
def test_a_stopped_holder_is_not_robbed(tmp_path, trials):
    holder = command("classlab.cli.main", *TRAIN, "-o", tmp_path / "run", stderr=subprocess.DEVNULL)
    while not (tmp_path / "run" / "checkpoint.safetensors").exists():
        time.sleep(0.01)
    holder.send_signal(signal.SIGSTOP)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        second = command(
            "classlab.cli.main", *TRAIN, "-o", tmp_path / "run", "--resume", stderr=subprocess.PIPE, text=True
        )
        _, said = second.communicate()
        trials.add(said, right=second.returncode == 6 and f"process {holder.pid} on" in said)
        time.sleep(5)
    holder.send_signal(signal.SIGCONT)
    assert holder.wait() == 0


@pytest.mark.faults("R3", full=True)
def test_a_database_cut_anywhere_is_refused(tmp_path, trials):
    from classlab.errors import ClasslabError
    from classlab.studies.store import open_store
    from classlab.studies.study import Study

    Study("s", data="digits", model="linear", limit=60, epochs=1, seeds=2).run(store=tmp_path)
    path, rng = tmp_path / "store.sqlite", random.Random(0)  # noqa: S311  (a test that repeats)
    whole = path.read_bytes()
    shutil.rmtree(tmp_path / "work", ignore_errors=True)

    def content():
        with open_store(tmp_path, write=False) as store:
            return store.runs(), store.study("s"), store.openings()

    right = content()
    flips = [(rng.randrange(len(whole)), 1 << rng.randrange(8)) for _ in range(1000)]
    last = len(whole) - 4096  # every place of the last page, and some of each page before it
    for cut, bit in (*((cut, 0) for cut in (*range(0, last, 61), *range(last, len(whole)))), *flips):
        path.write_bytes(whole[:cut] if not bit else whole[:cut] + bytes([whole[cut] ^ bit]) + whole[cut + 1 :])
        try:
            found = content()
        except ClasslabError as refusal:
            trials.add(f"{cut}: {refusal}", right="store.sqlite" in str(refusal))
        else:
            trials.add(f"{cut} bit {bit}", right=bool(bit) and found == right)
