"""What a study would come to, told while it is put together: its runs, its time, and what its reader must know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, duration
from classlab.datasets.catalogue import find, load
from classlab.datasets.known import EMBEDDED, PUBLISHED
from classlab.studies.asked.built_study import build_study
from classlab.studies.asked.study_draft import points
from classlab.studies.shown.study_size import drafted_size, study_size
from classlab.studies.store import open_store
from classlab.studies.work.earlier_study import replaced_notices
from classlab.studies.work.expected_time import expected_seconds
from classlab.studies.work.memory_store import MemoryStore
from classlab.studies.work.plan import plan_runs
from classlab.studies.work.standing import names_seen
from classlab.studies.work.sweep import missing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.datasets.dataset import Dataset
    from classlab.records import RunSpec, StudyRecord
    from classlab.studies.asked.study_draft import StudyDraft
    from classlab.studies.work.plan import PlannedPopulation
    from classlab.studies.work.standing import TrainedStudy
    from classlab.web.site import Site

_MOST_ARMS = 300  # that are built while somebody types; more take seconds
_STUDIES = 10  # newest ones whose pace is asked for
_LATER = "How long it takes is said once two epochs are trained, because {}."


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What is expected of a study.

    Args:
        size: arms, seeds and runs, a sentence.
        time: how long it takes, a sentence.
        notices: what its reader must know, each a sentence.
        replaces: which study of its name it takes the place of, a sentence; "" where it does not.
    """

    size: str
    time: str
    notices: tuple[str, ...] = ()
    replaces: str = ""


def expectation(site: Site, draft: StudyDraft) -> Expectation:
    """Works out what a study comes to.

    Args:
        site: whose store.
        draft: what was asked for.

    Raises:
        ClasslabError: an arm cannot be trained on these images, or the store cannot be read.
    """
    dataset = _at_hand(draft.data) if isinstance(draft.data, str) else None
    many = len(points(draft)) > _MOST_ARMS
    if dataset is None or many:
        why = "its images are read when it starts" if dataset is None else "it has so many arms"
        replaces = _perhaps_replaced(site, draft.name)
        return Expectation(size=drafted_size(draft), time=_LATER.format(why), replaces=replaces)
    built = build_study(draft, dataset)
    plan = plan_runs(built.spec.arms, built.spec.seeds)
    seen: tuple[StudyRecord, ...] = ()
    replaced = replaced_notices(built.spec, names_seen(site.folder).get(draft.name))
    if site.is_empty:
        wanted, notices = missing(plan, MemoryStore()), built.notices
    else:
        with site.store() as store:
            wanted = missing(plan, store)
            replaced = replaced_notices(built.spec, store.earlier_study(draft.name)) or replaced
            notices = (*built.notices, *replaced)
            entries = [entry for entry in store.studies() if entry.finished][:_STUDIES]
        seen = tuple(_study(site.folder, entry.name, entry.created) for entry in entries)
    return Expectation(
        size=study_size(built.spec, plan, wanted),
        time=_time(wanted, dataset, seen),
        notices=tuple(notices),
        replaces=" ".join(replaced),
    )


def _perhaps_replaced(site: Site, name: str) -> str:
    earlier: StudyRecord | TrainedStudy | None = names_seen(site.folder).get(name)
    if not site.is_empty:
        with site.store() as store:
            earlier = store.earlier_study(name) or earlier
    if earlier is None:
        return ""
    arms = counted(len(earlier.spec.arms), "arm")
    return f"The store has a study {name!r} with {arms}; this one takes its place, and the earlier runs are kept."


def _time(wanted: Sequence[PlannedPopulation], dataset: Dataset, seen: Sequence[StudyRecord]) -> str:
    if not wanted:
        return "Nothing is left to be trained."
    counts: dict[object, int] = {}

    def images(spec: RunSpec) -> int:
        key = (spec.data.validation, spec.data.limit, spec.data.folds, spec.data.leave_out)
        if key not in counts:
            counts[key] = len(dataset.divided_as(spec.data).train)
        return counts[key]

    seconds = expected_seconds(wanted, images=images, seen=seen)
    if seconds is None:
        return _LATER.format("no study in this store has trained such networks yet")
    return f"About {duration(seconds)} of training, at the pace of the studies in this store."


@lru_cache(maxsize=2)
def _at_hand(name: str) -> Dataset | None:
    """A dataset that is on this machine, by its name; nothing is downloaded, and no path is followed while typing."""
    if name in EMBEDDED:
        return load(name)
    return find(name) if name in PUBLISHED else None  # type: ignore[arg-type]  # a key of PUBLISHED is a name


@lru_cache(maxsize=_STUDIES)
def _study(folder: Path, name: str, _created: str) -> StudyRecord:
    with open_store(folder, write=False) as store:
        return store.study(name)
