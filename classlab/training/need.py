"""What of a training or a measurement needs PyTorch or Keras, said before either is imported.

The compiled kernels train without them: chains of the layers that they know, in float32.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.errors import MissingExtraError
from classlab.extras import command, installed, need
from classlab.models.keras_runtime import need_keras
from classlab.records.architecture import Architecture
from classlab.training.kernels.chain_layers import why_no_chain
from classlab.training.kernels.library import VARIABLE, kernels
from classlab.training.kernels.recognition import method_for_measuring, method_for_training
from classlab.training.process.processor import on_processor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.options.words import DeviceName
    from classlab.records.architecture import KerasArchitecture
    from classlab.records.run import Loss, RunSpec


def need_for_training(runs: Sequence[RunSpec], device: DeviceName) -> None:
    """Goes on only where what trains these runs, which share their network, is installed.

    Raises:
        MissingExtraError: it is not.
    """
    architecture = runs[0].architecture
    if any(run.fine_tuning is not None for run in runs):
        need("keras", "`fine_tune`", because="that stage trains Keras's layers", instead="leave it out")
    if not isinstance(architecture, Architecture):
        need_keras(architecture)
    elif not installed("torch") and method_for_training(runs, device) is None:
        _need_kernels_or_pytorch(device)
        precision = runs[0].precision
        plain = [replace(run, precision="float32") for run in runs]
        if method_for_training(plain, device) is not None:
            because, instead = "the compiled kernels compute in float32", "use precision=float32"
            need("torch", f"`precision` {precision}", because=because, instead=instead)
        need("torch", _named(architecture), because=why_no_chain(architecture, runs[0].loss))


def need_for_measuring(architecture: Architecture | KerasArchitecture, loss: Loss, device: DeviceName) -> None:
    """Goes on only where what computes this network is installed.

    Raises:
        MissingExtraError: it is not.
    """
    if not isinstance(architecture, Architecture):
        need_keras(architecture)
    elif not installed("torch") and method_for_measuring(architecture, loss, device) is None:
        _need_kernels_or_pytorch(device)
        need("torch", _named(architecture), because=why_no_chain(architecture, loss))


def need_for_gpu() -> None:
    """Goes on only where PyTorch is installed, which computes on a GPU.

    Raises:
        MissingExtraError: it is not.
    """
    need("torch", "`device` cuda", because="it computes on the GPU", instead="use device=cpu")


def _need_kernels_or_pytorch(device: DeviceName) -> None:
    """Tells a machine without anything that computes from one whose kernels lack something."""
    if not on_processor(device):
        need_for_gpu()
    if kernels() is not None:
        return
    if os.environ.get(VARIABLE, "").lower() == "off":
        raise MissingExtraError(
            f"a network needs the compiled kernels or PyTorch, but {VARIABLE}=off leaves the kernels aside and PyTorch "
            f"is not installed. Unset {VARIABLE}, or install PyTorch with `{command('torch')}`."
        )
    raise MissingExtraError(
        "a network needs the compiled kernels or PyTorch, but neither is here: the kernels were not built when "
        "classlab was installed. Install a C compiler and then classlab anew, or "
        f"PyTorch with `{command('torch')}`."
    )


def _named(architecture: Architecture) -> str:
    return f"the model {architecture.name!r}"
