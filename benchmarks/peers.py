"""The tools that are compared: which worker measures each, what it needs, and which networks it takes part in."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.networks.names import BROUGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.workloads import Arm, WorkloadName

OURS = "classlab"
OURS_AUTO = "classlab-auto"
COURSE = "keras-tensorflow"  # Keras's `fit` as a course writes it
BY_HAND = "jax-population"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One tool in one configuration.

    Args:
        title: its name in the table.
        worker: module of `benchmarks.workers`.
        needs: packages that must be importable.
        kind: `loop` trains arms one after another, `population` all of a selection at once, `other` trains something
            else than the rest and stands in the table without being the mark for anyone.
        networks: where it takes part.
        optimizers: the update rules it has; it takes part where at least one arm uses one of them.
        options: what the worker is told.
        note: what a reader should know, as a sentence; empty for nothing.
    """

    title: str
    worker: str
    needs: tuple[str, ...]
    kind: Literal["loop", "population", "other"] = "loop"
    networks: tuple[WorkloadName, ...] = ("linear", "mlp", "cnn", *BROUGHT)
    optimizers: tuple[str, ...] = ("sgd", "adam", "rmsprop")
    options: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def missing(self) -> str | None:
        """The first package that this peer needs and this Python does not have."""
        return next((package for package in self.needs if find_spec(package) is None), None)

    def takes_part(self, network: WorkloadName, arms: Sequence[Arm]) -> bool:
        """Whether it can train the network with any of the arms that it would be given."""
        return network in self.networks and any(arm.optimizer in self.optimizers for arm in arms)


_CONVOLUTIONAL: tuple[WorkloadName, ...] = ("cnn", *BROUGHT)


def _keras(
    backend: str,
    title: str,
    *,
    note: str = "",
    networks: tuple[WorkloadName, ...] = ("linear", "mlp", *_CONVOLUTIONAL),
    **options: Any,
) -> Peer:
    return Peer(
        title=f"Keras `fit`, {title}",
        worker="keras_fit",
        needs=("keras", backend),
        options={"backend": backend, "tuned": False, **options},
        networks=networks,
        note=note,
    )


PEERS: dict[str, Peer] = {
    "keras-torch": _keras("torch", "torch"),
    "keras-torch-tuned": _keras(
        "torch",
        "torch, tuned",
        tuned=True,
        note="Tuned means `jit_compile=True` (torch.compile); this backend refuses `steps_per_execution`. "
        "Every process compiles anew.",
    ),
    "keras-torch-bfloat16": _keras(
        "torch",
        "torch, mixed bfloat16",
        precision="bfloat16",
        networks=_CONVOLUTIONAL,
        note="The policy `mixed_bfloat16`, without compilation.",
    ),
    "keras-tensorflow": _keras("tensorflow", "TensorFlow"),
    "keras-tensorflow-tuned": _keras(
        "tensorflow",
        "TensorFlow, tuned",
        tuned=True,
        note="Tuned means float32 pixels and `steps_per_execution=67` (or an epoch, if that is shorter); XLA stays on, "
        "which is Keras's default.",
    ),
    "keras-tensorflow-tuned-graph": _keras(
        "tensorflow",
        "TensorFlow, tuned, no XLA",
        tuned=True,
        jit=False,
        note="The same with `jit_compile=False`.",
    ),
    "keras-tensorflow-bfloat16": _keras(
        "tensorflow",
        "TensorFlow, tuned, mixed bfloat16",
        tuned=True,
        precision="bfloat16",
        networks=_CONVOLUTIONAL,
        note="The policy `mixed_bfloat16` beside what tuned means.",
    ),
    "keras-jax": _keras("jax", "JAX"),
    "keras-jax-tuned": _keras(
        "jax", "JAX, tuned", tuned=True, note="Tuned means float32 pixels and `steps_per_execution=67`."
    ),
    "keras-jax-bfloat16": _keras(
        "jax",
        "JAX, tuned, mixed bfloat16",
        tuned=True,
        precision="bfloat16",
        networks=_CONVOLUTIONAL,
        note="The policy `mixed_bfloat16` beside what tuned means.",
    ),
    "torch-loop": Peer(
        title="plain PyTorch loop",
        worker="torch_loop",
        needs=("torch",),
        note="Resident float32 data, one `index_select` per batch, fused updates, metrics kept on the device, "
        "channels-last convolutions, no validation.",
    ),
    "torch-loop-bfloat16": Peer(
        title="plain PyTorch loop, bfloat16",
        worker="torch_loop",
        needs=("torch",),
        networks=_CONVOLUTIONAL,
        options={"precision": "bfloat16"},
        note="The same loop under `torch.autocast`.",
    ),
    "torch-loop-compiled": Peer(
        title="plain PyTorch loop, compiled",
        worker="torch_loop",
        needs=("torch",),
        networks=_CONVOLUTIONAL,
        options={"compile": True},
        note="The same loop around `torch.compile(network)`; compilation is in the first epoch and in the process, and "
        "every process compiles anew.",
    ),
    "torch-loop-bfloat16-compiled": Peer(
        title="plain PyTorch loop, bfloat16, compiled",
        worker="torch_loop",
        needs=("torch",),
        networks=_CONVOLUTIONAL,
        options={"precision": "bfloat16", "compile": True},
    ),
    "lightning": Peer(
        title="PyTorch Lightning",
        worker="lightning_fit",
        needs=("torch", "lightning"),
        options={"tuned": False},
        note="A `DataLoader` over a `TensorDataset`, loss and accuracy logged per epoch; no logger, checkpoints, "
        "progress bar or model summary.",
    ),
    "lightning-tuned": Peer(
        title="PyTorch Lightning, tuned",
        worker="lightning_fit",
        needs=("torch", "lightning"),
        options={"tuned": True},
        note="Tuned means a loader that indexes resident tensors, fused updates, and metrics summed without `log`.",
    ),
    "sklearn-mlp": Peer(
        title="scikit-learn `MLPClassifier`",
        worker="sklearn_mlp",
        needs=("sklearn",),
        networks=("linear", "mlp"),
        optimizers=("sgd", "adam"),
        note="It has no RMSprop, so it trains five of the seven linear arms; its epochs are equal shares of one `fit`.",
    ),
    "sklearn-sgd": Peer(
        title="scikit-learn `SGDClassifier`",
        worker="sklearn_sgd",
        needs=("sklearn",),
        kind="other",
        networks=("linear",),
        optimizers=("sgd",),
        note="It trains something else: ten one-against-the-rest models that are updated after every single image. "
        "It takes the three arms of plain SGD, with their rates, and its accuracy is that of the best of them.",
    ),
    BY_HAND: Peer(
        title="JAX `vmap` and `scan`, by hand",
        worker="jax_population",
        needs=("jax",),
        kind="population",
        networks=("linear", "mlp"),
        note="Arms stacked and seeds stacked around them, resident float32 data, one compiled function per epoch, each "
        "rule's members updated together. It is no mark for the best loop: few would write it. It has no convolutions: "
        "grouped ones did not finish an epoch.",
    ),
    OURS_AUTO: Peer(
        title='classlab, `precision="auto"`',
        worker="classlab_population",
        needs=("torch", "pydantic"),
        kind="population",
        networks=_CONVOLUTIONAL,
        options={"precision": "auto"},
    ),
    OURS: Peer(
        title="classlab",
        worker="classlab_population",
        needs=("torch", "pydantic"),
        note="Validation after every epoch on 100 images; the peers do none.",
    ),
}
