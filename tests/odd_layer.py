"""A network whose layer does something odd as it trains: ends its process, hangs, or turns deaf."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _spin() -> None:
    while True:
        pass


def _turn_deaf() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    time.sleep(600)


def _hold_the_interpreter() -> None:
    ctypes.PyDLL(None).sleep(600)  # a call from C that lets no other thread of Python run


def _end_by(number: int) -> None:
    faulthandler.disable()  # pytest's would tell of threads while they run, and may itself end by another signal
    os.kill(os.getpid(), number)


ACTS: dict[str, Callable[[], object]] = {
    "none": lambda: None,
    "exit": lambda: os._exit(3),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "crash": lambda: _end_by(signal.SIGSEGV),
    "abort": lambda: _end_by(signal.SIGABRT),
    "sleep": lambda: time.sleep(600),
    "spin": _spin,
    "deaf": _turn_deaf,
    "hold": _hold_the_interpreter,
}


@pytest.fixture(scope="module")
def odd_network() -> Iterator[Callable[..., Any]]:
    """Builds a network of images of 8 x 8 x 1 by what its layer does, from which step on."""
    from classlab.models.keras_runtime import keras as load_keras

    keras = load_keras()

    @keras.saving.register_keras_serializable("odd")
    class Odd(keras.layers.Layer):  # type: ignore[misc,name-defined]
        def __init__(self, act: str = "none", after: int = 0, **others: Any) -> None:
            super().__init__(**others)
            self.act, self.after, self.steps = act, after, 0

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "act": self.act, "after": self.after}

        def call(self, values: Any, training: bool = False) -> Any:
            if training and values.shape[0] is not None:
                self.steps += 1
                if self.steps > self.after:
                    ACTS[self.act]()
            return values

    def build(act: str, after: int = 0) -> Any:
        inner = [keras.layers.Flatten(), Odd(act, after), keras.layers.Dense(10, activation="softmax")]
        return keras.Sequential([keras.Input((8, 8, 1)), *inner])

    yield build
    keras.saving.get_custom_objects().pop("odd>Odd")
