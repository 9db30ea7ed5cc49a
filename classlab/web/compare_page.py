"""Two runs or arms side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.routing import Route

from classlab.analysis.numbers import counted
from classlab.analysis.pairs import HEADER, MOST_ARMS, all_pairs, pair_rows, pairs_note
from classlab.analysis.sentences.comparison import comparison_sentence
from classlab.errors import SpecError
from classlab.judging.pair import compare_networks
from classlab.judging.pair_document import pair_document
from classlab.judging.run_networks import check_one_dataset, run_network
from classlab.records.study import FIGURE
from classlab.reports.document import Callout, Section, Table
from classlab.web.compare_choices import first_choices, second_choices
from classlab.web.opaque import named, recorded_run
from classlab.web.pages import show
from classlab.web.run_page import run_title
from classlab.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from classlab.records import RunRecord, StudyRecord
    from classlab.reports.document import Document
    from classlab.studies.store import Store
    from classlab.web.site import Site

_ARM = re.compile(r"([0-9a-f]{16})-([0-9]{1,6})")


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """One of the two.

    Args:
        word: what stands for it in an address.
        name: for people.
        runs: one, or the arm's.
        study: of an arm; None for a single run.
        arm: its position in the study.
    """

    word: str
    name: str
    runs: tuple[RunRecord, ...]
    study: StudyRecord | None = None
    arm: int = 0


def compare_page(request: Request) -> Response:
    """The comparison, or what there is to choose from."""
    site = site_of(request)
    if site.is_empty:
        return show(request, "compare.html", title="Compare two runs", choices=(), chosen="", folder=site.folder)
    with site.store() as store:
        words = [request.query_params.get(name, "") for name in ("left", "right")]
        sides = [_side(store, word) for word in words if word]
        if len(sides) < 2:
            chosen = sides[0] if sides else None
            return show(
                request,
                "compare.html",
                title="Compare two runs" if chosen is None else f"Compare {chosen.name}",
                choices=first_choices(store)
                if chosen is None
                else second_choices(store, chosen.word, data=chosen.runs[0].spec.data.name, study=chosen.study),
                chosen="" if chosen is None else chosen.name,
                folder=site.folder,
            )
    first, second = _runs(sides[0], sides[1])
    document, arms = _document(site, first, second), _arms(sides[0], sides[1])
    if arms is not None:
        networks = tuple(replace(each, title="Verdict on these two networks", tone="note") for each in document.opening)
        document = replace(document, title=f"{sides[0].name} and {sides[1].name}", opening=networks)
    return show(
        request,
        "comparison.html",
        document=document,
        arms=arms,
        networks="" if arms is None else _networks_sentence(first, second),
        first=first,
        second=second,
        names=(run_title(first), run_title(second)),
    )


def _side(store: Store, word: str) -> Side:
    found = _ARM.fullmatch(word)
    if found is None:
        record = recorded_run(store, word)
        return Side(word=word, name=run_title(record), runs=(record,))
    study = store.study(named(found[1], [entry.name for entry in store.studies()]))
    place = int(found[2])
    if place >= len(study.spec.arms):
        raise HTTPException(404)
    return Side(word=word, name=study.spec.arms[place].name, runs=study.runs_of(place), study=study, arm=place)


def _runs(one: Side, two: Side) -> tuple[RunRecord, RunRecord]:
    """One network of each, of arms the first of a seed that both have.

    Raises:
        SpecError: an arm has none that predicted anything.
    """
    kept = [[run for run in side.runs if run.test is not None] for side in (one, two)]
    if not all(kept):
        name = one.name if not kept[0] else two.name
        raise SpecError(
            f"both sides must have predicted the test images, but no run of {name} did. Choose another one."
        )
    shared = ((left, right) for left in kept[0] for right in kept[1] if left.spec.draw_words == right.spec.draw_words)
    return next(shared, (kept[0][0], kept[1][0]))


def _arms(one: Side, two: Side) -> Section | None:
    """What the study says of the two arms over all seeds; None for runs, and for arms of two studies."""
    if one.study is None or two.study is None or one.study.spec.name != two.study.spec.name or one.arm == two.arm:
        return None
    if len(one.study.spec.arms) > MOST_ARMS:
        return None
    found = all_pairs(one.study)
    wanted = {one.arm, two.arm}
    pairs = tuple(pair for pair in found.pairs if {pair.first, pair.second} == wanted)
    rows = tuple(pair_rows(replace(found, pairs=pairs)))
    if not rows:
        return None
    table = Table(
        caption="The two arms over their seeds", header=HEADER, rows=rows, words=(0, 1, 4), note=pairs_note(found)
    )
    (pair,) = pairs
    sentence = comparison_sentence(
        found.names[pair.first],
        found.names[pair.second],
        pair.comparison,
        unit="points" if found.accuracy else "loss",
        given_start=found.given_start[pair.first] or found.given_start[pair.second],
    )
    figure, seeds = FIGURE[one.study.spec.select], counted(pair.comparison.n, "seed")
    verdict = Callout(tone="verdict", title=f"Verdict on the arms: {figure}, {seeds}", items=(sentence,))
    return Section(title="The arms", blocks=(verdict, table))


def _networks_sentence(first: RunRecord, second: RunRecord) -> str:
    """What the second half of the page is about, and why it may say another thing than the first."""
    drawn = [first.spec.draw_words, second.spec.draw_words]
    which = drawn[0] if drawn[0] == drawn[1] else f"{drawn[0]} against {drawn[1]}"
    images = "validation images" if first.spec.data.validation != "test" else "the same images"
    return (
        f"From here on it is about one network of each arm, {which}, and about the test images. That can differ from "
        f"the verdict on the arms, which is about {images} and the networks of all seeds that both have: another seed "
        "gives another network, and other images other mistakes."
    )


def _document(site: Site, first: RunRecord, second: RunRecord) -> Document:
    check_one_dataset((first, second))
    one, two = (run_network(site.run(record.identity), "test") for record in (first, second))
    if one.name == two.name:
        one, two = (
            replace(each, name=f"{each.name} ({record.identity[:8]})") for each, record in ((one, first), (two, second))
        )
    images = site.images.of(first)
    missing = (f"No images are shown, because {images}.",) if isinstance(images, str) else ()
    return pair_document(
        compare_networks(one, two, class_names=first.class_names),
        one,
        two,
        images=None if isinstance(images, str) else images.dataset.test.images,
        class_names=first.class_names,
        notes=missing,
    )


ROUTES: tuple[Route, ...] = (Route("/compare", compare_page, name="compare"),)
