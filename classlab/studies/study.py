"""A study from Python: what is compared goes in, a table and a verdict come out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from classlab.options import STUDY_SETTINGS, check_names
from classlab.options.signature import takes
from classlab.options.table import FitOptions, StudySettings
from classlab.studies.asked.assignment import load_data
from classlab.studies.asked.built_study import BuiltStudy, build_study
from classlab.studies.asked.study_file import draft_from_python, read_study, with_settings
from classlab.studies.asked.study_text import study_text
from classlab.studies.shown.notebook_bar import told_here
from classlab.studies.shown.progress_lines import StudyLines
from classlab.studies.shown.study_result import StudyResult
from classlab.studies.shown.study_size import drafted_size
from classlab.studies.store.openings import hand_over
from classlab.studies.work.memory_store import MemoryStore, RunStore
from classlab.studies.work.places import training_place
from classlab.studies.work.sweep import run_study

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from classlab.datasets.dataset import Dataset
    from classlab.options.grid import GridOptions
    from classlab.options.words import DeviceName, Fit, PlaceName, Selection
    from classlab.records import StudyRecord, StudySpec
    from classlab.studies.asked.study_draft import StudyDraft
    from classlab.studies.fit import Data, Model
    from classlab.studies.runs.run import Run


class Study:
    """Arms, seeds and a question.

    Every option of `classlab.fit` is taken, by the same name; one value holds for every arm, a list expands into a
    grid. Widths of hidden layers are a sequence themselves: `units=(128, 64)` is one network, `units=[(128, 64),
    (64, 32)]` are two. Without `arms`, the grid of the options is the arms; with them, every arm adds its own
    options, lists among them, and perhaps a `name`.

    Args:
        name: the study's name.
        data: as in `classlab.fit`.
        model: as in `classlab.fit`, or a list of them; `mlp` where nothing is given.
        arms: one mapping of options per arm.
        seeds: how many seeds, or which.
        question: what the study is to answer, a sentence.
        select: the figure on validation images by which arms are ranked.
        margin: a difference in accuracy (share of images) too small to matter.
        confidence: of every interval and of the family of comparisons.
        folds: cross-validation in so many folds of the training images, each of which validates once.
        size: `(height, width)` to bring the pictures of a folder to.
        fit: what is done to pictures of other proportions: stretch, crop or pad.
        **options: defaults of every arm; a list expands into a grid.

    Raises:
        SpecError: a name is unknown, or a value is impossible.

    Example:
        >>> study = Study("rates", data="digits", model="linear", learning_rate=[0.001, 0.01], epochs=2, seeds=2)
        >>> result = study.run()
        >>> result.best
        'learning rate 0.01'
    """

    _draft: StudyDraft
    _dataset: Dataset | None
    _built: BuiltStudy | None

    @takes(grid=(FitOptions,))
    def __init__(
        self,
        name: str,
        *,
        data: Data,
        model: Model | Sequence[Model] | None = None,
        arms: Sequence[Mapping[str, Any]] = (),
        seeds: int | Sequence[int] = 5,
        question: str = "",
        select: Selection = "val_accuracy",
        margin: float = 0.002,
        confidence: float = 0.95,
        folds: int | None = None,
        size: tuple[int, int] | None = None,
        fit: Fit | None = None,
        **options: Unpack[GridOptions],
    ) -> None:
        settings = {
            "seeds": seeds,
            "question": question,
            "select": select,
            "margin": margin,
            "confidence": confidence,
            "folds": folds,
            "size": size,
            "fit": fit,
        }
        given = {"model": model, **options}
        self._take(draft_from_python(name, data=data, arms=arms, settings=settings, options=given))

    @classmethod
    @takes(StudySettings)
    def from_file(cls, path: str | Path, **settings: Unpack[StudySettings]) -> Study:
        """Reads a study file.

        Args:
            path: a TOML file.
            **settings: each takes the place of the file's own; with more seeds and the same store, only those that are
                new are trained.

        Raises:
            SpecError: a key or value is wrong.
            StorageError: the file cannot be read.
        """
        check_names(settings, STUDY_SETTINGS, taker="`Study.from_file`")
        study = cls.__new__(cls)
        study._take(with_settings(read_study(Path(path)), settings, place="Study.from_file"))
        return study

    @property
    def draft(self) -> StudyDraft:
        """The study as it was written down."""
        return self._draft

    @property
    def dataset(self) -> Dataset:
        """The images, loaded when they are first needed."""
        if self._dataset is None:
            self._dataset = load_data(self._draft.data, size=self._draft.size, fit=self._draft.fit)
        return self._dataset

    @property
    def built(self) -> BuiltStudy:
        """The arms with their networks built, and what a reader must know before the figures.

        Raises:
            SpecError: an arm's options contradict each other, or its network does not fit the images.
        """
        if self._built is None:
            self._built = build_study(self._draft, self.dataset)
        return self._built

    @property
    def spec(self) -> StudySpec:
        """Arms and seeds as a record."""
        return self.built.spec

    def run(
        self,
        store: str | Path | None = None,
        *,
        confirm: int = 0,
        device: DeviceName = "auto",
        again: bool = False,
        quiet: bool = True,
        now: datetime | None = None,
        on: PlaceName = "local",
        ray_address: str | None = None,
        run_timeout: float | None = None,
    ) -> StudyResult:
        """Trains every arm from every seed; runs that the store holds already are taken from it.

        Args:
            store: the folder of a store; None keeps the runs in memory, for this call only. Either way the test-set
                ledger counts that test images were measured.
            confirm: train the first arm and the next one again on so many fresh seeds.
            device: auto, cpu or cuda.
            again: train anew also what the store holds.
            quiet: say nothing while training.
            now: the time to put on record; the clock's where it is None.
            on: local, or ray for the workers of a Ray cluster.
            ray_address: of that cluster; None takes the environment variable RAY_ADDRESS, else starts Ray here.
            run_timeout: seconds after which a run that is not done is stopped, and recorded as failed.

        Raises:
            SpecError: an arm cannot be trained on these images.
            MissingExtraError: Ray was asked for and is not installed.
            WorkerError: there is no Ray cluster, or its workers cannot train.
            StorageError: the store cannot be read or written.
            LockedError: another process is writing to the store.
        """
        options: dict[str, Any] = {"confirm": confirm, "device": device, "again": again, "quiet": quiet, "now": now}
        options |= {"on": on, "ray_address": ray_address, "run_timeout": run_timeout}
        if store is None:
            memory = MemoryStore()
            return StudyResult(self._run(memory, **options), run=memory.run)
        from classlab.studies.store import open_store

        folder = Path(store)
        hand_over(folder)
        with open_store(folder, write=True) as opened:
            record = self._run(opened, **options)
        return StudyResult(record, run=lambda identity: _stored_run(folder, identity))

    def _run(
        self,
        store: RunStore,
        *,
        quiet: bool,
        on: PlaceName,
        ray_address: str | None,
        run_timeout: float | None,
        **options: Any,
    ) -> StudyRecord:
        built = self.built
        with training_place(on, ray_address=ray_address, run_timeout=run_timeout) as place:
            return run_study(
                built.spec,
                self.dataset,
                store=store,
                initial=built.initial,
                notes=built.notes,
                observer=None if quiet else StudyLines(told_here()),
                command=f"classlab.Study({built.spec.name!r}, ...).run() from Python",
                place=place,
                text=study_text(self._draft),
                **options,
            )

    def _take(self, draft: StudyDraft) -> None:
        self._draft = draft
        self._dataset = None
        self._built = None

    def __repr__(self) -> str:
        data = self._draft.data
        named = data if isinstance(data, str | Path) else getattr(data, "name", "arrays")
        return f"<{drafted_size(self._draft).removesuffix('.')} on {named}; run() trains them>"


def _stored_run(folder: Path, identity: str) -> Run:
    from classlab.studies.store import open_store

    with open_store(folder, write=False) as store:
        return store.run(identity)
