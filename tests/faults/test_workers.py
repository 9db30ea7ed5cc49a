"""R7 and R8: processes that train are lost or hang, and only their own runs fail."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from classlab.studies.study import Study
from classlab.training.process import apart
from tests.faults.test_refused_changes import lasting

pytestmark = [
    pytest.mark.needs("keras", "torch"),
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely"),
]
ROOT = Path(__file__).parents[2]
ENDS = {
    "exit": "code 3",
    "kill": "signal SIGKILL",
    "crash": "signal SIGSEGV",
    "abort": "signal SIGABRT",
}


@pytest.mark.faults("R7", full=True)
def test_of_a_hundred_runs_the_tenth_that_kills_its_process_fails_alone(odd_network, trials):
    acts = ["exit", "kill", "crash", "abort", "kill", *["none"] * 45]
    random.Random(0).shuffle(acts)  # noqa: S311  (a test that repeats)
    arms = [{"name": f"{act} {size}", "model": odd_network(act, after=size % 4)} for size, act in enumerate(acts)]
    result = Study("s", data="digits", arms=arms, limit=120, epochs=2, seeds=2, batch_size=32).run()
    assert len(result.record.runs) == 100
    for number, run in enumerate(result.record.runs):
        end = ENDS.get(acts[number // 2])
        reason = "" if end is None else f"ended with {end}"
        right = run.state == ("finished" if end is None else "failed") and reason in (run.reason or "")
        trials.add(f"run {number}, {acts[number // 2]}: {run.state}, {run.reason}", right=right)
    assert [run.state for run in result.record.runs].count("failed") == 10


SWEEP = (
    "sweep",
    "--data",
    "digits",
    "--model",
    "mlp",
    "--units",
    "128,64",
    "--optimizer",
    "adam,sgd",
    "--epochs",
    "25",
)


@pytest.mark.faults("R7", full=True)
def test_a_process_of_a_population_that_is_killed_costs_nothing(tmp_path, trials):
    place = {**os.environ, "PYTHONPATH": str(ROOT), "CLASSLAB_DATA": "", "CLASSLAB_KERNELS": "off"}

    def begin(store):
        words = (*SWEEP, "--seeds", "3", "--threads", "2", "--store", tmp_path / store, "--name", "s", "--json")
        command = [sys.executable, "-m", "classlab.cli.main", *map(str, words), "--quiet"]
        return subprocess.Popen(command, env=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def workers(process):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        return [int(word) for word in children.read_text("ascii").split()] if process.poll() is None else []

    straight, _ = begin("straight").communicate()
    rng = random.Random(1)  # noqa: S311
    while trials.tried < 20:
        process = begin(f"{trials.tried}-{rng.random()}")
        while process.poll() is None and len(workers(process)) < 2:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.5))
        there = workers(process)
        if there:
            os.kill(rng.choice(there), rng.choice([signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM]))
        found, said = process.communicate()
        if there:
            same = process.returncode == 0 and lasting(json.loads(found)) == lasting(json.loads(straight))
            trials.add(f"{process.returncode}: {said[-300:]}", right=same)


LIMIT, MOST = 4.0, 2.0  # seconds that a run may take, and that it may take longer until it has ended


@pytest.mark.faults("R8", full=True)
@pytest.mark.parametrize("act", ["sleep", "spin", "deaf", "hold"])
def test_a_run_that_hangs_ends_at_its_limit(act, odd_network, trials, monkeypatch):
    begun, ended = {}, {}

    class Timed(apart.Apart):
        def begin(self, place, *work, **options):
            begun[place] = time.monotonic()
            super().begin(place, *work, **options)

        def ended(self):
            place, found = super().ended()
            ended[place] = time.monotonic()
            return place, found

    monkeypatch.setattr(apart, "Apart", Timed)
    arms = [{"name": f"hangs after {after}", "model": odd_network(act, after=after)} for after in (0, 1, 3, 9, 14)]
    arms.append({"name": "good", "model": "linear"})
    result = Study("s", data="digits", arms=arms, limit=200, epochs=3, seeds=1, batch_size=32).run(run_timeout=LIMIT)
    *hung, good = result.record.runs
    assert good.state == "finished"
    for place, run in enumerate(hung):
        late = ended[place] - begun[place] - LIMIT
        right = run.state == "failed" and f"stopped after {LIMIT:g} seconds" in (run.reason or "") and 0 <= late <= MOST
        trials.add(f"{act}, {place}: {run.state}, {late:.2f} s late", right=right)
