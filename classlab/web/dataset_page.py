"""A dataset: its tile, classes, duplicates and any of its images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from classlab.datasets.inspection_words import class_rows, repeated_words, split_rows, validation_words
from classlab.datasets.pictures import label_of, small_png
from classlab.reports.document import Table
from classlab.reports.figures.tile import tile, tile_figure
from classlab.web.image_choice import ImageChoice, no_image
from classlab.web.images import image_at
from classlab.web.opaque import named
from classlab.web.pages import show
from classlab.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from classlab.datasets import Dataset
    from classlab.datasets.dataset import Split
    from classlab.records import RunRecord
    from classlab.studies.store import Store
    from classlab.web.images import SeenDataset

_SAMPLE = 1000  # training images of which twenty-five are shown, as in a report


def dataset_page(request: Request) -> Response:
    """What `classlab data` tells, with pictures."""
    data = request.path_params["data"]
    found = _dataset(request)
    inspection, dataset = found.inspection, found.dataset
    sample = dataset.train.spread(_SAMPLE)
    return show(
        request,
        "dataset.html",
        data=data,
        name=dataset.name,
        facts=(
            ("source", inspection.source),
            ("digest", f"SHA-256 {inspection.digest}"),
            ("images", " x ".join(map(str, inspection.image_shape)) + " (rows, columns, channels)"),
            ("validation", validation_words(inspection)),
            *repeated_words(inspection),
        ),
        notes=inspection.notes,
        splits=_table("Splits and their pixel values", split_rows(inspection), words=(0, 2, 3, 6)),
        classes=_table("Images of each class", class_rows(inspection), words=(0,)),
        choice=_choice(data, dataset),
        tile=tile_figure(tile(sample.labels, dataset.class_names), sample.images),
    )


def dataset_image_page(request: Request) -> Response:
    """One image of a dataset, as large as it can be seen."""
    words = request.path_params
    dataset = _dataset(request).dataset
    split = _split(dataset, words["split"])
    choice = _choice(words["data"], dataset)
    if words["index"] >= len(split):
        return no_image(request, choice, words["split"], words["index"])
    files = split.files
    return show(
        request,
        "dataset_image.html",
        data=words["data"],
        name=dataset.name,
        title=f"{'Training' if words['split'] == 'train' else 'Test'} image {words['index']}",
        label=label_of(dataset, words["split"], words["index"]),
        file="" if files is None else files[words["index"]],
        split=words["split"],
        index=words["index"],
        last=len(split) - 1,
        choice=choice,
    )


def dataset_image(request: Request) -> Response:
    """The pixels of one image."""
    split = _split(_dataset(request).dataset, request.path_params["split"])
    pixels, _ = image_at(split, request.path_params["index"])
    return Response(small_png(pixels), media_type="image/png")


def _choice(data: str, dataset: Dataset) -> ImageChoice:
    splits = (("train", "training", len(dataset.train)), ("test", "test", len(dataset.test)))
    return ImageChoice(data=dataset.name, back=f"/dataset/{data}", splits=splits)


def _dataset(request: Request) -> SeenDataset:
    """The dataset as the newest run of that name saw it.

    Raises:
        HTTPException: no run of the store names it: a page that is not there.
        DatasetNotFoundError: it is not on this machine, or has changed.
    """
    site = site_of(request)
    with site.store() as store:
        record = _newest(store, request.path_params["data"])
    return site.images.needed(record)


def _newest(store: Store, identifier: str) -> RunRecord:
    name = named(identifier, dict.fromkeys(line.data for line in store.lines()))
    return store.runs(data=name, limit=1)[0]


def _split(dataset: Dataset, word: str) -> Split:
    if word not in ("train", "test"):
        raise HTTPException(404)
    return dataset.train if word == "train" else dataset.test


def _table(caption: str, rows: list[tuple[str, ...]], *, words: tuple[int, ...]) -> Table:
    return Table(caption=caption, header=rows[0], rows=tuple(rows[1:]), words=words)


ROUTES: tuple[Route, ...] = (
    Route("/dataset/{data}", dataset_page, name="dataset"),
    Route("/dataset/{data}/image/{split}/{index:int}.png", dataset_image, name="dataset-pixels"),
    Route("/dataset/{data}/image/{split}/{index:int}", dataset_image_page, name="dataset-image"),
)
