"""A study in training as its page shows it, at the start and whenever it has moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.files.folder_lock import writer_of
from classlab.records import identity
from classlab.reports.figures.curves import MOST_ARMS, curves
from classlab.studies.shown.progress_lines import ARMS_HEADER, arm_row, population_words, study_line
from classlab.studies.work.standing import is_training, last_moved, names_seen, read_standing
from classlab.web.opaque import opaque_id
from classlab.web.study_curves import plain_curves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.studies.work.standing import Standing, TrainedStudy
    from classlab.studies.work.study_progress import ArmProgress
    from classlab.web.site import Site

_WORDS = {
    "starting": "It starts: its images are read and its networks are built.",
    "training": "",
    "paused": "It waits, with everything in memory, until it is resumed or stopped.",
    "stopped": "It was stopped. What is finished is kept, and Resume goes on from the last finished epoch.",
    "could not start": "Its process ended before the first step. Mend what is wrong and start it again.",
    "ended": "It could not be trained to its end. What is finished is kept; mend what is wrong and start it again.",
    "interrupted": "Its process ended without a word; perhaps it was killed. What is finished is kept, and Resume "
    "goes on from the last epoch that was finished.",
}
_ACTIONS = {
    "training": ("pause", "stop"),
    "paused": ("resume", "stop"),
    "stopped": ("resume",),
    "could not start": ("resume",),
    "ended": ("resume",),
    "interrupted": ("resume",),
}


class LiveStudy:
    """What is seen of a study that trains, or that was stopped before its end.

    Args:
        site: whose store.
        name: the study's.
    """

    def __init__(self, site: Site, name: str) -> None:
        self._site, self._name, self._drawn = site, name, True
        self._finished: tuple[tuple[object, ...], dict[str, list[Any]]] = ((), {})

    def mark(self) -> tuple[object, ...]:
        """What is another thing whenever `facts` may be; many times faster."""
        started = self._site.started.get(self._name)
        folder = self._site.folder
        return last_moved(folder, self._name), writer_of(folder), started is not None and started.alive

    def facts(self, *, drawn: bool = True) -> dict[str, Any] | None:
        """What the page shows; None where the study neither trains nor was stopped.

        Args:
            drawn: with the curves, for which the records of finished runs are read.
        """
        self._drawn = drawn
        study = names_seen(self._site.folder).get(self._name)
        standing = None if study is None else read_standing(self._site.folder, study)
        started = self._site.started.get(self._name)
        if started is not None and started.problem:
            if study is None or study.process != started.process:  # it never came to its first step
                before = (None, None) if started.form else (standing, study)  # those of a study that was to go on
                return self._facts("could not start", started.problem, *before) | {"form": started.form}
            return self._facts("interrupted" if started.killed else "ended", started.problem, standing, study)
        trains = study is not None and is_training(self._site.folder, study)
        if started is not None and started.alive and not trains:
            return self._facts("starting", "", None, None)
        if study is None or standing is None:
            return None
        state: str = standing.state
        if state != "stopped" and not trains:
            state = "interrupted"
        return self._facts(state, standing.reason, standing, study)

    def _facts(self, state: str, reason: str, standing: Standing | None, study: TrainedStudy | None) -> dict[str, Any]:
        arms = () if standing is None else standing.report.arms
        sentence = _WORDS[state]
        if state == "interrupted" and standing is not None and standing.report.epoch:
            sentence += f" The last that it told of was {population_words(standing.report)}."
        return {
            "identifier": opaque_id(self._name),
            "state": state,
            "sentence": sentence,
            "reason": reason,
            "line": "" if standing is None else study_line(standing.report),
            "finished": 0 if standing is None else standing.report.all_finished,
            "epochs": 0 if standing is None else standing.report.all_epochs,
            "form": "",
            "actions": _ACTIONS.get(state, ()) if study is not None else (),
            "header": ARMS_HEADER,
            "rows": [_row(arm, state) for arm in arms],
            "curves": [] if standing is None or study is None or not self._drawn else self._curves(standing, study),
        }

    def _curves(self, standing: Standing, study: TrainedStudy) -> list[dict[str, Any]]:
        shown = _shown(standing.report.arms)
        key = tuple((arm.name, arm.done) for arm in shown if arm.done)
        if key != self._finished[0]:
            self._finished = key, self._histories(study, [name for name, _ in key])
        finished = self._finished[1]
        histories = {arm.name: [*finished.get(arm.name, []), *standing.curves.get(arm.name, [])] for arm in shown}
        found = (curves(histories, metric) for metric in ("loss", "accuracy"))
        return [plain_curves(each) for each in found if each.bands]

    def _histories(self, study: TrainedStudy, arms: Sequence[str]) -> dict[str, list[Any]]:
        """The histories of the finished runs of some arms."""
        if self._site.is_empty:
            return {}
        with self._site.store() as store:
            return {
                arm.name: [
                    record.history
                    for spec in arm.run_specs(study.spec.seeds)
                    if (record := store.record(identity(spec))) is not None
                ]
                for arm in study.spec.arms
                if arm.name in arms
            }


def _row(arm: ArmProgress, state: str) -> tuple[str, ...]:
    """Where an arm stands; of one that was in training, in the study's state."""
    *cells, last = arm_row(arm)
    return (*cells, state if last == "training" else last)


def _shown(arms: Sequence[ArmProgress]) -> list[ArmProgress]:
    """The arms whose curves are drawn, the most accurate so far; in the study's order, which keeps their colours."""
    known = [arm for arm in arms if "val_accuracy" in arm.figures]
    best = sorted(known, key=lambda arm: -arm.figures["val_accuracy"])[:MOST_ARMS]
    return [arm for arm in known if arm in best]
