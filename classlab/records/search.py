"""What a search over networks and settings was asked (`SearchSpec`), and what came of it (`SearchRecord`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from classlab.options.words import Sampler, SecondObjective, Selection
from classlab.records.base import CheckedRecord
from classlab.records.bounds import Bounds
from classlab.records.run import SCHEMA_VERSION
from classlab.records.study import Setting, direction

CandidateState = Literal["finished", "stopped_early", "stopped_at_rung", "out_of_budget", "diverged", "failed"]
SearchEnd = Literal["running", "budget", "exhausted"]


@dataclass(frozen=True, kw_only=True)
class Dimension(CheckedRecord):
    """One setting that is searched: a list of choices, or a range.

    Args:
        name: the setting, in the words of a search file.
        arm: the table of arms to which it belongs; "" where every candidate has it.
        choices: what there is to choose from, in words (units as in "128,64"); empty for a range.
        low: the range's lower end; None for choices, as are all that follow.
        high: the range's upper end, which may be drawn as well.
        log: whether equal ratios, not equal differences, are equally likely to begin with.
        step: what two neighbouring values differ by; None where every number in between may be drawn.
        whole: whether whole numbers are drawn.
    """

    name: str
    arm: str = ""
    choices: tuple[Setting, ...] = ()
    low: float | None = None
    high: float | None = None
    log: bool = False
    step: float | None = None
    whole: bool = False


@dataclass(frozen=True, kw_only=True)
class Budget(CheckedRecord):
    """What a search may cost; it ends with the first limit that is reached. At least one is not None.

    Args:
        minutes: wall time of searching and of the finalists' training together, in minutes.
        runs: candidates.
        epochs: epochs of all candidates together.
    """

    minutes: float | None = None
    runs: int | None = None
    epochs: int | None = None


@dataclass(frozen=True, kw_only=True)
class SearchSpec(CheckedRecord):
    """What is searched for, where, and at what cost.

    Args:
        name: the search's name.
        data: the dataset's name.
        digest: SHA-256 of its images and labels.
        dimensions: what is searched.
        fixed: options of which candidates have one value, by name, behind that of the arm to which it belongs.
        arms: names of the tables of arms between which a candidate chooses first; empty where there is none or one.
        objective: the figure on validation images that is to be good.
        second: what is to be small besides; None where the objective is all that counts.
        sampler: how candidates are drawn: by what earlier ones reached (tpe), or without regard to it.
        rungs: epochs after which weak candidates leave, ascending; the last is a whole training.
        reduction: one of so many candidates that reached a rung goes on from it.
        budget: where it ends.
        seed: of the sampler, and of every candidate's weights and batches.
        finalists: how many candidates are trained again.
        seeds: fresh ones, on which each of them is.
        question: what the search is to answer, a sentence or nothing.
    """

    name: str
    data: str
    digest: str
    dimensions: tuple[Dimension, ...]
    arms: tuple[str, ...] = ()
    objective: Selection = "val_accuracy"
    second: SecondObjective | None = None
    sampler: Sampler = "tpe"
    rungs: tuple[int, ...]
    reduction: int = 3
    budget: Budget
    seed: int = 0
    finalists: int = 3
    seeds: tuple[int, ...] = ()
    question: str = ""
    fixed: dict[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Candidate(CheckedRecord):
    """One point of the space, and how far its training went.

    Args:
        number: from 0, in the order in which candidates were drawn.
        population: those of one number, from 0, were drawn for one structure and trained in lock-step.
        arm: the table of arms that it chose; "" where there was no choice.
        drawn: what was drawn, by the name of the dimension, with its arm before it as in "sgd: momentum": numbers from
            ranges, positions (from 0) in choices.
        settings: all that was drawn, and what follows from it, in the words of a study file (units as in "128,64").
        parameters: weights of the network, trainable or not.
        history: one figure per epoch under Keras's names: loss, accuracy, val_loss, val_accuracy.
        state: how its training ended.
        reason: why, as a sentence, where it did not simply finish or stop at a rung.
        seconds: its share of its population's wall time, in seconds.
        kept_epoch: whose weights its own rule for stopping early kept, counted from 1; None for the last.
    """

    number: int
    population: int
    arm: str = ""
    drawn: dict[str, float]
    settings: dict[str, Setting]
    parameters: int
    history: dict[str, tuple[float, ...]]
    state: CandidateState
    reason: str | None = None
    seconds: float
    kept_epoch: int | None = None

    @property
    def epochs(self) -> int:
        """How many were trained to their end."""
        return len(self.history.get("val_loss", ()))

    def figure(self, objective: Selection, epochs: int | None = None) -> float | None:
        """The objective after so many epochs, or with the weights that it kept; None where it did not get so far."""
        curve = self.history.get(objective, ())
        if epochs is not None:
            return curve[epochs - 1] if 0 < epochs <= len(curve) else None
        if not curve or self.state in ("diverged", "failed"):
            return None
        return (
            max(curve, key=lambda value: value * direction(objective)) if self.state == "stopped_early" else curve[-1]
        )

    def figures_at(self, objective: Selection, rungs: tuple[int, ...]) -> tuple[float, ...]:
        """The objective at each rung that was reached."""
        return tuple(value for rung in rungs if (value := self.figure(objective, rung)) is not None)


@dataclass(frozen=True, kw_only=True)
class Importance(CheckedRecord):
    """How much of the differences between candidates goes with one setting.

    It is about the candidates that were drawn and their figures after few epochs, and no effect of the setting.

    Args:
        name: the dimension.
        arm: the table of arms to which it belongs; "" where it belongs to none.
        share: from 0 to 1, of all settings that these candidates have.
        candidates: behind it: those that have the setting.
        epochs: after which they were compared.
        draws: how often it was drawn for them: a setting of the network is drawn once for a whole population. None
            where it was not counted.
    """

    name: str
    arm: str = ""
    share: Annotated[float, Bounds(rule="a share from 0 to 1", example=0.3, least=0, most=1)]
    candidates: int
    epochs: int
    draws: int | None = None


@dataclass(frozen=True, kw_only=True)
class SearchRecord(CheckedRecord):
    """What came of a search.

    Args:
        spec: what was asked for.
        candidates: by their numbers.
        end: why no more were drawn; running where the search has not ended.
        importances: the largest first; empty where there were too few candidates to tell.
        front: numbers of the candidates that no other one beats in both objectives, fewest parameters first; empty
            without a second objective.
        finalists: numbers of the candidates that were trained again, best first.
        study: the study in the store that judges them; None where there is none (yet).
        seconds: wall time of searching, all sessions together, in seconds; that of the finalists not counted.
        created: ISO 8601 time in UTC.
        command: what reproduces the search.
        notices: what a reader must know before the figures, each a sentence.
        version: version of this record's layout.
    """

    spec: SearchSpec
    candidates: tuple[Candidate, ...] = ()
    end: SearchEnd = "running"
    importances: tuple[Importance, ...] = ()
    front: tuple[int, ...] = ()
    finalists: tuple[int, ...] = ()
    study: str | None = None
    seconds: float = 0.0
    created: str
    command: str
    notices: tuple[str, ...] = ()
    version: int = SCHEMA_VERSION

    @property
    def epochs(self) -> int:
        """Epochs of all candidates together."""
        return sum(each.epochs for each in self.candidates)

    @property
    def ranking(self) -> tuple[Candidate, ...]:
        """Candidates by the epochs that they reached, and among equals by the objective; without a figure last."""
        sign = direction(self.spec.objective)

        def place(each: Candidate) -> tuple[bool, bool, int, float]:
            figure = each.figure(self.spec.objective)
            whole = each.state in ("finished", "stopped_early")
            return figure is None, not whole, -each.epochs * (not whole), 0.0 if figure is None else -sign * figure

        return tuple(sorted(self.candidates, key=place))

    @property
    def best(self) -> Candidate | None:
        """The first of the ranking; None where no candidate has a figure."""
        first = next(iter(self.ranking), None)
        return None if first is None or first.figure(self.spec.objective) is None else first
