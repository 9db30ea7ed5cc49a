"""The search for a network from Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from classlab.options import STUDY_SETTINGS, plain_value
from classlab.options.signature import takes
from classlab.options.table import SEARCH_SETTINGS, FitOptions, SearchSettings, ShapeOptions, StudySettings
from classlab.search.search import Search
from classlab.search.search_file import checked_search, read_search
from classlab.search.search_progress import SearchLines
from classlab.search.search_result import SearchResult
from classlab.search.usual_space import usual_space
from classlab.studies.asked.assignment import load_data
from classlab.studies.shown.notebook_bar import told_here
from classlab.studies.shown.progress_lines import StudyLines
from classlab.studies.shown.study_result import StudyResult
from classlab.studies.store.openings import hand_over
from classlab.studies.work.memory_store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from classlab.options.grid import SearchOptions
    from classlab.options.words import DeviceName, Fit
    from classlab.records import StudyRecord
    from classlab.search.search_file import SearchDraft
    from classlab.studies.fit import Data
    from classlab.studies.work.memory_store import RunStore


@takes(SearchSettings, StudySettings, grid=(FitOptions, ShapeOptions))
def find_network(
    data: Data,
    model: Any = None,
    *,
    arms: Sequence[Mapping[str, Any]] = (),
    store: str | Path | None = None,
    device: DeviceName = "auto",
    again: bool = False,
    quiet: bool = True,
    now: datetime | None = None,
    seed: int | None = None,
    size: tuple[int, int] | None = None,
    fit: Fit | None = None,
    **options: Unpack[SearchOptions],
) -> SearchResult:
    """Looks for a good network and good settings within a budget, and has a study judge the finalists.

    Every key of a search file is taken, by the same name: a list is a choice, a dictionary with `low` and `high` a
    range, and one value is fixed. What is not given is searched where the model has a usual space.

    Args:
        data: as in `fit`, or the path of a search file, beside which only its settings (budget, seeds, ...) are taken.
        model: as in `fit`, or a list of them; `mlp` where nothing is given.
        arms: tables of options of which a candidate chooses one, as for a space of its own for each optimizer.
        store: the folder of a store, in which a search that was stopped goes on; None keeps all of it in memory.
        device: auto, cpu or cuda.
        again: begin anew where the store has this search.
        quiet: say nothing while searching.
        now: the time to put on record; the clock's where it is None.
        seed: decides which candidates are drawn and what each begins with; None for 0, or what a search file says.
        size: `(height, width)` to bring the pictures of a folder to.
        fit: what is done to pictures of other proportions: stretch, crop or pad.
        **options: `minutes`, `runs` or `total_epochs`, and the other keys of a search file.

    Returns:
        Every candidate, what mattered, and the study of the finalists.

    Raises:
        DataError: the data cannot be used.
        SpecError: an option is unknown, contradicts another one or would have no effect.
        MissingExtraError: Optuna is not installed.
        StorageError: the store cannot be read or written.
        LockedError: another process is writing to the store.

    Example:
        >>> result = find_network("digits", "linear", runs=6, epochs=3, seeds=2, finalists=2)
        >>> len(result.record.candidates), len(result.study.record.spec.arms)
        (6, 2)
    """
    draft = _draft(data, model, arms, {"seed": seed, "size": size, "fit": fit, **options})
    given: dict[str, Any] = {"device": device, "again": again, "now": now}
    if store is None:
        memory = MemoryStore()
        return _found(draft, memory, quiet=quiet, run=memory.run, **given)
    from classlab.studies.store import open_store

    folder = Path(store)
    hand_over(folder)

    def run(identity: str) -> Any:
        with open_store(folder, write=False) as opened:
            return opened.run(identity)

    with open_store(folder, write=True) as opened:
        return _found(draft, opened, quiet=quiet, run=run, folder=folder, **given)


def _draft(data: Data, model: Any, arms: Sequence[Mapping[str, Any]], options: Mapping[str, Any]) -> SearchDraft:
    given = {name: plain_value(value) for name, value in options.items() if value is not None}
    settings = {name: value for name, value in given.items() if name in (*SEARCH_SETTINGS, *STUDY_SETTINGS)}
    if isinstance(data, str | Path) and str(data).lower().endswith(".toml"):
        return read_search(Path(data), settings)
    space = {name: value for name, value in given.items() if name not in settings}
    tables = {"arms": [plain_value(dict(arm)) for arm in arms]} if arms else {}
    chosen = {} if model is None else {"model": plain_value(model)}
    word = str(data) if isinstance(data, str | Path) else "data"
    usual = usual_space({**chosen, **space, **tables})
    document = {"name": f"{Path(word).stem} search", **settings, **usual, "data": word}
    return checked_search(document, place="the search", python=True, data=data)


def _found(
    draft: SearchDraft, store: RunStore, *, quiet: bool, run: Any, folder: Path | None = None, **given: Any
) -> SearchResult:
    study = draft.study
    dataset = load_data(study.data, size=study.size, fit=study.fit)
    search = Search(
        draft=draft,
        dataset=dataset,
        store=store,
        folder=folder,
        command=f"classlab.find_network({dataset.name!r}, ...) from Python",
        **given,
    )
    search.search(None if quiet else SearchLines(told_here()))
    found: StudyRecord | None = search.judge(None if quiet else StudyLines(told_here()))
    return SearchResult(search.record, study=None if found is None else StudyResult(found, run=run))
