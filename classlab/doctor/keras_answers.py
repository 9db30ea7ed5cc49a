"""What a Keras model's answers to the probe images show before the first step: sums, and images that are mixed up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.measures.keras_gradients import outputs_and_gradients

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.doctor.case import LossMixing
    from classlab.measures.keras_probe import KerasProbe

_LEAST = 1e-30  # what an answer of 0 is replaced by where it divides
_TWICE = 1e-2  # a loss of the same images twice is its own double, or itself; bfloat16 keeps two digits


@dataclass(frozen=True, kw_only=True)
class AnswerFacts:
    """See the fields of these names in `Case`."""

    answer_sums: tuple[float, float] | None = None
    mixing: float | None = None
    loss_mixes: LossMixing = ""


def answer_facts(probe: KerasProbe, said: NDArray[np.floating[Any]] | None) -> AnswerFacts:
    """Looks at what a model says of the probe images.

    Args:
        probe: the model, opened, with the probe images.
        said: what it says of them, `(images, width)`; None where it cannot be asked.
    """
    if said is None or said.ndim != 2 or probe.split is None or len(said) < 3:
        return AnswerFacts()
    sums = said.sum(axis=1, dtype=np.float64)
    return AnswerFacts(
        answer_sums=(float(sums.min()), float(sums.max())) if np.isfinite(sums).all() else None,
        mixing=_mixing(probe, said),
        loss_mixes=_loss_mixes(probe, said),
    )


def _mixing(probe: KerasProbe, said: NDArray[np.floating[Any]]) -> float | None:
    """How far the first image's answer changes when it is asked about beside one other, over the largest answer.

    None where the network draws its answers, as with dropout that never ends.
    """
    if probe.split is None:
        return None
    pair = probe.split.images[:2]
    once, again = (outputs_and_gradients(probe.opened, pair, None)[0][0] for _ in range(2))
    if not np.array_equal(once, again):
        return None
    return float(np.abs(once[0] - said[0]).max() / max(float(np.abs(said).max()), _LEAST))


def _loss_mixes(probe: KerasProbe, said: NDArray[np.floating[Any]]) -> LossMixing:
    """What a loss of somebody's own does to a batch, told by the same images given once and twice.

    Each image for itself, the mean stays and a sum doubles; what a softmax along the images says does neither.
    """
    import keras

    loss, width = probe.setup.loss_function, said.shape[1]
    images = next(count for count in (5, 7) if count != width)
    own = probe.split is not None and loss is not None and not isinstance(loss, keras.losses.Loss)
    if probe.split is None or not own or width < 2 or len(said) < images:
        return ""
    pair = [probe.split.labels[:images], said[:images]]

    def lost(parts: list[Any]) -> Any:
        return keras.ops.convert_to_numpy(loss(*map(keras.ops.convert_to_tensor, parts)))

    try:
        once, twice = lost(pair), lost([np.concatenate([part, part]) for part in pair])
    except Exception:  # noqa: BLE001  (a loss may refuse these labels; fit will say so)
        return ""
    if once.shape == (width,):
        return "classes"
    if once.shape not in ((), (images,)) or not np.isfinite(once).all() or not np.abs(once).max() > _LEAST:
        return ""
    if np.allclose(twice.reshape(-1)[: once.size], once.reshape(-1), rtol=_TWICE, atol=_LEAST):
        return ""
    return "images" if once.shape == () and np.isclose(twice, 2 * once, rtol=_TWICE) else "batch"
