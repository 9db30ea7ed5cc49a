"""What the page shows: one store, the runs opened last, and the studies that were started here."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from classlab.studies.store import open_store
from classlab.studies.store.database import database_path
from classlab.web.images import ImagesAtHand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request

    from classlab.studies.runs.run import Run
    from classlab.studies.store import Store
    from classlab.web.started_study import StartedStudy

_KEPT_RUNS = 8  # models in memory; two are drawn with at a time, and the largest built-in one has some 5 MB
_TRUSTED = 1.0  # seconds before a run is looked up again: that takes as long as the answer to a drawing


class OpenedRuns:
    """The runs that were opened last, with weights and predictions, so that a drawing is answered at once."""

    def __init__(self) -> None:
        self._runs: OrderedDict[Path, Run] = OrderedDict()
        self._looked_up: dict[str, tuple[float, Run]] = {}
        self._lock = threading.Lock()

    def lately(self, identity: str) -> Run | None:
        """The run, where it was asked for a moment ago."""
        at, run = self._looked_up.get(identity, (float("-inf"), None))
        return run if time.monotonic() - at < _TRUSTED else None

    def get(self, store: Store, identity: str) -> Run:
        """A run of the store; errors are those of `Store.run`."""
        place = store.folder(identity)  # another one after the run was trained anew
        with self._lock:
            found = self._runs.get(place)
            if found is None:
                found = self._runs[place] = store.run(identity)
            self._runs.move_to_end(place)
            self._looked_up[identity] = (time.monotonic(), found)
            while len(self._runs) > _KEPT_RUNS:
                _, gone = self._runs.popitem(last=False)
                self._looked_up.pop(gone.record.identity, None)
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Site:
    """Everything that the pages share.

    Args:
        folder: of the store.
        runs: those opened last.
        images: of the datasets that were looked at last.
        started: studies that were started from the page, by their names.
    """

    folder: Path
    runs: OpenedRuns = field(default_factory=OpenedRuns)
    images: ImagesAtHand = field(default_factory=ImagesAtHand)
    started: dict[str, StartedStudy] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is no store yet."""
        path = database_path(self.folder)
        return not (path.is_file() and path.stat().st_size)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, open for reading; errors are those of `open_store`."""
        with open_store(self.folder, write=False) as store:
            yield store

    def run(self, identity: str) -> Run:
        """A run of the store with its weights and predictions; errors are those of `Store.run`."""
        found = self.runs.lately(identity)
        if found is None:
            with self.store() as store:
                found = self.runs.get(store, identity)
        return found


def site_of(request: Request) -> Site:
    """What the request's page shows."""
    return cast("Site", request.app.state.site)
