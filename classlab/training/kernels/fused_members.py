"""Fused members: neighbors of one seed whose steps are taken together, and their weights as the kernels want them."""

from __future__ import annotations

import ctypes
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from classlab.training.kernels.rules import settings_of, step_rates
from classlab.training.kernels.structures import DenseNetwork, Settings, Steps, Weight, address
from classlab.training.kernels.windows import windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.records.run import RunSpec
    from classlab.training.kernels.course import Course
    from classlab.training.kernels.images import KernelImages
    from classlab.training.kernels.recognition import DenseLayer
    from classlab.training.kernels.structures import Kernels
    from classlab.training.kernels.windows import Window
    from classlab.training.process.pulse import Losses

    # By name ("value", or that of a slot) and key of the weight: `(members of the population, ...)`.
    Arrays = Mapping[str, Mapping[str, NDArray[np.float32]]]

# Sums of so many vectors, and what they are multiplied by, fit into the processor's 16 registers.
_MOST_VECTORS = 10
_FEWEST_VECTORS = 6
_SLOTS = ("velocity", "momentum")
_KERNEL_AXES = 3  # members, units, inputs; a bias has two
# Steps of one call: some tens of milliseconds, after which an interruption is noticed.
_STEPS = 128
EVALUATED = 128  # images that are evaluated together


def chunk_shape(columns: int, *, lanes: int) -> tuple[int, int]:
    """How many chunks of how many vectors hold so many columns, with the least room left over.

    Example:
        >>> [chunk_shape(columns, lanes=8) for columns in (10, 70, 128, 512, 640)]
        [(1, 2), (1, 9), (2, 8), (8, 8), (8, 10)]
    """
    vectors = -(-columns // lanes)
    if vectors <= _MOST_VECTORS:
        return 1, vectors
    widths = range(_MOST_VECTORS, _FEWEST_VECTORS - 1, -1)
    width = min(widths, key=lambda each: -(-vectors // each) * each)
    return -(-vectors // width), width


class FusedMembers:
    """Neighboring members of one seed.

    Args:
        layers: the network's layers.
        slots: where the members are in the population.
        runs: their specifications; none for members that are only evaluated.
        lanes: floats of the kernels' vectors.
    """

    def __init__(self, layers: Sequence[DenseLayer], slots: slice, runs: Sequence[RunSpec] = (), *, lanes: int) -> None:
        self.slots, self._runs, self._layers = slots, list(runs), list(layers)
        self.members, units = slots.stop - slots.start, layers[0].units
        members = self.members
        self.chunks, self.vectors = chunk_shape(members * units, lanes=lanes)
        self._width = self.vectors * lanes
        padded = [-(-each.units // lanes) * lanes for each in layers]
        first = _Stack((self.chunks, layers[0].inputs, self._width))
        further = list(zip(layers, padded, strict=True))[1:]
        self._kernels = [first, *(_Stack((members, each.inputs, width)) for each, width in further)]
        self._biases = [
            _Stack((self.chunks * self._width,)),
            *(_Stack((members, width)) for _, width in further),
        ]
        self._units = np.array([each.units for each in layers], np.int64)
        self._activations = np.array([each.activation for each in layers], np.int64)
        rules = settings_of(runs)
        self._settings = (Settings * len(rules))(*rules)
        self._kernel_table = (Weight * len(layers))(*(each.structure for each in self._kernels))
        self._bias_table = (Weight * len(layers))(*(each.structure for each in self._biases))
        self._network = DenseNetwork(
            members=members,
            layers=len(layers),
            chunks=self.chunks,
            vectors=self.vectors,
            units=address(self._units),
            activations=address(self._activations),
            first=self._kernels[0].structure,
            first_bias=self._biases[0].structure,
            kernels=ctypes.addressof(self._kernel_table),
            biases=ctypes.addressof(self._bias_table),
            rules=len(rules),
            settings=ctypes.addressof(self._settings),
        )
        self.loss = np.zeros(members)
        self.correct, self.bad = np.zeros(members, np.int64), np.full(members, -1, np.int64)

    def load(self, arrays: Arrays) -> None:
        """Takes the members' weights, and their optimizer state where there is one."""
        self.loss[:], self.correct[:], self.bad[:] = 0, 0, -1
        for room, values, first in self._places(arrays):
            if values.ndim == _KERNEL_AXES:
                self._take_kernel(room, values, first=first)
            else:
                _own(room, values, first=first)[:] = values.reshape(-1) if first else values

    def store(self, arrays: Arrays) -> None:
        """Gives back what `load` took, as training has changed it."""
        for room, values, first in self._places(arrays):
            if values.ndim == _KERNEL_AXES:
                self._give_kernel(room, values, first=first)
            else:
                values[:] = _own(room, values, first=first).reshape(values.shape)

    def _places(self, arrays: Arrays) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32], bool]]:
        """Every weight and slot in the kernels' layout and in the population's, and whether it is the first layer's."""
        for layer, *stacks in zip(self._layers, self._kernels, self._biases, strict=True):
            for key, stack in zip((layer.kernel, layer.bias), stacks, strict=True):
                for name, room in zip(("value", *_SLOTS), stack.arrays, strict=True):
                    if name in arrays:  # a slot that no member has is nowhere
                        yield room, arrays[name][key][self.slots], layer is self._layers[0]

    def run(
        self, library: Kernels, course: Course, place: int, *, windows_made: Sequence[Window] | None, alone: bool
    ) -> None:
        """Takes steps of an epoch; other Python threads run meanwhile.

        Args:
            library: the kernels.
            course: which steps.
            place: of the members' order among those of the course.
            windows_made: the images of these steps where others share them; None where they are the members' own.
            alone: whether a second thread has nothing to do.
        """
        batch, per_epoch, order = course.batch, course.per_epoch, course.orders[place]
        rates, keeps = step_rates(
            self._runs, first=course.epoch * per_epoch, count=per_epoch, steps_per_epoch=per_epoch
        )
        asked = Steps(
            batch=batch,
            rates=address(rates),
            keeps=address(keeps),
            loss=address(self.loss),
            correct=address(self.correct),
            first_bad_step=address(self.bad),
        )
        given = windows_made or windows(
            library, course.images, order, batch=batch, steps=course.steps, most=_STEPS, ahead=alone
        )
        for window in given:
            asked.first, asked.stop = window.first, window.stop
            asked.order, asked.images = window.order, window.last
            _raise_if(
                library.dense_train(ctypes.byref(self._network), ctypes.byref(window.images), ctypes.byref(asked))
            )
            if course.pulse is not None:
                seen = min(window.stop * batch, len(order.places))
                slots = range(self.slots.start, self.slots.stop)
                course.pulse.took(slots, window.stop - window.first, partial(self._so_far, seen))

    def _so_far(self, seen: int) -> Losses:
        return (self.loss / seen).tolist(), (self.correct / seen).tolist()

    def evaluate(
        self,
        library: Kernels,
        images: KernelImages,
        batches: range,
        *,
        loss: NDArray[np.float64],
        correct: NDArray[np.int64],
        scores: NDArray[np.float32] | None,
    ) -> None:
        """Evaluates some images; others may be evaluated meanwhile.

        Args:
            library: the kernels.
            images: what is evaluated.
            batches: which of them, in batches of `EVALUATED`.
            loss: takes the sum over the images, `(members,)`.
            correct: takes the hits, `(members,)`.
            scores: takes the scores, of all images `(members, images, classes)`.
        """
        asked = Steps(order=address(images.order), images=len(images), batch=EVALUATED)
        asked.first, asked.stop = batches.start, batches.stop
        asked.loss, asked.correct = address(loss), address(correct)
        room = None if scores is None else address(scores)
        _raise_if(
            library.dense_evaluate(
                ctypes.byref(self._network), ctypes.byref(images.structure), ctypes.byref(asked), room
            )
        )

    def _take_kernel(self, room: NDArray[np.float32], values: NDArray[np.float32], *, first: bool) -> None:
        """From `(members, units, inputs)`."""
        if not first:
            room[:, :, : values.shape[1]] = values.transpose(0, 2, 1)
            return
        columns = np.zeros((room.shape[1], self.chunks * self._width), np.float32)
        columns[:, : len(values) * values.shape[1]] = values.reshape(-1, values.shape[2]).T
        room[:] = columns.reshape(len(columns), self.chunks, self._width).transpose(1, 0, 2)

    def _give_kernel(self, room: NDArray[np.float32], values: NDArray[np.float32], *, first: bool) -> None:
        if not first:
            values[:] = room[:, :, : values.shape[1]].transpose(0, 2, 1)
            return
        columns = room.transpose(0, 2, 1).reshape(self.chunks * self._width, -1)
        values[:] = columns[: len(values) * values.shape[1]].reshape(values.shape)


class _Stack:
    """A weight and its two slots, side by side in the kernels' layout."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.arrays = [np.zeros(shape, np.float32) for _ in range(3)]
        self.structure = Weight(*(address(array) for array in self.arrays))


def _own(room: NDArray[np.float32], bias: NDArray[np.float32], *, first: bool) -> NDArray[np.float32]:
    """The part of a bias's room that holds the members' numbers, without what fills it up to whole vectors."""
    return room[: bias.size] if first else room[:, : bias.shape[1]]


def _raise_if(failed: int) -> None:
    if failed:
        message = "there is not enough memory for a training step"
        raise MemoryError(message)
