"""Two networks compared, as a page with the images that only one of them gets right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted
from classlab.judging.pair import class_rows, count_rows, only_one_right, pair_sentences, same_labels
from classlab.reports.document import Block, Bullets, Callout, Document, Figure, Paragraph, Section, Table
from classlab.reports.figures.prediction import grid_figure, grid_of
from classlab.reports.figures.tile import Tile, tile_figure
from classlab.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlab.judging.pair import NetworkPair
    from classlab.judging.predictions import NetworkPredictions

_MOST = 15  # images per grid: three rows of five


def pair_document(
    pair: NetworkPair,
    first: NetworkPredictions,
    second: NetworkPredictions,
    *,
    images: NDArray[np.uint8] | None,
    class_names: Sequence[str],
    notes: Sequence[str] = (),
) -> Document:
    """The verdict, the counts, the classes, and the images that tell the two apart.

    Args:
        pair: what `compare_networks` found.
        first: one network's predictions.
        second: the other's.
        images: uint8, `(images, height, width, channels)`, those that were predicted; None where they are not at hand.
        class_names: one per class.
        notes: sentences on how the two were read.
    """
    counts, classes = count_rows(pair), class_rows(pair)
    sections = [
        Section(
            title="Where they agree",
            blocks=(
                Table(caption=f"{counted(pair.images, 'image')} by who is right", header=counts[0], rows=counts[1:]),
            ),
        ),
        Section(
            title="By class",
            blocks=(
                Table(
                    caption="Images predicted right, the largest difference first",
                    header=classes[0],
                    rows=classes[1:],
                    note="The intervals hold for all classes at once.",
                ),
            ),
        ),
        Section(title="Images that only one gets right", blocks=_pictures(first, second, images, class_names)),
    ]
    if notes:
        sections.append(Section(title="How it was read", blocks=(Bullets(items=tuple(notes)),)))
    return Document(
        title=f"{pair.first} and {pair.second}",
        subtitle=f"Two trained networks on the same {counted(pair.images, 'image')}",
        opening=(Callout(tone="verdict", title="Verdict", items=pair_sentences(pair)),),
        sections=tuple(sections),
        footer=f"classlab {VERSION}",
    )


def _pictures(
    first: NetworkPredictions,
    second: NetworkPredictions,
    images: NDArray[np.uint8] | None,
    class_names: Sequence[str],
) -> tuple[Block, ...]:
    if images is None:
        return (Paragraph(text="No images are shown, because they are not at hand."),)
    labels = same_labels(first, second)
    blocks: list[Block] = []
    for number, (right, wrong) in enumerate(((first, second), (second, first)), start=1):
        places = only_one_right(wrong, right, labels, most=_MOST)
        if not places:
            blocks.append(Paragraph(text=f"There is no image that only {right.name} gets right."))
            continue
        blocks.append(_figure(right, wrong, labels, places, images, class_names, name=f"only-{number}"))
    return tuple(blocks)


def _figure(
    right: NetworkPredictions,
    wrong: NetworkPredictions,
    labels: NDArray[np.int64],
    places: list[int],
    images: NDArray[np.uint8],
    class_names: Sequence[str],
    *,
    name: str,
) -> Figure:
    found = int(((right.predicted == labels) & (wrong.predicted != labels)).sum())
    shown = "all" if found <= len(places) else f"{len(places)} of {count(found)}"
    title = f"Only {right.name} is right ({shown}), and what {wrong.name} said."
    columns = min(5, len(places))
    if wrong.probabilities is not None:
        grid = grid_of(places, wrong.probabilities, labels, class_names, columns=columns)
        return grid_figure(grid, images, name=name, title=title)
    names = tuple(f"{class_names[labels[place]]}, not {class_names[wrong.predicted[place]]}" for place in places)
    return tile_figure(Tile(positions=tuple(places), names=names, columns=columns), images, name=name, title=title)
