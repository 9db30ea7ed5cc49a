"""Arms and studies of the lab, from the same plain options as everywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.records.study import Arm, StudySpec
from classlab.studies.asked.model_choice import choose_model
from classlab.studies.asked.spec_options import run_specs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.datasets.dataset import Dataset
    from classlab.lab.setting import Setting
    from classlab.options.table import TrainingOptions
    from classlab.records import Architecture
    from classlab.records.study import Setting as ArmSetting

OPTIMIZER_TITLES = {"sgd": "SGD", "adam": "Adam", "rmsprop": "RMSprop"}


@dataclass(frozen=True, kw_only=True, eq=False)
class LabStudy:
    """One study of the lab.

    Args:
        topic: what it is about, unique within the lab.
        spec: arms, seeds and question.
        dataset: the images.
    """

    topic: str
    spec: StudySpec
    dataset: Dataset


def lab_arm(
    name: str,
    dataset: Dataset,
    *,
    settings: dict[str, ArmSetting],
    options: TrainingOptions,
    model: str | Architecture = "linear",
    units: Sequence[int] | None = None,
    activation: str | None = None,
) -> Arm:
    """Builds an arm.

    Args:
        name: what tables and sentences call it.
        dataset: the images.
        settings: what tells it from the other arms.
        options: everything that determines its runs but model and seed.
        model: a built-in name or an architecture.
        units: widths of the hidden layers, for `mlp`.
        activation: of the hidden layers, for built-in models.
    """
    choice = choose_model(model, dataset, units=units, activation=activation)
    (spec,) = run_specs(dataset, choice.architecture, seeds=(0,), options=options)
    return Arm(name=name, settings=settings, spec=spec)


def lab_study(
    setting: Setting, *, step: int, topic: str, dataset: Dataset, question: str, arms: Sequence[Arm]
) -> LabStudy:
    """Puts arms together to a study with the lab's seeds.

    Args:
        setting: seeds and sizes.
        step: number of the step that it belongs to.
        topic: what it is about, a word or two joined by dashes.
        dataset: the images.
        question: what it is to answer.
        arms: what is compared.
    """
    spec = StudySpec(
        name=setting.study_name(step, topic, dataset.name),
        question=question,
        arms=tuple(arms),
        seeds=setting.run_seeds(step),
    )
    return LabStudy(topic=topic, spec=spec, dataset=dataset)
