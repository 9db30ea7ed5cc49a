"""A sharded population, on several processes: each trains some of the members with one thread.

Threads that share the small products of a step wait for each other dozens of times in it; processes that each have
members of their own meet once an epoch: on two cores 8 to 14 % less time, and less to lose to other programs. Threads
of one process do not help: the interpreter's lock lets only one of them prepare its next call.

The process that asked keeps the population's state between epochs, so whatever else happens there (early stopping,
checkpoints, members that go) knows nothing of the workers. They are forked, which costs milliseconds and shares the
images without a copy, and compute with one thread each, as a process forked from one with threads must.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from contextlib import nullcontext
from itertools import pairwise
from mmap import mmap
from typing import TYPE_CHECKING, NoReturn

import torch

from classlab.errors import WorkerError
from classlab.training.backend import EpochFigures, EpochResult
from classlab.training.process.apart import start_forked
from classlab.training.process.neighbors import cores_are_taken, one_thread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.connection import Connection

    from torch import Tensor

    from classlab.training.process.pulse import Pulse
    from classlab.training.tensor.population import TensorPopulation

# Floating-point operations of a whole training below which forking is not worth its milliseconds, and of one member's
# step below which a core of its own serves it better than a share of all of them.
_WORTH_FORKING = 5e9
_SMALL_STEP = 2e7
_STOP_SECONDS = 2.0  # what a worker is given to end by itself


def shard_count(population: TensorPopulation, *, threads: int) -> int:
    """Over how many processes a population is spread; 1 for training where it is.

    It follows from the members and the machine alone, never from how far training has come: a resumed training is
    spread as the uninterrupted one was, and ends in the same bits.

    Args:
        population: the members in training.
        threads: threads that arithmetic may use.
    """
    members = len(population.runs)
    # Other systems cannot fork safely once libraries have threads.
    if population.device.type != "cpu" or sys.platform != "linux" or min(threads, members) < 2:
        return 1
    few = members < threads and population.step_operations > _SMALL_STEP
    return 1 if few or not _is_long(population) else min(threads, members)


def _is_long(population: TensorPopulation) -> bool:
    """Whether the whole training is worth some milliseconds of arrangement."""
    epochs = max(run.epochs for run in population.runs)
    return population.step_operations * len(population.runs) * population.steps * epochs >= _WORTH_FORKING


class ShardedPopulation:
    """See `Population`: one that shares its epochs out among workers where that is worth its price.

    Args:
        whole: all members; its state is what workers begin with, and is brought up to date after each epoch.
    """

    def __init__(self, whole: TensorPopulation) -> None:
        self._whole = whole
        self._workers: list[_Worker] = []
        self._crowded: bool | None = None
        self.steps = whole.steps
        self.first_probes, self.member_weights = whole.first_probes, whole.member_weights
        self.snapshot, self.restore = whole.snapshot, whole.restore
        self.state, self.load_state = whole.state, whole.load_state

    def epoch(self, number: int, *, probed: bool, pulse: Pulse | None = None) -> EpochResult:
        """Trains one epoch and evaluates, here or in workers, whose steps nobody counts.

        Raises:
            WorkerError: a worker was ended from outside.
        """
        count = shard_count(self._whole, threads=torch.get_num_threads())
        if count < 2:
            with one_thread() if self._beside_others() else nullcontext():
                return self._whole.epoch(number, probed=probed, pulse=pulse)
        if not self._workers:
            self._begin(count)
        for worker in self._workers:
            worker.ask(number, probed=probed)
        found = [worker.answer() for worker in self._workers]
        for worker in self._workers:
            worker.bring_up_to_date()
        return EpochResult(
            training=_joined([each.training for each in found]),
            validation=_joined([each.validation for each in found]),
            probes=[probe for each in found for probe in each.probes],
        )

    def keep(self, slots: Sequence[int]) -> None:
        """Lets every member go whose slot is not named; workers would still hold them."""
        self.close()
        self._whole.keep(slots)

    def close(self) -> None:
        """Ends the workers; the whole population is up to date after every epoch."""
        for worker in self._workers:
            worker.close()
        self._workers = []

    def _beside_others(self) -> bool:
        """Whether one thread does better than several that wait for each other; asked once, before the first epoch."""
        if self._crowded is None:
            on_processor = self._whole.device.type == "cpu"
            self._crowded = on_processor and _is_long(self._whole) and cores_are_taken()
        return self._crowded

    def _begin(self, count: int) -> None:
        """Starts workers, neighbors together."""
        members = len(self._whole.runs)
        try:
            for start, stop in pairwise(members * place // count for place in range(count + 1)):
                self._workers.append(_Worker(self._whole, slice(start, stop)))
        except BaseException:
            self.close()
            raise


def _joined(parts: Sequence[EpochFigures]) -> EpochFigures:
    """The figures of neighboring members."""
    top_k = [part.top_k for part in parts if part.top_k is not None]
    return EpochFigures(
        loss=[loss for part in parts for loss in part.loss],
        accuracy=[accuracy for part in parts for accuracy in part.accuracy],
        top_k=[share for own in top_k for share in own] if top_k else None,
        first_bad_step=[step for part in parts for step in part.first_bad_step],
    )


class _Worker:
    """One process, as its parent sees it."""

    def __init__(self, population: TensorPopulation, span: slice) -> None:
        self._rows = {name: tensor[span] for name, tensor in population.tensors().items()}
        self._handed = {name: _shared(rows) for name, rows in self._rows.items()}
        self._here, there = multiprocessing.Pipe()
        self._process = start_forked(_serve, there, population, span, self._handed, daemon=True)
        there.close()

    def ask(self, number: int, *, probed: bool) -> None:
        try:
            self._here.send((number, probed))
        except BrokenPipeError:
            self._raise_worker_lost()

    def answer(self) -> EpochResult:
        try:
            found: EpochResult | BaseException = self._here.recv()
        except (EOFError, ConnectionResetError):
            self._raise_worker_lost()
        if isinstance(found, BaseException):
            raise found
        return found

    def bring_up_to_date(self) -> None:
        for name, rows in self._rows.items():
            rows.copy_(self._handed[name])

    def close(self) -> None:
        self._here.close()
        self._process.terminate()
        self._process.join(_STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()

    def _raise_worker_lost(self) -> NoReturn:
        self._process.join(_STOP_SECONDS)
        raise WorkerError(
            f"a process that trains some of the runs ended with code {self._process.exitcode}, most often for want of "
            "memory. Train fewer runs at once, or with one thread."
        )


def _serve(connection: Connection, population: TensorPopulation, span: slice, handed: Mapping[str, Tensor]) -> None:
    """A worker's life: epochs as they are asked for, until nobody asks any more."""
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            part = population.part(span)
            while True:
                number, probed = connection.recv()
                connection.send(_epoch(part, number, handed, probed=probed))
    except (EOFError, OSError):
        pass  # nobody asks any more
    except BaseException as problem:  # noqa: BLE001 - whatever it is, the parent raises it
        connection.send(problem)
        os._exit(1)


def _epoch(part: TensorPopulation, number: int, handed: Mapping[str, Tensor], *, probed: bool) -> EpochResult:
    result = part.epoch(number, probed=probed)
    # Members of one rule have no state of another's.
    for name, tensor in part.tensors().items():
        handed[name].copy_(tensor)
    return result


def _shared(tensor: Tensor) -> Tensor:
    """A copy in memory that forked processes share."""
    # Anonymous memory: containers often allow /dev/shm no more than 64 MB.
    memory = mmap(-1, max(1, tensor.numel() * tensor.element_size()))
    room = torch.frombuffer(memory, dtype=tensor.dtype, count=tensor.numel()).view(tensor.shape)
    return room.copy_(tensor)
