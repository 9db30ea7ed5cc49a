"""Does the run learn at all? Internal symptoms count only where it does not.

Rules that look at dead units or small gradients alone condemn healthy networks by the dozen; what makes them evidence
is a run whose figures do not move.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classlab.doctor.case import Case
    from classlab.records.diagnostics import Probe


@dataclass(frozen=True, kw_only=True)
class Learning:
    """How the run's figures move.

    Args:
        chance_epochs: how many of the last epochs in a row stood at chance level.
        chance: whether the run stands at chance level, after enough steps to say so.
        stalled: whether accuracy stands still below what a nearest-centroid rule reaches.
        nonfinite: whether figures stopped being finite.
        diverging: whether the loss climbs away from its best and from ln K.
        worse_than_nothing: whether the loss lies above ln K, penalties left out, after enough steps.
        behind: whether it ended, or is three epochs old, below what a nearest-centroid rule reaches, or ended hardly
            above guessing where no such rule was asked. That is no
            failure, for a short training may end there, but with evidence from within the network it is no accident.
        known: whether there were enough steps to say any of this.
    """

    chance_epochs: int = 0
    chance: bool = False
    stalled: bool = False
    nonfinite: bool = False
    diverging: bool = False
    worse_than_nothing: bool = False
    behind: bool = False
    known: bool = False

    @property
    def fails(self) -> bool:
        """Whether the run fails to learn in any of these ways."""
        return self.chance or self.stalled or self.nonfinite or self.diverging or self.worse_than_nothing


def learning_of(case: Case) -> Learning:
    """Reads the history of a run."""
    loss, accuracy = tuple(case.history.get("loss", ())), case.accuracies
    nonfinite = case.diverged or case.first_bad_step >= 0
    epochs = _chance_epochs(case, loss, accuracy)
    enough = case.steps_done >= at.CHANCE_STEPS and case.training_images >= at.CHANCE_IMAGES and bool(loss)
    return Learning(
        chance_epochs=epochs,
        chance=enough and (epochs > 0 or _says_nothing(case, accuracy)),
        stalled=enough and _stalled(case, accuracy),
        nonfinite=nonfinite,
        diverging=_diverging(case, loss),
        worse_than_nothing=enough and _worse_than_nothing(case, loss),
        behind=enough and _behind(case, accuracy),
        known=enough or nonfinite,
    )


def why_unknown(case: Case) -> str:
    """Why it cannot be said yet whether a run learns, for an `Unchecked`."""
    if not case.history.get("loss"):
        return "no epoch was finished"
    if case.training_images < at.CHANCE_IMAGES:
        return f"fewer than {at.CHANCE_IMAGES} training images are known"
    return f"fewer than {at.CHANCE_STEPS} steps"


def at_chance(case: Case, loss: float, accuracy: float) -> bool:
    """Whether two figures are those of a network that knows nothing of the images.

    The loss lies at ln K or above, or at the entropy of the labels where classes differ in size; accuracy lies within
    three binomial standard errors of always naming the largest class.
    """
    images = case.training_images
    if images < at.CHANCE_IMAGES or not isfinite(loss):
        return False
    share = case.majority_share
    error = share_error(share, images)
    # Naming a class at random, or always the same small one, is no more knowledge than naming the largest.
    near = accuracy <= share + at.CHANCE_ERRORS * error
    if case.loss == "mean_squared_error":
        return near and _flat(case, loss)
    if not costs_ln_k(case):  # what guessing costs by it is not known
        return near and not case.unequal
    bound = at.CHANCE_LOSS * case.chance_loss
    return near and loss > min(case.chance_loss, case.weighted_entropy) - bound


def costs_ln_k(case: Case) -> bool:
    """Whether the loss of knowing nothing is ln K: not for a yes or no per class, nor for focal losses."""
    return case.loss.endswith("categorical_crossentropy") or (case.loss == "binary_crossentropy" and case.classes == 2)


def _says_nothing(case: Case, accuracy: tuple[float, ...]) -> bool:
    """Whether the network, asked by the doctor, knows nothing, though the loss that is reported says otherwise.

    Weights of samples and losses of somebody's own can make a loss small; two probes in a row are not misled by them.
    """
    recent = case.later_probes[-2:]
    if len(recent) < 2 or not accuracy or not costs_ln_k(case) or not all(probe.present for probe in recent):
        return False
    bound = case.majority_share + at.CHANCE_ERRORS * share_error(case.majority_share, case.training_images)
    level = (1 - at.CHANCE_LOSS) * min(case.chance_loss, case.label_entropy)
    return max(accuracy[-2:]) <= bound and all(
        probe.loss > level and probe.accuracy <= bound + share_error(case.majority_share, probe.images)
        for probe in recent
    )


def share_error(share: float, images: int) -> float:
    """Binomial standard error of a share."""
    return sqrt(share * (1 - share) / max(1, images))


def towards_certainty(share: float, part: float) -> float:
    """A share that lies so much of the way from another to 1."""
    return share + part * (1 - share)


def step_sizes(probes: Iterable[Probe]) -> list[float]:
    """How far the last step before each probe moved each kernel, over its size; those that are not known left out."""
    return [x.update_ratio for probe in probes for x in probe.layers if x.update_ratio is not None]


def epoch_sizes(probes: Iterable[Probe]) -> list[float]:
    """How far each epoch moved each kernel, likewise."""
    return [x.epoch_change for probe in probes for x in probe.layers if x.epoch_change is not None]


def _flat(case: Case, loss: float) -> bool:
    """For squared errors chance level is the variance of one-hot labels, sum p (1 - p) / K."""
    level = sum(share * (1 - share) for share in case.class_shares) / case.classes
    return abs(loss - level) < at.CHANCE_LOSS * level


def _chance_epochs(case: Case, loss: tuple[float, ...], accuracy: tuple[float, ...]) -> int:
    count = 0
    for one, other in zip(reversed(loss), reversed(accuracy), strict=False):
        if not at_chance(case, one, other):
            break
        count += 1
    return count


def _stalled(case: Case, accuracy: tuple[float, ...]) -> bool:
    if len(accuracy) <= at.STALLED_EPOCHS or case.baseline_accuracy is None:
        return False
    recent = accuracy[-at.STALLED_EPOCHS - 1 :]
    gain = (max(recent[1:]) - recent[0]) / at.STALLED_EPOCHS
    return gain < at.STALLED_GAIN and max(accuracy) < case.baseline_accuracy


def _behind(case: Case, accuracy: tuple[float, ...]) -> bool:
    """Whether no accuracy on training images, in training or in evaluation, reaches that of a rule without training."""
    if not accuracy or not (case.ended or len(accuracy) >= at.STALLED_EPOCHS):
        return False
    level = case.baseline_accuracy
    if level is None:  # where no rule was asked, little more than guessing at the end
        level = towards_certainty(case.majority_share, at.LEARNED) if case.ended else 0.0
    return max(*accuracy, case.fitted_accuracy or 0.0) < level


def _worse_than_nothing(case: Case, loss: tuple[float, ...]) -> bool:
    """In training mode and in evaluation mode, at the last two measurements where there are two."""
    recent = case.later_probes[-2:]
    if not recent or "crossentropy" not in case.loss or not loss:
        return False
    return loss[-1] - recent[-1].penalty > case.chance_loss and all(p.loss > case.chance_loss for p in recent)


def _diverging(case: Case, loss: tuple[float, ...]) -> bool:
    """The loss stays above twice its best, and above what knowing nothing costs."""
    if len(loss) <= at.DIVERGING_EPOCHS:
        return False
    best = min(loss[: -at.DIVERGING_EPOCHS])
    floor = max(at.DIVERGING_FACTOR * best, case.chance_loss)
    return all(value > floor for value in loss[-at.DIVERGING_EPOCHS :])
