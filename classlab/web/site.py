"""What the page shows: one store, the runs opened last, and the studies that were started here."""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from classlab.studies.store import open_store
from classlab.studies.store.database import database_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request

    from classlab.studies.runs.run import Run
    from classlab.studies.store import Store
    from classlab.web.running import StartedStudy

_KEPT_RUNS = 8  # models in memory; two are drawn with at a time, and the largest built-in one has some 5 MB


class OpenedRuns:
    """The runs that were opened last, with weights and predictions, so that a drawing is answered at once."""

    def __init__(self) -> None:
        self._runs: OrderedDict[Path, Run] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, store: Store, identity: str) -> Run:
        """A run of the store; errors are those of `Store.run`."""
        place = store.folder(identity)  # another one after the run was trained anew
        with self._lock:
            found = self._runs.get(place)
            if found is None:
                found = self._runs[place] = store.run(identity)
            self._runs.move_to_end(place)
            while len(self._runs) > _KEPT_RUNS:
                self._runs.popitem(last=False)
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Site:
    """Everything that the pages share.

    Args:
        folder: of the store.
        runs: those opened last.
        started: studies that were started from the page, by their names.
    """

    folder: Path
    runs: OpenedRuns = field(default_factory=OpenedRuns)
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
        with self.store() as store:
            return self.runs.get(store, identity)


def site_of(request: Request) -> Site:
    """What the request's page shows."""
    return cast("Site", request.app.state.site)
