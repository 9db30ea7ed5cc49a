"""The records of an analysis: what was found in a study, as numbers and as sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from classlab.records.base import Record
from classlab.records.study import Selection, Setting  # noqa: TC001  (pydantic reads these annotations)
from classlab.statistics import Comparison, Estimate, Gap, Ranking  # noqa: TC001
from classlab.statistics.sample import Kind  # noqa: TC001

Repeat = Literal["seed", "run"]
Rule = Literal[
    "accuracy at the end",
    "loss at the end",
    "accuracy of the best epoch",
    "loss of the best epoch",
    "balanced accuracy",
]


@dataclass(frozen=True, kw_only=True)
class Advice(Record):
    """What to add to a study so that it would probably tell.

    Args:
        rival: position of the arm that the first is to be told from.
        present_seeds: that both have now.
        present_images: that they were measured on; None where that is not known.
        seeds: how many in all would tell, with the images at hand; None where no affordable number would.
        images: how many in all would tell, with the seeds at hand; None where no affordable number would, where there
            are not so many, or single images are not known.
        too_many_images: how many in all would tell, where that is more than can be set aside; else None.
        together: seeds and images, both grown alike, where neither alone would do; None where that does not help.
        cheaper: which of the two costs less: more seeds train only what is new, more validation images are taken from
            the training images and train everything anew. None where neither would tell.
        share: of the images, to set aside for validation so that there are `images`; None where that is not the way.
        equal: whether it would show them practically equal, rather than which is better.
        command: goes on with more seeds; "" where that is not the advice, where the command is not known, and where it
            is too long to read or would ask for more runs than a study may have.
    """

    rival: int
    present_seeds: int
    present_images: int | None
    seeds: int | None
    images: int | None
    too_many_images: int | None
    together: tuple[int, int] | None
    cheaper: Literal["seeds", "images"] | None
    share: float | None
    equal: bool
    command: str


@dataclass(frozen=True, kw_only=True)
class Judgement(Record):
    """What the evidence allows one to say about arms, as numbers and in words.

    Args:
        names: of the arms, in the order in which they were given.
        figure: what ranks them, as in "validation accuracy".
        kind: whether it is an accuracy, another share, a loss or a score without ends to its scale.
        given_start: names of the arms whose seeds all start from the same given weights.
        paired: whether figures of equal seed belong together.
        ranking: order, estimates, comparisons and candidates; positions are those of `names`.
        luck: by how much, about, the first arm's figure owes to having been picked; None where that cannot be measured.
        advice: what would tell the first arm from the next candidate; None where nothing is open or known.
        repeat: what is drawn anew from one training of an arm to the next: `run` where nobody named the seeds.
        folds: how many each seed's validation figure was measured on together; None without cross-validation.
        sentences: the verdict, most important sentence first. Everyone who shows the study shows these.
    """

    names: tuple[str, ...]
    figure: str
    kind: Kind
    given_start: tuple[str, ...]
    paired: bool
    ranking: Ranking
    luck: float | None
    advice: Advice | None
    repeat: Repeat = "seed"
    folds: int | None = None
    sentences: tuple[str, ...] = ()

    @property
    def first(self) -> int:
        """Position of the arm that comes first."""
        return self.ranking.order[0]

    @property
    def candidates(self) -> tuple[int, ...]:
        """Positions of the arms that may be the best, best first."""
        return self.ranking.candidates

    @property
    def score(self) -> Estimate:
        """The first arm's figure."""
        return self.ranking.estimates[self.first]

    @property
    def rival(self) -> int | None:
        """Position of the arm that the first is measured against: the next candidate, or where there is none the next.

        None where no other arm has a figure. The verdict, the confirmation and the doctor speak of this one.
        """
        others = [arm for arm, _ in self.against_first()]
        return next((arm for arm in others if arm in self.candidates), others[0] if others else None)

    def against(self, arm: int) -> Comparison:
        """The first arm compared with another that has a figure."""
        return self._against[arm]

    def against_first(self) -> list[tuple[int, Comparison]]:
        """The first arm compared with every other that has a figure, in order."""
        return list(self._against.items())

    @cached_property
    def _against(self) -> dict[int, Comparison]:
        pairs = ((arm, self.ranking.comparison(self.first, arm)) for arm in self.ranking.order[1:])
        return {arm: found for arm, found in pairs if found is not None}


@dataclass(frozen=True, kw_only=True)
class ArmAnalysis(Record):
    """One arm over its seeds. Estimates leave out the runs that did not end well, and count them.

    Args:
        name: the arm's.
        settings: what tells it from the others.
        selected: the figure that ranks, by seed; None where the run did not end well.
        score: its estimate.
        fitted: accuracy on training images with the final weights, a share; its interval holds for other seeds.
        validation: accuracy on validation images.
        test: accuracy on test images.
        test_loss: loss per test image.
        gap: fitted minus test accuracy: the validation images took part in choosing, the test images did not.
        states: how its runs ended, with how many of each.
        epochs: fewest and most epochs that a run completed.
        parameters: weights of the network, trainable or not.
        given_start: whether all its seeds start from the same given weights.
    """

    name: str
    settings: dict[str, Setting]
    selected: tuple[float | None, ...]
    score: Estimate
    fitted: Estimate
    validation: Estimate
    test: Estimate
    test_loss: Estimate
    gap: Gap
    states: dict[str, int]
    epochs: tuple[int, int]
    parameters: int
    given_start: bool

    @property
    def ended_well(self) -> bool:
        """Whether every run of the arm finished."""
        return not self.score.excluded


@dataclass(frozen=True, kw_only=True)
class OtherWinner(Record):
    """An arm that another rule would put first.

    Args:
        rule: what it would rank by, on the validation images: `balanced accuracy` is the mean over classes of the
            share that is recognised.
        arm: position of the arm.
        figure: its mean by that rule, over seeds.
        first_figure: that of the study's own first arm.
    """

    rule: Rule
    arm: int
    figure: float
    first_figure: float


@dataclass(frozen=True, kw_only=True)
class Confirmation(Record):
    """The first-ranked arm, and the next one where there is one, trained again on fresh seeds.

    Args:
        arms: their positions in the study.
        seeds: the fresh ones.
        scores: the ranking figure on the fresh seeds, by arm.
        test: test accuracy on the fresh seeds, by arm.
        comparison: first against second on the fresh seeds and the images that chose; None where there is no second.
        on_test: first against second in accuracy on the test images; None where there is no second, no test figure, or
            the test images chose.
    """

    arms: tuple[int, ...]
    seeds: tuple[int, ...]
    scores: tuple[Estimate, ...]
    test: tuple[Estimate, ...]
    comparison: Comparison | None
    on_test: Comparison | None


@dataclass(frozen=True, kw_only=True)
class Analysis(Record):
    """Everything that is said about a study, as numbers and as sentences.

    Args:
        study: its name.
        question: what it was to answer.
        dataset: what it was trained on.
        select: the figure that ranks.
        seeds: each arm's.
        arms: in the study's order; `order`, `candidates` and `ranking` speak of positions in it.
        judgement: order, candidates, comparisons, what would tell.
        other_winners: arms that other reasonable rules would put first.
        confirmation: on fresh seeds, where that was asked for.
        runs: how many runs the study has.
        unfinished: how many of them did not end well.
        folds: of the training images, each validating once; None without cross-validation.
        validation_images: behind each validation figure, those of all folds; None where no run has one.
        test_images: behind each test accuracy; None where no run has one.
        notices: what a reader must know before the figures, each a sentence.
        sentences: the verdict and what else must be weighed, most important sentence first.
    """

    study: str
    question: str
    dataset: str
    select: Selection
    seeds: tuple[int, ...]
    arms: tuple[ArmAnalysis, ...]
    judgement: Judgement
    other_winners: tuple[OtherWinner, ...]
    confirmation: Confirmation | None
    runs: int
    unfinished: int
    folds: int | None
    validation_images: int | None
    test_images: int | None
    notices: tuple[str, ...]
    sentences: tuple[str, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """Positions of all arms, best first."""
        return self.judgement.ranking.order

    @property
    def candidates(self) -> tuple[int, ...]:
        """Positions of the arms that may be the best, best first."""
        return self.judgement.candidates

    @property
    def ranking(self) -> Ranking:
        """Estimates and comparisons by the arms' positions."""
        return self.judgement.ranking

    @property
    def first(self) -> ArmAnalysis:
        """The first-ranked arm."""
        return self.arms[self.order[0]]
