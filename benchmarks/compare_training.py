"""Seconds per epoch of classlab, Keras's `fit`, a careful PyTorch loop and scikit-learn, on the same MNIST arrays.

    python -m benchmarks.compare_training -o compare.json

Every measurement is one process of its own. The tools take turns (A B C, A B C, ...) for a number of rounds, so
that a machine that slows down slows all of them. Times of training leave loading out; times of whole processes have
imports, loading and compilation in them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.machine import describe_machine
from benchmarks.measure import Job
from benchmarks.page import replace_between
from benchmarks.peers import OURS, PEERS
from benchmarks.summary import as_markdown
from benchmarks.workloads import WORKLOADS, WorkloadName

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
Measurement = dict[str, Any]
BUSY = 0.5  # processes that compute, averaged over the last minute


def main() -> None:
    options = _options()
    measurements: list[Measurement] = []
    images = {name: options.cnn_images if name == "cnn" else options.images for name in options.workloads}
    report: dict[str, Any] = {
        "machine": describe_machine(options.threads),
        "images": images,
        "epochs": options.epochs,
        "rounds": options.rounds,
        "measurements": measurements,
    }
    if (load := report["machine"]["load_before"] or 0.0) > BUSY:
        print(f"others keep this machine busy (load {load:.1f}): the figures will be worth little", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        arrays = {name: _write_arrays(Path(folder), images[name]) for name in options.workloads}
        for measurement in _measure_all(options, arrays):
            measurements.append(measurement)
            Path(options.output).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    text = as_markdown(measurements, images=images, epochs=options.epochs)
    print(text)
    if options.page:
        replace_between(Path(options.page), "figures", _provenance(report) + "\n\n" + text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", default="linear,mlp,cnn", type=lambda text: text.split(","))
    parser.add_argument("--peers", default=",".join(PEERS), type=lambda text: text.split(","))
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--epochs", default=3, type=int)
    parser.add_argument("--images", default=60_000, type=int, help="training images for linear and mlp")
    parser.add_argument(
        "--cnn-images", default=6_400, type=int, help="training images for cnn (an epoch takes minutes)"
    )
    parser.add_argument("--peer-arms", type=int, help="arms that a peer trains one after another (default: the sweep)")
    parser.add_argument("--members", type=lambda text: [int(n) for n in text.split(",")], help="population sizes")
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--timeout", default=3600, type=float, help="seconds after which a measurement is given up")
    parser.add_argument("--page", help="Markdown page whose figures are replaced, as docs/performance.md")
    parser.add_argument("-o", "--output", default="compare_training.json")
    options = parser.parse_args()
    for kind, given, known in (("peer", options.peers, PEERS), ("workload", options.workloads, WORKLOADS)):
        for name in given:
            if name not in known:
                parser.error(f"there is no {kind} {name!r}. Choose from {', '.join(known)}.")
    return options


def _write_arrays(folder: Path, images: int) -> Path:
    """Writes the arrays that all tools read: the first `images` training images and all test images."""
    path = folder / f"mnist-{images}.npz"
    if not path.exists():
        import numpy as np

        from classlab.datasets import load

        mnist = load("mnist")
        np.savez(
            path,
            x_train=mnist.train.images[:images, ..., 0],
            y_train=mnist.train.labels[:images],
            x_test=mnist.test.images[..., 0],
            y_test=mnist.test.labels,
        )
    return path


def _measure_all(options: argparse.Namespace, arrays: dict[WorkloadName, Path]) -> Iterator[Measurement]:
    """Workload after workload; within one, the tools take turns. A tool that failed once is not tried again."""
    for workload in options.workloads:
        dropped: set[tuple[str, int]] = set()
        for turn in range(options.rounds):
            for peer, members in _line_up(options, workload):
                if (peer, members) in dropped:
                    continue
                job = Job(
                    workload=workload,
                    members=members,
                    epochs=options.epochs,
                    data=str(arrays[workload]),
                    threads=options.threads,
                    options=PEERS[peer].options,
                )
                result = _measure(peer, job, options.timeout)
                if "error" in result:
                    dropped.add((peer, members))
                _narrate(turn, workload, peer, members, result)
                yield {"workload": workload, "peer": peer, "members": members, "round": turn, **result}


def _line_up(options: argparse.Namespace, workload: WorkloadName) -> Iterator[tuple[str, int]]:
    """Who is measured on this workload, with how many members."""
    plan = WORKLOADS[workload]
    for peer in options.peers:
        if workload not in PEERS[peer].workloads:
            continue
        if peer == OURS:
            yield from ((peer, members) for members in options.members or plan.members)
        else:
            yield peer, options.peer_arms or plan.sweep


def _measure(peer: str, job: Job, timeout: float) -> Measurement:
    """Runs one worker and times its whole process."""
    if missing := PEERS[peer].missing:
        return {"error": f"{missing} is not installed"}
    command = [sys.executable, "-m", f"benchmarks.workers.{PEERS[peer].worker}", job.to_argument()]
    started = time.perf_counter()
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"it took longer than {timeout:g} s"}
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"error": f"it failed: {last[:300].rstrip('.')}"}
    result: Measurement = json.loads(done.stdout.strip().splitlines()[-1])
    return {**result, "process_seconds": seconds}


def _narrate(turn: int, workload: str, peer: str, members: int, result: Measurement) -> None:
    what = result.get("error") or f"{result['training_seconds']:.2f} s of {result['process_seconds']:.2f} s"
    print(f"round {turn + 1} {workload} {peer} x{members}: {what}", file=sys.stderr, flush=True)


def _provenance(report: dict[str, Any]) -> str:
    machine = report["machine"]
    packages: dict[str, str] = {}
    for one in report["measurements"]:
        packages |= one.get("versions", {})
    listed = ", ".join(f"{name} {number}" for name, number in sorted(packages.items()))
    return (
        f"Measured {machine['measured'][:10]} on {machine['processor']}, {machine['threads']} of {machine['cores']} "
        f"cores, {machine['platform']}; {listed}."
    )


if __name__ == "__main__":
    main()
