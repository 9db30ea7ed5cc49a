"""Train, compare and explain image classifiers: Keras in, Keras out.

The names below are loaded when they are first used: importing classlab imports neither PyTorch nor Keras nor NumPy.

Example:
    >>> import classlab
    >>> run = classlab.fit("digits", "mlp", units=(32,), epochs=3)
    >>> run.record.state
    'finished'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from classlab.errors import (
    ClasslabError,
    DataError,
    DatasetNotFoundError,
    DownloadError,
    ExportError,
    LockedError,
    RecordError,
    SpecError,
    StorageError,
)
from classlab.version import VERSION as __version__  # noqa: N811  (Python's own name for it)

if TYPE_CHECKING:
    from classlab.datasets.arrays import from_arrays
    from classlab.datasets.catalogue import load
    from classlab.doctor.callback import Doctor
    from classlab.doctor.subjects import diagnose
    from classlab.judging.front import judge
    from classlab.models.builtin import build
    from classlab.reports.figures.activation_pictures import plot_activations
    from classlab.reports.figures.gradient_norms import plot_gradient_norms
    from classlab.reports.figures.occlusion_map import plot_occlusion
    from classlab.reports.figures.shown import plot_curves, plot_ranking
    from classlab.reports.figures.weight_pictures import plot_first_layer
    from classlab.search.find import find_network
    from classlab.search.front import find_rates
    from classlab.search.search_result import SearchResult
    from classlab.studies.cleaning import clean
    from classlab.studies.fit import fit, fit_seeds
    from classlab.studies.runs.run import Run, open_run
    from classlab.studies.shown.study_result import StudyResult
    from classlab.studies.study import Study

__all__ = [
    "ClasslabError",
    "DataError",
    "DatasetNotFoundError",
    "Doctor",
    "DownloadError",
    "ExportError",
    "LockedError",
    "RecordError",
    "Run",
    "SearchResult",
    "SpecError",
    "StorageError",
    "Study",
    "StudyResult",
    "__version__",
    "build",
    "clean",
    "diagnose",
    "find_network",
    "find_rates",
    "fit",
    "fit_seeds",
    "from_arrays",
    "judge",
    "load",
    "open_run",
    "plot_activations",
    "plot_curves",
    "plot_first_layer",
    "plot_gradient_norms",
    "plot_occlusion",
    "plot_ranking",
]

_HOMES = {
    "Doctor": "classlab.doctor.callback",
    "Run": "classlab.studies.runs.run",
    "SearchResult": "classlab.search.search_result",
    "Study": "classlab.studies.study",
    "StudyResult": "classlab.studies.shown.study_result",
    "build": "classlab.models.builtin",
    "clean": "classlab.studies.cleaning",
    "diagnose": "classlab.doctor.subjects",
    "fit": "classlab.studies.fit",
    "find_network": "classlab.search.find",
    "find_rates": "classlab.search.front",
    "fit_seeds": "classlab.studies.fit",
    "from_arrays": "classlab.datasets.arrays",
    "judge": "classlab.judging.front",
    "load": "classlab.datasets.catalogue",
    "open_run": "classlab.studies.runs.run",
    "plot_activations": "classlab.reports.figures.activation_pictures",
    "plot_curves": "classlab.reports.figures.shown",
    "plot_first_layer": "classlab.reports.figures.weight_pictures",
    "plot_gradient_norms": "classlab.reports.figures.gradient_norms",
    "plot_occlusion": "classlab.reports.figures.occlusion_map",
    "plot_ranking": "classlab.reports.figures.shown",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
