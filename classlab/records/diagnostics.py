"""What training notes for the doctor: the input as the network meets it, and probes of every layer over time."""

from __future__ import annotations

from dataclasses import dataclass, field

from classlab.records.base import Record


@dataclass(frozen=True, kw_only=True)
class SplitFacts(Record):
    """A split as the first layer with weights meets it.

    Args:
        images: how many images.
        minimum: smallest value, preprocessing and scaling layers applied.
        maximum: largest value.
        mean: mean over all values of at most 500 images.
        deviation: standard deviation over the same.
        class_counts: images per class.
    """

    images: int
    minimum: float
    maximum: float
    mean: float
    deviation: float
    class_counts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class LayerProbe(Record):
    """One layer with a kernel, on the probe batch. What the figures mean is decided in `classlab.measures.layers`.

    Args:
        layer: its position in the architecture.
        name: its class, as in "Dense".
        activation: the function behind it, by Keras's name; "linear" where there is none.
        gradient_norm: norm of all its weights' gradient for the mean loss of the leading probe images.
        weight_norm: norm of its kernel.
        update_ratio: norm of the last step's change of the kernel over the kernel's norm before it; None before the
            first step.
        epoch_change: the same of the epoch's change.
        dead_share: share of units that are 0 on every probe image, for relu; None elsewhere.
        saturated_share: share of values within 0.05 of the function's bounds, for sigmoid and tanh; None elsewhere.
        unit_spread: standard deviation across units of their weights, over the weights' root mean square: 0 where all
            units are equal.
        output_spread: deviation of its outputs over the probe images, activation applied but for a softmax, as a root
            mean square over units; None where it was not measured.
    """

    layer: int
    name: str
    activation: str
    gradient_norm: float
    weight_norm: float
    unit_spread: float
    update_ratio: float | None = None
    epoch_change: float | None = None
    dead_share: float | None = None
    saturated_share: float | None = None
    output_spread: float | None = None


@dataclass(frozen=True, kw_only=True)
class Probe(Record):
    """The network on the probe batch: at most 512 training images, the same every time.

    Args:
        epoch: epochs done; 0 before the first step.
        images: how many images.
        loss: mean loss, penalties left out.
        accuracy: share of images whose most probable class is the label.
        penalty: regularization penalty.
        predicted: how many images are given to each class.
        layers: every layer with a kernel.
        present: how many of the images belong to each class; empty where that was not noted.
        right: how many of those are given to it.
        measure: 1 in records of earlier versions, whose layers are all those with weights, whose norms and changes are
            of kernel and bias together, and whose changes are over the norm after them.
    """

    epoch: int
    images: int
    loss: float
    accuracy: float
    penalty: float
    predicted: tuple[int, ...]
    layers: tuple[LayerProbe, ...]
    present: tuple[int, ...] = ()
    right: tuple[int, ...] = ()
    measure: int = 1


@dataclass(frozen=True, kw_only=True)
class Diagnostics(Record):
    """What training noted for the doctor.

    Args:
        splits: facts by split: train, validation, test.
        overlap: exact duplicates between splits, as in {"train/test": 3}.
        probes: before the first step and after epochs.
        first_bad_step: step of the whole training at which the loss was first not finite, from 0; -1 where none was.
        baseline_accuracy: validation accuracy of a nearest-centroid rule on the same pixels: what the images give away
            without any training; None where it was not computed.
        unseen_present: after training, validation images per class; empty where that was not noted.
        unseen_right: how many of those are given to their class.
    """

    splits: dict[str, SplitFacts]
    probes: tuple[Probe, ...] = ()
    overlap: dict[str, int] = field(default_factory=dict)
    first_bad_step: int = -1
    baseline_accuracy: float | None = None
    unseen_present: tuple[int, ...] = ()
    unseen_right: tuple[int, ...] = ()
