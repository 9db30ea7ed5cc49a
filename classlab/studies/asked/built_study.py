"""From a draft and its data to a study that can be trained: networks built, arms named, every combination checked."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from classlab.analysis.notices import notices
from classlab.datasets.dataset import VALIDATION_SHARE
from classlab.errors import ClasslabError
from classlab.models.arithmetic import gains_from_half_precision
from classlab.options import options_of
from classlab.options.table import NetworkOptions
from classlab.records import Arm, StudySpec
from classlab.studies.asked.arm_names import arm_names, settings_of
from classlab.studies.asked.assignment import assign
from classlab.studies.asked.augmentation_word import augmentation_words
from classlab.studies.asked.model_choice import ModelChoice, choose_model
from classlab.studies.asked.network_fit import check_fit
from classlab.studies.asked.study_draft import points

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from classlab.datasets.dataset import Dataset
    from classlab.options.table import TrainingOptions
    from classlab.studies.asked.assignment import Assignment
    from classlab.studies.asked.study_draft import Options, StudyDraft
    from classlab.training import Weights

_OF_MODEL = tuple(options_of(NetworkOptions))


@dataclass(frozen=True, kw_only=True, eq=False)
class BuiltStudy:
    """A study that can be trained.

    Args:
        spec: arms and seeds.
        initial: given weights that arms start from, by the digest in their specification.
        notes: remarks about a model for its runs' records, by the arm's name.
        notices: what a reader must know before the figures, each a sentence.
    """

    spec: StudySpec
    initial: Mapping[str, Weights] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def build_study(draft: StudyDraft, dataset: Dataset) -> BuiltStudy:
    """Builds every arm, and refuses the study where one of them cannot be trained on these images.

    Args:
        draft: what was asked for.
        dataset: the images.

    Raises:
        SpecError: an arm's options contradict each other, or its network does not fit the images.
        StorageError: a model's file cannot be read.
    """
    asked = points(draft)
    models = _Models(dataset)
    found = [_arm(models, dataset, name, options, draft) for name, options in asked]
    specs = [assigned.specs[0] for assigned, _ in found]
    mixed = any(spec.precision == "bfloat16" and gains_from_half_precision(spec.architecture) for spec in specs)
    built = [(_in_float32(assigned) if mixed else assigned, choice) for assigned, choice in found]
    for (assigned, _), (name, options) in zip(built, asked, strict=True):
        with _told(draft, name, options):
            check_fit(assigned.specs[0], dataset)
    specs = [assigned.specs[0] for assigned, _ in built]
    labels = [choice.label for _, choice in built]
    settings = settings_of(specs, [options for _, options in asked], labels)
    names = arm_names([name for name, _ in asked], settings, labels)
    study = StudySpec(
        name=draft.name,
        question=draft.question,
        arms=tuple(
            Arm(name=name, settings=own, spec=spec) for name, own, spec in zip(names, settings, specs, strict=True)
        ),
        seeds=draft.seeds,
        select=draft.select,
        margin=draft.margin,
        confidence=draft.confidence,
    )
    remarks = [assigned.notes for assigned, _ in built]
    return BuiltStudy(
        spec=study,
        initial={
            spec.needed_weights: choice.weights
            for spec, (_, choice) in zip(specs, built, strict=True)
            if spec.needed_weights is not None and choice.weights is not None
        },
        notes={name: notes for name, notes in zip(names, remarks, strict=True) if notes},
        notices=(*notices(study), *augmentation_words(specs, dataset.class_names)),
    )


def _arm(
    models: _Models, dataset: Dataset, name: str, options: Options, draft: StudyDraft
) -> tuple[Assignment, ModelChoice]:
    with _told(draft, name, options):
        choice = models.choose(options)
        course = {key: value for key, value in options.items() if key not in ("model", *_OF_MODEL)}
        assigned = assign(dataset, choice, seeds=[0], options=cast("TrainingOptions", course))
    return assigned if draft.folds is None else _in_folds(assigned, dataset, draft.folds), choice


def _in_folds(assigned: Assignment, dataset: Dataset, folds: int) -> Assignment:
    """The arm, cross-validated; its first fold stands for all of them, as its first seed does."""
    spec = assigned.specs[0]
    data = replace(spec.data, validation=VALIDATION_SHARE, folds=folds, fold=0)  # what validates is the fold
    unused = dataset.unused_validation(data.validation, folds=folds)
    return replace(assigned, specs=[replace(spec, data=data)], notes=(*assigned.notes, *unused))


@contextmanager
def _told(draft: StudyDraft, name: str, options: Options) -> Iterator[None]:
    """Says of a refusal which arm it is of."""
    try:
        yield
    except ClasslabError as refusal:
        raise type(refusal)(f"{draft.place}: {_which(name, options)}: {refusal}") from None


def _in_float32(assigned: Assignment) -> Assignment:
    """An arm that gains nothing from bfloat16, in a study that others of it do: in the arithmetic that it has."""
    spec = assigned.specs[0]
    if spec.precision != "bfloat16" or gains_from_half_precision(spec.architecture):
        return assigned
    note = "The network has neither a convolution nor a recurrent layer, for which bfloat16 is: it trains in float32."
    return replace(assigned, specs=[replace(spec, precision="float32")], notes=(*assigned.notes, note))


def _which(name: str, options: Options) -> str:
    """An arm that has no name yet, by what was chosen for it."""
    if name:
        return f"arm {name!r}"
    words = ", ".join(f"{key}={value!r}" for key, value in options.items() if isinstance(value, str | int | float))
    return f"the arm with {words}" if words else "its arm"


class _Models:
    """Networks that arms share, each built or read once."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._known: dict[str, tuple[Any, ModelChoice]] = {}

    def choose(self, options: Options) -> ModelChoice:
        model = options.get("model", "mlp")
        own: dict[str, Any] = {name: options.get(name) for name in _OF_MODEL}
        key = f"{model if isinstance(model, str) else id(model)} {own}"
        if key not in self._known:
            # The model itself is kept too: an object that were gone could give its id to another one.
            self._known[key] = (model, choose_model(model, self._dataset, **own))
        return self._known[key][1]
