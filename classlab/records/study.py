"""What is compared (`StudySpec`), and what came of it (`StudyRecord`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from classlab.errors import SpecError
from classlab.options.words import Selection as Selection
from classlab.records.base import CheckedRecord
from classlab.records.bounds import Asked, Bounds
from classlab.records.run import SCHEMA_VERSION, RunRecord, RunSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

Purpose = Literal["study", "confirmation", "training", "evaluation"]
Setting = str | int | float | bool
_SEEDS = Bounds(rule="whole numbers from 0 to 2**63 - 1", example=(0, 1, 2), least=0, below=2**63)
FIGURE: dict[Selection, str] = {
    "val_accuracy": "validation accuracy",
    "val_loss": "validation loss",
    "val_balanced_accuracy": "validation balanced accuracy",
    "val_macro_f1": "validation macro F1",
}


def direction(select: Selection) -> float:
    """1 where more of a figure is better, -1 where less is; the figure times this is always to be raised."""
    return -1.0 if select == "val_loss" else 1.0


def is_share(select: Selection) -> bool:
    """Whether a figure is a share, from 0 to 1, of which more is better; otherwise it is a loss."""
    return select != "val_loss"


@dataclass(frozen=True, kw_only=True)
class Arm(CheckedRecord):
    """One combination that is being compared.

    Args:
        name: unique within the study; what tables, figures and sentences call it.
        settings: what tells this arm from the others, in the study file's words (units as in "128,64").
        spec: the arm's runs, whose seeds take the place of this one's.
    """

    name: str
    settings: dict[str, Setting]
    spec: RunSpec

    def run_spec(self, seed: int, fold: int = 0) -> RunSpec:
        """The run of this arm with one seed, and where there are folds with one of them to validate on."""
        return self.spec.drawn(seed=seed, fold=fold)

    def run_specs(self, seeds: Iterable[int]) -> list[RunSpec]:
        """All runs of this arm with these seeds, seed by seed, and within a seed fold by fold."""
        folds = range(self.spec.data.folds or 1)
        return [self.run_spec(seed, fold) for seed in seeds for fold in folds]


@dataclass(frozen=True, kw_only=True)
class StudySpec(CheckedRecord):
    """The arms, the seeds and the question.

    Args:
        name: the study's name.
        question: what the study is to answer, a sentence or nothing.
        arms: at least one, with unique names.
        seeds: each arm is trained once with each; distinct.
        select: the figure by which arms are ranked, always on validation images.
        margin: a difference in accuracy (share of images) too small to matter: arms whose whole interval lies
            within it are practically equal.
        confidence: of every interval and of the family of comparisons, as in 0.95.
    """

    name: str
    arms: tuple[Arm, ...]
    seeds: Annotated[tuple[int, ...], _SEEDS] = (0, 1, 2, 3, 4)
    question: str = ""
    select: Annotated[Selection, Asked()] = "val_accuracy"
    margin: Annotated[float, Asked()] = 0.002
    confidence: Annotated[float, Asked()] = 0.95

    @property
    def folds(self) -> int | None:
        """Into how many folds the training images are divided, each validating once; None where a share validates."""
        return self.arms[0].spec.data.folds

    @property
    def chosen_on_test(self) -> bool:
        """Whether any arm validates on the test images, so that these choose the winner and flatter it."""
        return any(arm.spec.data.validation == "test" for arm in self.arms)

    def __post_init__(self) -> None:
        super().__post_init__()
        names = [arm.name for arm in self.arms]
        if not names:
            raise SpecError(f"the study {self.name!r} must have at least one arm, but got none. Add one.")
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise SpecError(f"arms must have names of their own, but two are called {twice!r}. Rename one.")
        ways = list(
            dict.fromkeys((arm.spec.data.folds, arm.spec.data.limit if self.folds else None) for arm in self.arms)
        )
        if len(ways) > 1:
            raise SpecError(
                "arms must be cross-validated on the same folds, but got arms with different numbers of folds or of "
                "images. Give `folds` and `limit` once, for all arms."
            )
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            raise SpecError(
                f"`seeds` must be distinct and at least one, but got seeds={self.seeds}. 3 to 10 are usual."
            )


@dataclass(frozen=True, kw_only=True)
class Opening(CheckedRecord):
    """One opening of a dataset's test images: an entry of the test-set ledger.

    Args:
        time: ISO 8601 time in UTC.
        dataset: the dataset's name.
        digest: SHA-256 of its images and labels.
        study: the study on whose behalf it was opened; "" where there is none.
        purpose: a study's own runs, its confirmation, a training without a study, or an evaluation of a finished run.
        runs: how many runs were measured.
    """

    time: str
    dataset: str
    digest: str
    study: str
    purpose: Purpose
    runs: int


@dataclass(frozen=True, kw_only=True)
class StudyRecord(CheckedRecord):
    """What came of a study.

    Args:
        spec: what was asked for.
        runs: arm by arm, within an arm in the order of the seeds, and within a seed in that of the folds where there
            are some: `runs[arm * len(seeds) + seed]` where there are none.
        confirmation: the first-ranked arm and the next one, trained again on fresh seeds, in the same order;
            empty where that was not asked for.
        openings: every opening of this dataset's test images that the store knows of, other studies included.
        notices: what a reader must know before the figures, each a sentence.
        seconds: wall time of the training of the study's populations, in seconds, added up also where they train side
            by side; runs taken from the store not counted.
        created: ISO 8601 time in UTC at which the last run was finished.
        command: what reproduces the study.
        version: version of this record's layout.
    """

    spec: StudySpec
    runs: tuple[RunRecord, ...]
    created: str
    command: str
    seconds: float
    confirmation: tuple[RunRecord, ...] = ()
    openings: tuple[Opening, ...] = ()
    notices: tuple[str, ...] = field(default_factory=tuple)
    version: int = SCHEMA_VERSION

    def runs_of(self, arm: int) -> tuple[RunRecord, ...]:
        """The runs of the arm at this position, in the order of the seeds, and within a seed in that of the folds."""
        each = len(self.spec.seeds) * (self.spec.folds or 1)
        return self.runs[arm * each : (arm + 1) * each]
