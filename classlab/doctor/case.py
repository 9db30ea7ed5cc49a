"""A training as the doctor sees it: one description for our own runs and for Keras's `fit`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Literal

from classlab.doctor import thresholds as at
from classlab.doctor.layer_facts import PASSING, SCALING, LayerFacts
from classlab.records.finding import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.records.diagnostics import Probe, SplitFacts

SplitName = Literal["train", "validation", "test"]
LossMixing = Literal["", "classes", "images", "batch"]
"""What a loss has one number for where it should have one for each image; "images" for a sum over them, "batch" where
what it says of an image depends on the others."""


@dataclass(frozen=True, kw_only=True)
class LabelFacts:
    """Labels as the loss meets them.

    Args:
        one_hot: whether each label is a row of `width` numbers rather than one number.
        minimum: smallest value.
        maximum: largest value.
        whole: whether all values are whole numbers.
        rows_sum_to_one: for one-hot rows, whether each sums to 1; True elsewhere.
        width: numbers per row; 1 where labels are single numbers.
    """

    minimum: float
    maximum: float
    whole: bool = True
    one_hot: bool = False
    rows_sum_to_one: bool = True
    width: int = 1


@dataclass(frozen=True, kw_only=True)
class Case:
    """Everything that the symptoms look at. What is not known stays at its default, and is then not checked.

    Args:
        classes: number of classes K of the labels (not the width of the head).
        layers: the network, in order.
        input_shape: of one image, `(height, width, channels)`.
        takes_features: whether another network's features of the images enter it, which no preprocessing scales.
        outer_scalings: scalings of the images before the network begins, in words, as in "preprocessing unit (/255)".
        splits: what the first layer with weights meets, by split: train, validation, test; scaling applied.
        batches: single batches as the first layer with weights met them, by split, where they were watched.
        labels: labels as the loss meets them.
        labels_converted: whether the trainer itself gives the labels the form that the loss wants, as ours does.
        overlap: exact duplicates between splits, as in {"train/test": 3}.
        baseline_accuracy: validation accuracy of a nearest-centroid rule, in [0, 1].
        own_accuracy: the same within a split, learned from one half of its images and asked about the other.
        loss: the loss's name as Keras spells it in small letters joined by underscores.
        from_logits: whether the loss takes raw scores.
        metric: name of the accuracy that is reported.
        metric_counts_images: whether the metric is known to be the share of images whose most probable class is right.
        recomputed_accuracy: accuracy by the most probable class, where it was computed beside the reported one.
        reported_accuracy: the metric's value on the same images.
        optimizer: its name in small letters, as in "sgd".
        learning_rate: its base rate.
        momentum: its momentum.
        clips: limits on the gradient by Keras's names, as in {"clipnorm": 1.0}; empty for none.
        schedule: what the learning rate follows, as in "cosine"; "constant" for nothing.
        weight_decay: share of the weights, times the rate, that it takes away in each step.
        batch_size: images per step.
        steps_per_epoch: steps of an epoch.
        epochs: epochs planned.
        epochs_done: epochs that ended with finite figures.
        history: one figure per epoch under Keras's names.
        probes: the network before the first step and after epochs.
        unseen_present: validation images per class, after training; empty where that was not counted.
        unseen_right: how many of those are given to their class.
        first_bad_step: step at which the loss was first not finite, from 0; -1 where none was.
        diverged: whether training ended because figures were not finite.
        ended: whether no further epoch is to come.
        stopped_early: whether early stopping ended it.
        validation_is_test: whether the validation images are the test images.
        given_weights: whether it was asked to start from given weights.
        class_weights: what each class's images are multiplied by in the training loss; empty where all count alike. The
            losses of `history` are then per unit of weight.
        optimizer_steps_before: steps that the optimizer had taken before training began.
        fitted_accuracy: accuracy on training images in evaluation mode after the last epoch.
        descent: cosine between the first step and the gradient before it, which is below 0 where steps lead downhill.
        answer_sums: smallest and largest sum of what the network says of an image, before the first step.
        mixing: largest change of an answer, over the largest one, when an image is asked about beside one other only.
        loss_mixes: what the loss does to the images of a batch, where it does not take each for itself; "" for none.
        sorted_labels: whether the training rows are in the order of their classes.
        one_class_batches: share of an epoch's batches whose images are all of one class; 0 where none was watched.
        trained: whether any of the network's weights is trained.
        first_losses: loss of each of the first steps, as far as it was read.
        label: what the training is called by its user: an arm's name, a variable, a model's name; "" for nothing.
        place: arm and seed, for the findings.
        out_of_reach: why a measurement is missing, by the name of the field above.
    """

    classes: int
    layers: tuple[LayerFacts, ...]
    input_shape: tuple[int, ...] = ()
    takes_features: bool = False
    outer_scalings: tuple[str, ...] = ()
    splits: Mapping[str, SplitFacts] = field(default_factory=dict)
    batches: Mapping[str, tuple[SplitFacts, ...]] = field(default_factory=dict)
    labels: LabelFacts | None = None
    labels_converted: bool = False
    overlap: Mapping[str, int] | None = None
    baseline_accuracy: float | None = None
    own_accuracy: Mapping[str, float] = field(default_factory=dict)
    loss: str = ""
    from_logits: bool = False
    metric: str = "accuracy"
    metric_counts_images: bool = False
    recomputed_accuracy: float | None = None
    reported_accuracy: float | None = None
    optimizer: str = ""
    learning_rate: float | None = None
    momentum: float = 0.0
    clips: Mapping[str, float] = field(default_factory=dict)
    schedule: str = "constant"
    weight_decay: float = 0.0
    batch_size: int | None = None
    steps_per_epoch: int | None = None
    epochs: int | None = None
    epochs_done: int = 0
    history: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    probes: tuple[Probe, ...] = ()
    unseen_present: tuple[int, ...] = ()
    unseen_right: tuple[int, ...] = ()
    first_bad_step: int = -1
    diverged: bool = False
    ended: bool = True
    stopped_early: bool = False
    validation_is_test: bool = False
    given_weights: bool = False
    class_weights: tuple[float, ...] = ()
    optimizer_steps_before: int | None = None
    fitted_accuracy: float | None = None
    descent: float | None = None
    answer_sums: tuple[float, float] | None = None
    mixing: float | None = None
    loss_mixes: LossMixing = ""
    sorted_labels: bool = False
    one_class_batches: float = 0.0
    trained: bool = True
    first_losses: tuple[float, ...] = ()
    label: str = ""
    place: Place = field(default_factory=Place)
    out_of_reach: Mapping[str, str] = field(default_factory=dict)

    @property
    def chance_loss(self) -> float:
        """The cross-entropy of knowing nothing, ln K, in nats."""
        return log(max(2, self.classes))

    @cached_property
    def class_shares(self) -> tuple[float, ...]:
        """Share of each class among the training images; equal shares where nothing is known."""
        train = self.splits.get("train")
        if train is None or not sum(train.class_counts):
            return (1 / self.classes,) * self.classes
        return tuple(count / sum(train.class_counts) for count in train.class_counts)

    @property
    def majority_share(self) -> float:
        """Accuracy of always naming the largest class."""
        return max(self.class_shares)

    @property
    def unequal(self) -> bool:
        """Whether the classes differ so much in size that accuracy says little."""
        shares = [share for share in self.class_shares if share > 0]
        evenness = exp(self.label_entropy) / max(1, len(shares))
        return max(shares) > at.IMBALANCE * min(shares) or evenness < at.UNEVEN

    @property
    def label_entropy(self) -> float:
        """Cross-entropy of naming every class with its share, in nats: ln K where the classes are equal."""
        return -sum(share * log(share) for share in self.class_shares if share > 0)

    @property
    def weighted_entropy(self) -> float:
        """The same as the training loss counts it, where classes have weights: ln K where they are balanced."""
        if not self.class_weights:
            return self.label_entropy
        counted = [share * weight for share, weight in zip(self.class_shares, self.class_weights, strict=True)]
        shares = [each / sum(counted) for each in counted]
        return -sum(share * log(share) for share in shares if share > 0)

    @property
    def accuracies(self) -> tuple[float, ...]:
        """Training accuracy per epoch, by whichever of Keras's names it has."""
        for name in (self.metric, "accuracy", "acc", "sparse_categorical_accuracy", "categorical_accuracy"):
            if name in self.history:
                return tuple(self.history[name])
        return ()

    @property
    def steps_done(self) -> int:
        """Steps of all epochs that ended."""
        return self.epochs_done * (self.steps_per_epoch or 0)

    @property
    def training_images(self) -> int:
        """How many images an epoch has; 0 where that is not known."""
        if "train" in self.splits:
            return self.splits["train"].images
        return (self.steps_per_epoch or 0) * (self.batch_size or 0)

    @property
    def first_probe(self) -> Probe | None:
        """The network before the first step."""
        return next((probe for probe in self.probes if probe.epoch == 0), None)

    @property
    def fresh(self) -> bool:
        """Whether training starts from weights that know nothing of the images, drawn or given."""
        probe = self.first_probe
        if not self.given_weights:
            return True
        share = self.majority_share
        error = sqrt(share * (1 - share) / max(1, 0 if probe is None else probe.images))
        return probe is not None and probe.accuracy <= share + at.CHANCE_ERRORS * error

    @property
    def later_probes(self) -> tuple[Probe, ...]:
        """The network after epochs, earliest first."""
        return tuple(probe for probe in self.probes if probe.epoch > 0)

    @property
    def scalings(self) -> tuple[str, ...]:
        """Every scaling between the pixels and the first layer with weights, in words and in order."""
        inner = []
        for layer in self.layers:
            if layer.kind in SCALING:
                inner.append(f"layer {layer.position} ({layer.kind})")
            elif layer.kind not in PASSING:
                break
        return (*self.outer_scalings, *inner)

    @property
    def head(self) -> LayerFacts | None:
        """The last layer with weights."""
        return next((layer for layer in reversed(self.layers) if layer.weighted), None)

    @property
    def head_activations(self) -> tuple[str, ...]:
        """The functions from the last layer with weights to the scores, in order, without "linear"."""
        head = self.head
        if head is None:
            return ()
        behind = [layer.activation for layer in self.layers[self.layers.index(head) :]]
        return tuple(name for name in behind if name != "linear")

    @property
    def hidden(self) -> tuple[LayerFacts, ...]:
        """The layers with weights before the last one."""
        return tuple(layer for layer in self.layers if layer.weighted and layer is not self.head)

    def why_missing(self, name: str, otherwise: str) -> str:
        """The reason why a measurement is missing, for an `Unchecked`."""
        return self.out_of_reach.get(name, otherwise)
