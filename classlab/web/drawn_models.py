"""The models that one can draw for: the winners of studies, the newest runs and the best, and which come first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from starlette.exceptions import HTTPException

from classlab.analysis.numbers import percent
from classlab.studies.shown.answers import calibrate_at_hand
from classlab.studies.shown.winning_run import winning_run
from classlab.web.compare_choices import optimizer_words
from classlab.web.opaque import named, opaque_id, recorded_run
from classlab.web.question import MOST_MODELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.studies.runs.run import Run
    from classlab.studies.store import Store
    from classlab.studies.store.run_lines import RunLine
    from classlab.studies.store.study_rows import StudyEntry
    from classlab.web.site import Site

_LISTED = 30  # studies, newest runs and best runs each: a longer list is searched on the page of studies
# Of MNIST's test digits, drawn on the board, a perceptron of the 8 x 8 digits names half, which names 98 % of its own.
_COARSE = 12  # pixels of the longer side
_STUDY = "study-"  # before the id of a study, whose winner is meant


class Choice(NamedTuple):
    """One line of the list of models.

    Args:
        value: the identity of a run, or the id of a study.
        text: what the line says.
    """

    value: str
    text: str


class Drawn(NamedTuple):
    """A model that a drawing is shown to.

    Args:
        choice: the line that chose it.
        run: the model.
        title: what the page calls it.
        measured: its validation accuracy, and on which data.
        which: how it was chosen, or what it was trained on, as a sentence.
        untold: why it cannot tell a drawing that is unlike its training images, as a sentence; None where it can.
    """

    choice: str
    run: Run
    title: str
    measured: str
    which: str
    untold: str | None

    @property
    def coarse(self) -> str | None:
        """Why its answers are poor though it may be good, as a sentence; None where it sees enough of a drawing."""
        height, width = self.run.preparation.size
        if max(height, width) > _COARSE:
            return None
        return (
            f"It sees {height} x {width} pixels, which hold little of a drawing: "
            "another hand than its images' is often misread."
        )

    @property
    def bright(self) -> bool:
        """Whether its training images have bright ink on a dark ground."""
        style = self.run.ink_style
        return style.bright if style is not None else (self.run.border or 0.0) < 0.5  # of black to white


def choices(store: Store) -> dict[str, list[Choice]]:
    """The lists of models, each under its heading; a run stands in the first list that has it."""
    studies = [
        Choice(
            f"{_STUDY}{opaque_id(entry.name)}",
            f"{entry.name}: up to {_measured(best[0].validation_accuracy, best[0].data)}",
        )
        for entry in _finished(store)
        if (best := _usable(store.lines(study=entry.name, sort="accuracy", limit=1)))
    ]
    newest, best = (_usable(store.lines(sort=order, limit=_LISTED)) for order in ("created", "accuracy"))
    known = {line.identity for line in newest}
    return {
        "The best run of a study": studies,
        "The newest runs": [_choice(line) for line in newest],
        "The runs with the best validation accuracy": [_choice(line) for line in best if line.identity not in known],
    }


def first_choices(store: Store) -> list[str]:
    """Who answers where nobody was chosen: the best run of the data that was trained on last, and a rival.

    The best has the best validation accuracy; the rival is the best of those whose architecture is another one.
    """
    newest = _usable(store.lines(limit=_LISTED))[:1]
    if not newest:
        return []
    best, *others = _usable(store.lines(data=newest[0].data, sort="accuracy", limit=_LISTED)) or newest
    return [best.identity, *[line.identity for line in others if line.model != best.model][:1]]


def drawn_models(site: Site, chosen: Sequence[str]) -> list[Drawn]:
    """Opens the models of the page, and lets them learn what their training images have in common.

    Args:
        site: the page's.
        chosen: values of choices.

    Raises:
        HTTPException: there is no such model any more.
        FailedRunsError: a study's runs all failed.
    """
    return [_drawn(site, choice) for choice in dict.fromkeys(chosen[:MOST_MODELS])]


def _drawn(site: Site, choice: str) -> Drawn:
    with site.store() as store:
        if choice.startswith(_STUDY):
            name = named(choice.removeprefix(_STUDY), [entry.name for entry in store.studies() if entry.finished])
            winner = winning_run(store.study(name))
            record, title, which = recorded_run(store, winner.record.identity), winner.arm, f"It is {winner.why}."
        else:
            record, which = recorded_run(store, choice), ""
            optimizer = record.spec.optimizer
            title = _words(
                record.spec.architecture.name, optimizer.kind, optimizer.learning_rate, seed=record.spec.seed
            )
    run = site.run(record.identity)
    if not run.weights:
        raise HTTPException(404)
    figures = record.validation
    measured = _measured(figures.accuracy if figures else None, record.spec.data.name)
    return Drawn(choice, run, title, measured, which, calibrate_at_hand(run, stored=True))


def _usable(lines: Sequence[RunLine]) -> list[RunLine]:
    return [line for line in lines if line.epochs_done and line.validation_accuracy is not None]


def _choice(line: RunLine) -> Choice:
    words = _words(line.model, line.optimizer, line.learning_rate, seed=line.seed)
    return Choice(line.identity, f"{words}: {_measured(line.validation_accuracy, line.data)}")


def _measured(accuracy: float | None, data: str) -> str:
    return f"{percent(accuracy)} of {data}'s validation images"


def _words(model: str, optimizer: str, rate: float | None, *, seed: int) -> str:
    return f"{model}, {optimizer_words(optimizer, rate)}, seed {seed}"


def _finished(store: Store) -> list[StudyEntry]:
    return [entry for entry in store.studies() if entry.finished][:_LISTED]
