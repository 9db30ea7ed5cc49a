"""What of a training or a measurement needs PyTorch or Keras, said before either is imported.

The compiled kernels train without them. Where they are here and yet do not train what was asked for, the sentence names
what keeps them from it: that is found by asking `trained_by_kernels` about the same runs without it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classlab.errors import MissingExtraError
from classlab.extras import command, installed, need
from classlab.records.architecture import Architecture
from classlab.records.optimizers import SGD
from classlab.records.run import Loss
from classlab.training.kernels.library import VARIABLE, kernels
from classlab.training.kernels.recognition import computed_by_kernels, trained_by_kernels
from classlab.training.process.processor import LIMIT, on_processor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.options.words import DeviceName
    from classlab.records.architecture import KerasArchitecture
    from classlab.records.run import RunSpec


def need_for_training(runs: Sequence[RunSpec], device: DeviceName) -> None:
    """Goes on only where what trains these runs, which share their network, is installed.

    Raises:
        MissingExtraError: it is not.
    """
    architecture = runs[0].architecture
    if not isinstance(architecture, Architecture):
        _need_keras(architecture)
    elif not installed("torch") and not trained_by_kernels(runs, device):
        _need_kernels_or_pytorch(device)
        settings = " and ".join(_beyond_the_kernels(runs, device))
        asked = f"training with {settings}" if settings else _named(architecture)
        need("torch", asked, because="the compiled kernels do not have that")


def need_for_measuring(architecture: Architecture | KerasArchitecture, loss: Loss, device: DeviceName) -> None:
    """Goes on only where what computes this network is installed.

    Raises:
        MissingExtraError: it is not.
    """
    if not isinstance(architecture, Architecture):
        _need_keras(architecture)
    elif not installed("torch") and not computed_by_kernels(architecture, loss, device):
        _need_kernels_or_pytorch(device)
        need("torch", _named(architecture), because="the compiled kernels do not have that")


def need_for_gpu() -> None:
    """Goes on only where PyTorch is installed, which computes on a GPU.

    Raises:
        MissingExtraError: it is not.
    """
    need("torch", "`device` cuda", because="it computes on the GPU", instead="use device=cpu")


def _need_keras(architecture: KerasArchitecture) -> None:
    need("keras", _named(architecture), because="it has layers that only Keras computes")


def _need_kernels_or_pytorch(device: DeviceName) -> None:
    """Tells a machine without anything that computes from one whose kernels lack something."""
    if not on_processor(device):
        need_for_gpu()
    if kernels() is not None:
        return
    for switch, value in ((VARIABLE, "off"), (LIMIT, "default")):
        if os.environ.get(switch, "").lower() == value:
            raise MissingExtraError(
                f"a network needs the compiled kernels or PyTorch, but {switch}={value} leaves the kernels aside and "
                f"PyTorch is not installed. Unset {switch}, or install PyTorch with `{command('torch')}`."
            )
    raise MissingExtraError(
        "a network needs the compiled kernels or PyTorch, but neither is here: the kernels were not built when "
        "classlab was installed, or are not for this processor. Install a C compiler and then classlab anew, or "
        f"PyTorch with `{command('torch')}`."
    )


def _beyond_the_kernels(runs: Sequence[RunSpec], device: DeviceName) -> list[str]:
    """Which settings the kernels do not have, in the words of the options; none where it is the network itself."""
    first = runs[0]
    usual: dict[str, tuple[str, dict[str, Any]]] = {
        "precision": (f"`precision` {first.precision}", {"precision": "float32"}),
        "top_k": ("`top_k`", {"top_k": None}),
        "loss": (f"`loss` {first.loss.name}", {"loss": Loss(from_logits=first.loss.from_logits)}),
        "optimizer": (f"`optimizer` {_rules(runs, device)}", {"optimizer": SGD()}),
    }

    def trained(*, kept: str) -> bool:
        changes = {name: value for key, (_, change) in usual.items() if key != kept for name, value in change.items()}
        return trained_by_kernels([replace(run, **changes) for run in runs], device)

    if not trained(kept=""):
        return []
    return [words for key, (words, _) in usual.items() if not trained(kept=key)]


def _rules(runs: Sequence[RunSpec], device: DeviceName) -> str:
    """The update rules of these runs that the kernels do not have, or not as they are set."""
    strange: dict[str, None] = {}
    for run in runs:
        plain = replace(run, precision="float32", top_k=None, loss=Loss(from_logits=run.loss.from_logits))
        if not trained_by_kernels([plain], device):
            rule = run.optimizer
            as_set = trained_by_kernels([replace(plain, optimizer=type(rule)())], device)
            strange[f"{rule.kind} as it is set" if as_set else rule.kind] = None
    return " and ".join(strange)


def _named(architecture: Architecture | KerasArchitecture) -> str:
    return f"the model {architecture.name!r}"
