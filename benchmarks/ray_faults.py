"""Takes workers, nodes and the driver away from studies on a Ray cluster, and compares their ends with the local one.

    python -m benchmarks.ray_faults --trials 20 --page docs/evidence/growing.md

A cluster of two nodes of one core each runs on this machine. In each trial a study of 4 arms, 2 seeds and 4 populations
meets one fault at a random moment while a population trains: the process of a worker is killed; a node is taken away
with all its processes, and another one comes later; or the driver is killed, and the same command is given again.
Equal means: every run has the figures that it has without Ray, to the last bit; the store has each run once; the ledger
counts each once (after a killed driver at least once: its test images may have been measured before the kill); and a
run that was on record when the fault came is not trained again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.machine import describe_machine
from benchmarks.page import replace_between, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.records import StudyRecord

ROOT = Path(__file__).resolve().parent.parent
KINDS = {
    "worker": "a worker killed amid a population",
    "node": "a node taken away amid a population",
    "driver": "the driver killed, the command given again",
}
STUDY = {"model": "mlp", "epochs": 6, "optimizer": ["sgd", "adam"], "batch_size": [32, 64, 128, 256]}
RUNS, EACH, DATA, NAME = 16, 4, "mnist5k", "faults"  # runs of the study, and of a population
LONGEST = 1.0  # seconds that a fault waits once a population trains; a population takes about as long
WORKER = b"ray::classlab"  # what a worker is called while it trains


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One study with its fault.

    Args:
        kind: of the fault.
        kept: runs on record when it came.
        differences: what differs from the local study; empty is what is promised.
    """

    kind: str
    kept: int
    differences: tuple[str, ...]


class Ground:
    """The cluster and the study that is tried on it."""

    def __init__(self, home: Path, rng: random.Random) -> None:
        from ray.cluster_utils import Cluster

        import classlab
        from classlab.studies.work.ray_cluster import RayCluster

        self.home, self.rng = home, rng
        self.study = classlab.Study(NAME, data=DATA, seeds=2, **STUDY)
        self.expected = _figures(self.study.run(home / "local").record)
        self._node = {"num_cpus": 1, "num_gpus": 0, "object_store_memory": 200_000_000}
        self.cluster = Cluster(initialize_head=True, head_node_args={**self._node, "include_dashboard": False})
        self.second = self.cluster.add_node(**self._node)
        self._connection = RayCluster()
        self._connection.connect(self.cluster.address)

    def take_away(self) -> None:
        """Takes the second node away."""
        self.cluster.remove_node(self.second, allow_graceful=False)

    def add(self) -> None:
        """Has another one in its place."""
        self.second = self.cluster.add_node(**self._node)

    def close(self) -> None:
        """Ends the cluster."""
        self._connection.close()
        self.cluster.shutdown()

    def on_second(self) -> list[int]:
        """The processes that train on the second node."""
        (raylet,) = self.second.all_processes["raylet"]
        return [pid for pid in training() if _parent(pid) == raylet.process.pid]


def main() -> None:
    options = _options()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    machine, trials = describe_machine(), []
    with tempfile.TemporaryDirectory() as name:
        ground = Ground(Path(name), random.Random(options.seed))  # noqa: S311 - moments, not secrets
        for kind in options.kinds.split(","):
            done = 0
            while done < options.trials:
                trial = _trial(ground, kind, Path(name) / f"{kind}-{len(trials)}-{time.monotonic_ns()}")
                if trial is None:
                    continue  # the study had ended before its moment
                done += 1
                trials.append(trial)
                outcome = f"DIFFERENT: {', '.join(trial.differences)}" if trial.differences else "equal"
                if options.output:
                    document = {"machine": machine, "trials": [asdict(each) for each in trials]}
                    Path(options.output).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
                print(f"{kind} {done}: {trial.kept} runs were on record: {outcome}", flush=True)
        ground.close()
    if options.page:
        replace_between(Path(options.page), "ray-faults", page_text(trials, machine))
    sys.exit(any(trial.differences for trial in trials))


def page_text(trials: list[Trial], machine: dict[str, Any]) -> str:
    """The table for the page, and where it was made."""
    all_of, equal = Counter(each.kind for each in trials), Counter(each.kind for each in trials if not each.differences)
    rows = [[words, f"{equal[kind]} of {all_of[kind]}"] for kind, words in KINDS.items() if all_of[kind]]
    made = (
        f"Made {machine['measured'][:10]} on {machine['processor']}, {machine['cores']} cores, {machine['platform']}."
    )
    return f"{table(['fault', 'ended like the local study'], rows)}\n\n{made}"


def training() -> list[int]:
    """Processes of this machine in which a Ray worker trains a population."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdecimal() and (entry / "cmdline").read_bytes().startswith(WORKER):
                found.append(int(entry.name))
    return found


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", default=20, type=int, help="of each kind")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--seed", default=0, type=int, help="of the moments")
    parser.add_argument("-o", "--output", help="write the trials as JSON")
    parser.add_argument("--page", help="write the table between the marks of this page")
    return parser.parse_args()


def _trial(ground: Ground, kind: str, store: Path) -> Trial | None:
    if kind == "driver":
        return _with_killed_driver(ground, store)
    victims = training if kind == "worker" else ground.on_second
    before: dict[str, str] = {}
    hit, over = threading.Event(), threading.Event()

    def act() -> None:
        _wait_for_moment(ground, store, lambda: victims() or over.is_set())
        before.update(_on_record(store))
        found = victims()
        if not found:
            return
        hit.set()
        if kind == "worker":
            os.kill(found[0], signal.SIGKILL)
        else:
            ground.take_away()

    thread = threading.Thread(target=act)
    thread.start()
    ground.study.run(store, on="ray")
    over.set()
    thread.join()
    if kind == "node" and hit.is_set():
        ground.add()
    return _judged(ground, kind, store, before, once=True) if hit.is_set() else None


def _with_killed_driver(ground: Ground, store: Path) -> Trial | None:
    driver = _driver(ground, store)
    _wait_for_moment(ground, store, lambda: training() or driver.poll() is not None)
    driver.kill()
    if driver.wait() != -signal.SIGKILL:
        return None
    _wait_until(lambda: not training())  # Ray ends what nobody waits for
    before = _on_record(store)
    if _driver(ground, store).wait() != 0:
        raise SystemExit("the command that went on with a study ended badly")
    return _judged(ground, "driver", store, before, once=False)


def _driver(ground: Ground, store: Path) -> subprocess.Popen[bytes]:
    code = (
        f"import classlab; classlab.Study({NAME!r}, data={DATA!r}, seeds=2, **{STUDY!r}).run({str(store)!r}, on='ray')"
    )
    environment = {**os.environ, "RAY_ADDRESS": ground.cluster.address}
    return subprocess.Popen([sys.executable, "-c", code], env=environment)


def _judged(ground: Ground, kind: str, store: Path, before: dict[str, str], *, once: bool) -> Trial:
    from classlab.studies.store import open_store

    after = _on_record(store)
    with open_store(store, write=False) as opened:
        figures, counted = _figures(opened.study(NAME)), sum(each.runs for each in opened.openings())
    differences = [f"run {name} differs" for name, value in ground.expected.items() if figures.get(name) != value]
    differences += [f"{len(after)} runs are stored"] if len(after) != RUNS else []
    if counted < RUNS or (once and counted != RUNS):
        differences.append(f"the ledger counts {counted} runs")
    differences += [f"run {name} was trained again" for name, text in before.items() if after.get(name) != text]
    return Trial(kind=kind, kept=len(before), differences=tuple(differences))


def _figures(study: StudyRecord) -> dict[str, object]:
    return {run.identity: (run.state, run.history, run.fitted, run.validation, run.test) for run in study.runs}


def _on_record(store: Path) -> dict[str, str]:
    """The records of the runs that the store holds, by identity."""
    from classlab.records import to_json
    from classlab.studies.store import open_store

    database = store / "store.sqlite"
    if not database.exists() or not database.stat().st_size:
        return {}
    with open_store(store, write=False) as opened:
        return {record.identity: to_json(record) for record in opened.runs()}


def _wait_for_moment(ground: Ground, store: Path, trains: Callable[[], object]) -> None:
    """Returns at a random moment while a population trains, when none, one or two others are on record."""
    kept = EACH * ground.rng.randint(0, 2)
    _wait_until(lambda: trains() and sum(1 for _ in (store / "runs").glob("*/run.json")) >= kept)
    time.sleep(ground.rng.uniform(0, LONGEST))


def _wait_until(holds: Callable[[], object]) -> None:
    while not holds():
        time.sleep(0.01)


if __name__ == "__main__":
    main()
