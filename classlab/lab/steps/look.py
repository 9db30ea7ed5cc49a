"""Step 1: look at the data before anything is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted, listed
from classlab.datasets.inspection import Inspection, inspect
from classlab.datasets.pictures import picture
from classlab.lab.step import Step, StepReport
from classlab.reports.document import Block, Figure, Gallery, Paragraph, Section, Table
from classlab.reports.figures.tile import tile, tile_figure

if TYPE_CHECKING:
    from typing import Literal

    from classlab.datasets.dataset import Dataset
    from classlab.lab.setting import Setting
    from classlab.lab.step import LabStudy, Results

_TRAIN_IMAGE, _TEST_IMAGE = 25, 500  # the images that the course looks at
_PICTURE_WIDTH = 220  # CSS pixels


def studies(_setting: Setting) -> tuple[LabStudy, ...]:
    """Nothing is trained in this step."""
    return ()


def write(results: Results) -> StepReport:
    """Sizes, types, class counts, two images and a tile."""
    dataset = results.setting.images.digits
    facts = inspect(dataset)
    blocks: tuple[Block, ...] = (
        Paragraph(text=size_sentence(facts)),
        _splits(facts),
        Paragraph(text=balance_sentence(facts)),
        _classes(facts),
        Paragraph(
            text="Every network below takes the pixels as they are, from 0 to 255, and its first layer divides them by "
            "255: they reach the network between 0 and 1, once. Twice that minus 1 would lie between -1 and 1."
        ),
        Gallery(figures=(_one(dataset, "train", _TRAIN_IMAGE), _one(dataset, "test", _TEST_IMAGE))),
        tile_figure(tile(dataset.train.labels, dataset.class_names), dataset.train.images),
    )
    answers = (size_sentence(facts), balance_sentence(facts), repeated_sentence(facts))
    return StepReport(section=Section(title=STEP.title, blocks=(*blocks, Paragraph(text=answers[2]))), answers=answers)


def size_sentence(facts: Inspection) -> str:
    """How many images of which size and type."""
    height, width, channels = facts.image_shape
    train, test = facts.official["train"], facts.official["test"]
    kinds = listed(sorted({split.image_dtype for split in facts.splits.values()}))
    low = min(split.minimum for split in facts.splits.values())
    high = max(split.maximum for split in facts.splits.values())
    colors = "gray" if channels == 1 else "color"
    return (
        f"{facts.name} has {count(train)} training images and {count(test)} test images in "
        f"{counted(len(facts.class_names), 'class', 'classes')}: {colors} pictures of {height} x {width} pixels, "
        f"{kinds} from {low} to {high}."
    )


def balance_sentence(facts: Inspection) -> str:
    """Whether the classes are equally frequent among the images that are trained on."""
    sizes = facts.splits["train"].per_class
    least, most = min(sizes), max(sizes)
    if most == least:
        return f"Every class has the same number of images to train on, {count(least)}."
    few, many = facts.class_names[sizes.index(least)], facts.class_names[sizes.index(most)]
    return (
        f"The classes are not equally frequent: to train on there are {count(most)} images of {many} and "
        f"{count(least)} of {few}, {most / least:.2f} times as many."
    )


def repeated_sentence(facts: Inspection) -> str:
    """Whether images occur twice, and in two splits."""
    doubles = sum(split.duplicates for split in facts.splits.values())
    shared = sum(overlap.images for overlap in facts.overlaps)
    if not doubles and not shared:
        return "No image occurs twice."
    return (
        f"{counted(doubles, 'image')} {'repeats' if doubles == 1 else 'repeat'} another one of the same split, and "
        f"{count(shared)} occur in two splits, pixel for pixel: a network may know those by heart."
    )


def _splits(facts: Inspection) -> Table:
    rows = tuple(
        (
            name,
            count(split.images),
            split.image_dtype,
            f"{split.minimum} to {split.maximum}",
            f"{split.mean:.1f}",
            f"{split.deviation:.1f}",
            split.label_dtype,
        )
        for name, split in facts.splits.items()
    )
    return Table(
        caption="The splits; pixel values from 0 to 255",
        header=("split", "images", "pixel type", "pixels", "mean", "standard deviation", "label type"),
        rows=rows,
        words=(0, 2, 6),
        note="Validation images are a fixed tenth of the official training images, chosen class by class. They choose; "
        "the test images are for the end.",
    )


def _classes(facts: Inspection) -> Table:
    rows = tuple(
        (name, *(count(split.per_class[label]) for split in facts.splits.values()))
        for label, name in enumerate(facts.class_names)
    )
    return Table(caption="Images per class", header=("class", *facts.splits), rows=rows)


def _one(dataset: Dataset, split: Literal["train", "test"], wanted: int) -> Figure:
    import io

    labels = dataset.train.labels if split == "train" else dataset.test.labels
    index = min(wanted, len(labels) - 1)
    content = io.BytesIO()
    picture(dataset, split, index).save(content, format="PNG")
    name = dataset.class_names[int(labels[index])]
    what = "Training" if split == "train" else "Test"
    return Figure(
        name=f"{split}-image-{index}",
        title=f"{what} image {index}: {name}.",
        alternative=f"{what} image {index} of {dataset.name}, labeled {name}.",
        image=content.getvalue(),
        kind="png",
        width=_PICTURE_WIDTH,
    )


STEP = Step(number=1, title="1. Look at the data", studies=studies, write=write)
