"""A study: how it trains, its verdict, its ranking, curves and runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from classlab.analysis import analyse
from classlab.reports.document import Code, Section
from classlab.reports.figures.curves import curves
from classlab.reports.sections.curves import curves_section, drawn_arms
from classlab.reports.sections.findings import findings_section
from classlab.reports.sections.ranking import notice_callout, ranking_section, verdict_callout
from classlab.reports.sections.seeds import runs_table
from classlab.reports.sections.settings import settings_section
from classlab.studies.work.standing import names_seen
from classlab.web.live import LiveStudy
from classlab.web.opaque import arm_word, named, opaque_id
from classlab.web.pages import show
from classlab.web.site import site_of
from classlab.web.study_curves import plain_curves

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from classlab.records import StudyRecord
    from classlab.web.site import Site


def study_page(request: Request) -> Response:
    """What is known of a study, as far as it has come."""
    site = site_of(request)
    name = named(request.path_params["study"], study_names(site))
    live = LiveStudy(site, name).facts()
    record = _whole(site, name)
    results = None if record is None else _results(record)
    return show(request, "study.html", name=name, identifier=opaque_id(name), live=live, results=results)


def study_names(site: Site) -> list[str]:
    """Every study that has a page: of the store, in training, stopped, or started from the page."""
    names = [*names_seen(site.folder), *site.started]
    if not site.is_empty:
        with site.store() as store:
            names += [entry.name for entry in store.studies()]
    return names


def _whole(site: Site, name: str) -> StudyRecord | None:
    """The study's record, where all its runs are in it."""
    if site.is_empty:
        return None
    with site.store() as store:
        finished = any(entry.name == name and entry.finished for entry in store.studies())
        return store.study(name) if finished else None


def _results(study: StudyRecord) -> dict[str, Any]:
    analysis = analyse(study)
    shown = drawn_arms(analysis.order, analysis.candidates)
    histories = {study.spec.arms[place].name: [run.history for run in study.runs_of(place)] for place in shown}
    found = [curves(histories, metric) for metric in ("loss", "accuracy")]
    runs = [(study.spec.arms[place].name, run) for place in analysis.order for run in study.runs_of(place)]
    table = runs_table("Every run", runs)
    notice = notice_callout(analysis)
    return {
        "question": analysis.question,
        "opening": (*((notice,) if notice else ()), verdict_callout(analysis, picture="ranking")),
        "ranking": ranking_section(analysis) if len(analysis.arms) > 1 else None,
        "curves": [plain_curves(each) for each in found if each.bands],
        "drawn": curves_section(study, order=analysis.order, candidates=analysis.candidates),
        "findings": findings_section(study),
        "table": table,
        "rows": [(run.identity, row) for (_, run), row in zip(runs, table.rows, strict=True)],
        "pair": [arm_word(study.spec.name, place) for place in analysis.order[:2]],
        "data": analysis.dataset,
        "settings": settings_section(study),
        "command": Section(title="How it was trained", blocks=(Code(text=study.command, language="sh"),)),
    }


ROUTES: tuple[Route, ...] = (Route("/study/{study}", study_page, name="study"),)
