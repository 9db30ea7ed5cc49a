"""The finalists of a search: few and unlike, trained again from fresh seeds by an ordinary study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.records import Arm, StudySpec
from classlab.records.study import direction
from classlab.search.candidates import assigned_points
from classlab.search.halving import Reached, beats
from classlab.studies.work.sweep import run_study

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from classlab.datasets.dataset import Dataset
    from classlab.options.words import DeviceName
    from classlab.records import StudyRecord
    from classlab.records.search import Candidate, SearchRecord
    from classlab.search.search_file import SearchDraft
    from classlab.studies.work.memory_store import RunStore
    from classlab.studies.work.study_progress import StudyObserver

_LONGEST = 80 - len(" finalists")  # characters that a study's name may have


def finalists_of(record: SearchRecord, *, most: int) -> list[Candidate]:
    """The best candidates, of each structure one before any has two; with two objectives those of the front.

    Candidates that were trained whole come first; where there are too few, those that came farthest.

    Args:
        record: the search.
        most: how many there may be.
    """
    ranked = [each for each in record.ranking if each.figure(record.spec.objective) is not None]
    if record.spec.second is not None:
        ranked = [each for each in ranked if each.number in record.front] or ranked
    first = {each.population: each for each in reversed(ranked)}
    chosen = sorted(first.values(), key=ranked.index)
    whole = [each for each in chosen if each.state in ("finished", "stopped_early")]
    rest = [each for each in ranked if each not in whole]
    return [*whole, *rest][:most]


def front_of(record: SearchRecord) -> tuple[int, ...]:
    """Numbers of the finished candidates that no other one beats in both objectives, fewest parameters first."""
    if record.spec.second is None:
        return ()
    sign = direction(record.spec.objective)
    done = {
        each.number: Reached(figure, each.parameters)
        for each in record.candidates
        if each.state in ("finished", "stopped_early") and (figure := each.figure(record.spec.objective)) is not None
    }
    best = [number for number, one in done.items() if not any(beats(other, one, sign=sign) for other in done.values())]
    return tuple(sorted(best, key=lambda number: done[number].parameters))


def study_name(search: str) -> str:
    """What the study of a search's finalists is called."""
    return f"{search[:_LONGEST]} finalists"


def judge_finalists(
    record: SearchRecord,
    draft: SearchDraft,
    dataset: Dataset,
    *,
    store: RunStore,
    observer: StudyObserver | None,
    device: DeviceName,
    beside: Sequence[Arm] = (),
    name: Callable[[Candidate], str] | None = None,
    now: datetime | None,
) -> StudyRecord:
    """Trains every finalist from fresh seeds, measures it on the test images, and puts the study on record.

    Args:
        record: the search, with at least one finalist.
        draft: what was asked for.
        dataset: the images.
        store: where the runs go.
        observer: told how the study stands.
        device: where to compute.
        beside: arms that are trained from the same seeds and judged with the finalists.
        name: what an arm is called after its candidate; None for its number.
        now: the time to put on record.
    """
    finalists = [record.candidates[number] for number in record.finalists]
    points = [draft.space.draw(lambda key, _, drawn=each.drawn: drawn[key]) for each in finalists]  # type: ignore[misc]
    assigned = [assigned_points([point], dataset, seed=record.spec.seed, device=device)[0] for point in points]
    names = [f"candidate {each.number}" if name is None else name(each) for each in finalists]
    taken = [*names, *(arm.name for arm in beside)]
    names = [
        f"{own}, candidate {each.number}" if taken.count(own) > 1 else own
        for own, each in zip(names, finalists, strict=True)
    ]
    spec = StudySpec(
        name=study_name(record.spec.name),
        question=record.spec.question,
        arms=(
            *(
                Arm(name=name, settings=each.settings, spec=found.specs[0])
                for name, each, found in zip(names, finalists, assigned, strict=True)
            ),
            *beside,
        ),
        seeds=record.spec.seeds,
        select=record.spec.objective,
        margin=draft.study.margin,
        confidence=draft.study.confidence,
    )
    chosen = (
        f"The finalists were chosen from {len(record.candidates)} candidates by their figures on these validation "
        "images, which flatters the figures here, fresh seeds or not; on the test images it does not."
    )
    initial = {
        needed: found.initial_weights
        for found in assigned
        if (needed := found.specs[0].needed_weights) is not None and found.initial_weights is not None
    }
    return run_study(
        spec,
        dataset,
        store=store,
        initial=initial,
        notes={name: found.notes for name, found in zip(names, assigned, strict=True) if found.notes},
        observer=observer,
        device=device,
        command=record.command,
        remarks=(chosen,) if len(record.candidates) > len(finalists) else (),
        now=now,
    )
