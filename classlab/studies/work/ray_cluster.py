"""The Ray cluster that populations are sent to: found or started, and divided among them."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted
from classlab.errors import SpecError, WorkerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.options.words import DeviceName

_ADDRESS = "RAY_ADDRESS"
# Read by Ray when it is imported or started. The first keeps it from reporting its use to its makers.
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
# Of a Ray that nobody else is to reach. Without it Ray takes 127.0.0.1 for a mistake, and listens to the network.
_ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """How a cluster is divided among populations.

    Args:
        nodes: that compute.
        all_cores: of these nodes.
        at_once: populations that train side by side.
        cores: of each.
        gpus: of each, 0 or 1.
    """

    nodes: int
    all_cores: int
    at_once: int
    cores: int
    gpus: int

    @property
    def sentence(self) -> str:
        """What the cluster has, and how it is used."""
        each = f"{counted(self.cores, 'core')}{' and a GPU' * self.gpus}"
        return (
            f"Ray: {counted(self.nodes, 'node')} with {counted(self.all_cores, 'core')}; up to "
            f"{counted(self.at_once, 'population')} at a time, {each} each."
        )


class RayCluster:
    """This process's connection to Ray."""

    def __init__(self) -> None:
        self._ours = False

    def connect(self, address: str | None) -> None:
        """Connects, once; a connection that the program has already is used as it is.

        Args:
            address: see `RayPlace`.

        Raises:
            WorkerError: Ray does not answer or does not start.
        """
        address = address or os.environ.get(_ADDRESS) or "local"
        with _environment(_QUIET | (_ALONE if address == "local" else {})), _signals_kept():
            import ray

            if ray.is_initialized():
                return
            own = {"include_dashboard": False, "_node_ip_address": "127.0.0.1"} if address == "local" else {}
            try:
                ray.init(address=address, log_to_driver=False, logging_level="error", **own)
            except Exception as problem:  # noqa: BLE001  (some of Ray's are of no class of their own)
                raise _no_cluster(address, problem) from None
            self._ours = True
            _silence()

    def allocation(self, populations: int, *, device: DeviceName, threads: int | None) -> Allocation:
        """Divides the cluster as it is now.

        A population has the cores that were asked for; where nobody asked, so many that all populations can train at
        the same time, as far as there are cores. It has a GPU of its own where the cluster has any, unless a processor
        was asked for: then nodes without one stay idle.

        Args:
            populations: how many there are.
            device: auto, cpu or cuda.
            threads: cores of each; None where nobody asked.

        Raises:
            SpecError: no node has so many cores, or none a GPU.
        """
        import ray

        have = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        gpus = int(device != "cpu" and any(each.get("GPU", 0) >= 1 for each in have))
        if device == "cuda" and not gpus:
            raise SpecError("`device` cuda needs a node with a GPU, but the Ray cluster has none. Use device=cpu.")
        nodes = [(int(each.get("CPU", 0)), int(each.get("GPU", 0))) for each in have]
        nodes = [(cores, own) for cores, own in nodes if cores and own >= gpus]
        largest = max((cores for cores, _ in nodes), default=0)

        def places(each: int) -> int:
            return sum(min(cores // each, own) if gpus else cores // each for cores, own in nodes)

        wanted = min(populations, places(1))
        each = threads or next((many for many in range(largest, 0, -1) if places(many) >= wanted), 1)
        if each > largest:
            raise SpecError(
                f"`threads` must be at most the cores of the largest node, but got threads={each}, and the Ray "
                f"cluster's has {largest}. Give fewer, or wait until its nodes are there."
            )
        total = sum(cores for cores, _ in nodes)
        return Allocation(nodes=len(nodes), all_cores=total, at_once=places(each), cores=each, gpus=gpus)

    def close(self) -> None:
        """Leaves the cluster; one that was started here ends."""
        if self._ours:
            import ray

            ray.shutdown()
            self._ours = False


def _no_cluster(address: str, problem: Exception) -> WorkerError:
    said = " ".join(str(problem).split())[:300].rstrip(".")
    if address == "local":
        step = "Try it when the machine is less busy, or use on=local"
        return WorkerError(f"Ray must start on this machine, but it says: {said}. {step}.")
    return WorkerError(f"Ray must answer at {address}, but it says: {said}. Check the address with `ray status`.")


def _silence() -> None:
    """Keeps Ray from printing what it hears of lost nodes, a raylet's last lines among it, amid figures on stdout."""
    from ray._private import worker

    worker.print_to_stdstream = lambda *_, **__: None  # no public way; where Ray has no such name, nothing changes


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Sets variables inside the `with` that the user has not."""
    added = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Gives SIGTERM back to whom it belonged: Ray takes it."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)
