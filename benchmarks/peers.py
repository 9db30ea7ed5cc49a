"""The tools that are compared: which worker measures each, what it needs, and which workloads it takes part in."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.workloads import WorkloadName

OURS = "classlab"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One tool in one configuration.

    Args:
        title: its name in the table.
        worker: module of `benchmarks.workers`.
        needs: packages that must be importable.
        workloads: where it takes part.
        options: what the worker is told.
        note: what a reader should know, as a sentence; empty for nothing.
    """

    title: str
    worker: str
    needs: tuple[str, ...]
    workloads: tuple[WorkloadName, ...] = ("linear", "mlp", "cnn")
    options: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def missing(self) -> str | None:
        """The first package that this peer needs and this Python does not have."""
        return next((package for package in self.needs if find_spec(package) is None), None)


def _keras(backend: str, title: str, *, note: str = "", **options: Any) -> Peer:
    return Peer(
        title=f"Keras `fit`, {title}",
        worker="keras_fit",
        needs=("keras", backend),
        options={"backend": backend, "tuned": False, **options},
        note=note,
    )


PEERS: dict[str, Peer] = {
    "keras-torch": _keras("torch", "torch"),
    "keras-torch-tuned": _keras(
        "torch",
        "torch, tuned",
        tuned=True,
        note="Tuned means `jit_compile=True` (torch.compile); this backend refuses `steps_per_execution`. "
        "What it compiled stays in a cache, so later processes start quicker than the first.",
    ),
    "keras-tensorflow": _keras("tensorflow", "TensorFlow"),
    "keras-tensorflow-tuned": _keras(
        "tensorflow",
        "TensorFlow, tuned",
        tuned=True,
        note="Tuned means float32 pixels and `steps_per_execution=67`; XLA stays on, which is Keras's default.",
    ),
    "keras-tensorflow-tuned-graph": _keras(
        "tensorflow",
        "TensorFlow, tuned, no XLA",
        tuned=True,
        jit=False,
        note="The same with `jit_compile=False`.",
    ),
    "keras-jax": _keras("jax", "JAX"),
    "keras-jax-tuned": _keras(
        "jax", "JAX, tuned", tuned=True, note="Tuned means float32 pixels and `steps_per_execution=67`."
    ),
    "torch-loop": Peer(
        title="plain PyTorch loop",
        worker="torch_loop",
        needs=("torch",),
        note="Resident float32 data, one `index_select` per batch, fused updates, metrics kept on the device, "
        "channels-last convolutions, no validation.",
    ),
    "sklearn-mlp": Peer(
        title="scikit-learn `MLPClassifier`",
        worker="sklearn_mlp",
        needs=("sklearn",),
        workloads=("linear", "mlp"),
        note="It has no RMSprop, so it trains five of the seven linear arms; its epochs are equal shares of one `fit`.",
    ),
    OURS: Peer(
        title="classlab",
        worker="classlab_population",
        needs=("torch", "pydantic"),
        note="Validation after every epoch on 100 images; the peers do none.",
    ),
}
