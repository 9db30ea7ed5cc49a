"""One run from within: its curves, mistakes, findings, filters and settings, and what to take home of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from classlab.analysis.single_training import as_study
from classlab.doctor.diagnose import diagnose_run
from classlab.errors import ClasslabError
from classlab.records.plain import state_words, time_stamp
from classlab.reports.document import Table
from classlab.reports.evidence import run_predictions
from classlab.reports.figures.gradient_norms import gradient_norms_figure
from classlab.reports.figures.prediction import grid_figure, grid_of
from classlab.reports.figures.weight_pictures import first_layer_figure
from classlab.reports.sections.curves import curves_section
from classlab.reports.sections.errors import MOST_MISTAKES, by_class_sentence, mistakes_sentence
from classlab.reports.sections.findings import diagnosis_section
from classlab.reports.sections.provenance import environment_section, ledger_section
from classlab.reports.sections.settings import settings_section
from classlab.statistics import confusion, most_confident_mistakes
from classlab.studies.runs.run_table import table_rows
from classlab.web.confusion_cells import matrix_rows
from classlab.web.image_choice import ImageChoice
from classlab.web.opaque import recorded_run, run_begun_with
from classlab.web.pages import show
from classlab.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from classlab.records import RunRecord
    from classlab.reports.document import Figure
    from classlab.reports.evidence import RunPredictions
    from classlab.studies.runs.run import Run
    from classlab.web.images import SeenDataset


def run_page(request: Request) -> Response:
    """The page of a run; the beginning of an identity, as lists print it, leads there."""
    site, word = site_of(request), request.path_params["run"]
    with site.store() as store:
        identity = run_begun_with(store, word)
        if identity != word:
            return RedirectResponse(f"/run/{identity}")
        record = recorded_run(store, identity)
        membership = store.memberships([record]).get(record.identity)
        openings = store.openings(record.spec.data.digest)
    run = site.run(record.identity)
    study = replace(as_study([record]), openings=openings)
    predictions = None if run.predictions is None else run_predictions(run.predictions)
    images = site.images.of(record)
    return show(
        request,
        "run.html",
        record=record,
        title=run_title(record),
        ended=f"{state_words(record.state)} after {record.epochs_done} epochs",
        membership=membership,
        figures=_figures(record),
        findings=diagnosis_section(diagnose_run(record, arm="" if membership is None else membership.arm)),
        curves=curves_section(study, order=(0,)),
        mistakes=_mistakes(predictions, record),
        matrix=() if predictions is None else matrix_rows(predictions, record.class_names),
        surest=_surest(predictions, record, images),
        choice=run_images(record),
        missing=images if isinstance(images, str) else "",
        first_layer=_first_layer(run),
        gradients=gradient_norms_figure(record),
        settings=(
            settings_section(study),
            ledger_section(study, counted_at=time_stamp()),
            environment_section(study),
        ),
    )


def run_images(record: RunRecord) -> ImageChoice:
    """The images that it was measured on."""
    found = (("test", record.test), ("validation", record.validation))
    splits = tuple((word, word, 0 if figures is None else figures.images) for word, figures in found)
    return ImageChoice(data=record.spec.data.name, back=f"/run/{record.identity}", splits=splits)


def run_title(record: RunRecord) -> str:
    """A run's heading."""
    return f"{record.spec.architecture.name} on {record.spec.data.name}, {record.spec.draw_words}"


def _figures(record: RunRecord) -> Table:
    header, *rows = table_rows([record])
    return Table(caption="Figures by split", header=tuple(header), rows=tuple(map(tuple, rows)))


def _mistakes(predictions: RunPredictions | None, record: RunRecord) -> str:
    if predictions is None:
        return f"The run ended as {state_words(record.state)} before its first epoch was done, so it predicted nothing."
    found = confusion(predictions.labels, predictions.predicted(), classes=len(record.class_names))
    return " ".join(filter(None, (mistakes_sentence(found, record.class_names), by_class_sentence(found))))


def _surest(predictions: RunPredictions | None, record: RunRecord, images: SeenDataset | str) -> Figure | None:
    """The mistakes it was surest of, where its images are here and its scores are probabilities."""
    if predictions is None or isinstance(images, str) or not predictions.are_distributions():
        return None
    shares, labels = predictions.probabilities, predictions.labels
    places = most_confident_mistakes(shares, labels, count=MOST_MISTAKES)
    if not places:
        return None
    grid = grid_of(places, shares, labels, record.class_names, columns=5)
    title = "The mistakes it was surest of."
    return grid_figure(grid, images.dataset.test.images, name="confident-mistakes", title=title)


def _first_layer(run: Run) -> Figure | str:
    """The first layer's weights, or the sentence that says why they are not shown."""
    try:
        return first_layer_figure(run.inside.first_layer())
    except ClasslabError as problem:
        return str(problem)


ROUTES: tuple[Route, ...] = (Route("/run/{run}", run_page, name="run"),)
